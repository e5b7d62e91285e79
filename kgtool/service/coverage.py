"""Coverage: what partners' collections have and lack, and the worklists behind the gaps."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace

import msgspec
import numpy as np

from kgtool.coverage.columns import Rank
from kgtool.coverage.division import Division, largest_first
from kgtool.coverage.groups import Head, Tally, Total
from kgtool.coverage.matrix import Matrix, measured, tabulate
from kgtool.coverage.rollup import Rollup, roll_up, rolls_up
from kgtool.coverage.selection import OfPartners, Selection
from kgtool.coverage.trends import Missing
from kgtool.coverage.worklist import Collection, ListedItem, Worklist, page
from kgtool.entities.language import fallback
from kgtool.errors import NotInWorkspace, UsageError
from kgtool.service.measuring import Measuring, checked_rank, selected
from kgtool.views.labels import Labels

_ANSWERS = 32  # tables of many partners that are remembered as JSON


class Coverage:
    """Answers about the current generation; safe to share between threads."""

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring
        self._answers: dict[Hashable, bytes] = {}

    def matrix(
        self,
        selection: str | Selection,
        by: str | None = None,
        measures: Sequence[str] | None = None,
        role: str = "collection",
        rank: str = "truthy",
        language: str = "en",
    ) -> Matrix:
        """How much of each measure the selection has, in all and by groups.

        ``measures`` are expected of every item; without them, those that the shapes name, each
        expected of the kinds that name it. ``by`` is ``type``, ``collection``, ``country``,
        ``decade``, a property (its values) or any measure.

        :raises ExpressionError: a measure does not parse; ``by`` neither.
        :raises NotInWorkspace: a partner or an item was never loaded.
        """
        named = selected(selection, role)
        if isinstance(named, OfPartners) and named == OfPartners(named.qids[:1]) and not by:
            return self.totals(named.qids, measures, rank, language)[0]
        return self._divided(named, by or "", measures, checked_rank(rank), language)

    def totals(
        self,
        partners: Sequence[str],
        measures: Sequence[str] | None = None,
        rank: str = "truthy",
        language: str = "en",
    ) -> list[Matrix]:
        """The total of each partner's collections, for any number of partners at once.

        :raises NotInWorkspace: some partners were never loaded.
        """
        scope = checked_rank(rank)
        snapshot, opened = self._measuring.current()
        planes, cube = opened.planes, opened.planes.cube
        nodes = [cube.nodes.find(int(qid[1:])) for qid in partners]
        unknown = [
            qid
            for qid, node in zip(partners, nodes, strict=True)
            if node is None and qid not in snapshot.entities
        ]
        if unknown:
            raise NotInWorkspace(unknown)
        wanted = self._measuring.wanted(measures, partners=True)
        if not all(rolls_up(measure) for measure, _ in wanted):
            return [
                self._divided(OfPartners((qid,)), "", measures, scope, language) for qid in partners
            ]
        rolled: Rollup = planes.remembered(
            ("rollup", tuple(wanted), scope), lambda: roll_up(planes, wanted, scope)
        )
        names = [str(measure) for measure, _ in wanted]
        labels = opened.names(partners, language)
        here = np.array([-1 if node is None else node for node in nodes], dtype=np.int64)
        table = Matrix(
            partner=" ".join(partners),
            generation=snapshot.generation.number,
            as_of=snapshot.generation.meta.as_of,
            rank=scope,
            by="",
            measures=names,
            asked=[True] * len(wanted),
            heads=[Head("total")] * len(partners),
            labels=labels,
            items=rolled.items[here],
            counts=rolled.counts[here],
            image=self._measuring.profile.properties.image,
        )
        asked = rolled.asked[here].tolist()
        return [
            replace(
                table,
                partner=qid,
                asked=asked[row],
                heads=Total.heads,
                labels=labels[row : row + 1],
                items=table.items[row : row + 1],
                counts=table.counts[row : row + 1],
                row_of=(table, row),
            )
            for row, qid in enumerate(partners)
        ]

    def totals_json(
        self,
        partners: Sequence[str],
        measures: Sequence[str] | None = None,
        rank: str = "truthy",
        language: str = "en",
    ) -> bytes:
        """The answers of :meth:`totals` as JSON: a list.

        A generation never changes, so an answer that was given lately is given again.
        """
        generation = self._measuring.current()[0].generation.number
        asked = (generation, tuple(partners), measures and tuple(measures), rank, language)
        found = self._answers.get(asked)
        if found is None:
            matrices = self.totals(partners, measures, rank, language)
            found = msgspec.json.encode([matrix.answer() for matrix in matrices])
            if len(self._answers) >= _ANSWERS:
                self._answers.clear()
            self._answers[asked] = found
        return found

    def gaps(
        self,
        selection: str | Selection,
        missing: Sequence[str] = (),
        having: Sequence[str] = (),
        after: str | None = None,
        limit: int | None = 100,
        language: str = "en",
        role: str = "collection",
        rank: str = "truthy",
        *,
        expected: bool = False,
    ) -> Worklist:
        """One page of the items that lack all of ``missing`` and have all of ``having``.

        ``limit`` none gives them all on one page.

        What cannot be filled now (*barred*) is not listed. With ``expected``, only items of the
        kinds that the shapes expect ``missing`` of: the worklist behind a cell of the matrix.

        :raises UsageError: neither missing nor having, ``after`` is no id, or the page is empty.
        """
        if not missing and not having:
            raise UsageError(
                "A worklist needs something to be missing.", hint="For example: --missing P18"
            )
        if limit is not None and limit < 1:
            raise UsageError(f"A page has at least one item, not {limit}.")
        scope, start = checked_rank(rank), _number_after(after)
        snapshot, opened = self._measuring.current()
        planes = opened.planes
        chosen = self._measuring.find(snapshot, opened, selected(selection, role))
        bits = chosen.bits
        for text in missing:
            measure = self._measuring.read(text, partners=bool(chosen.partners))
            asked = self._measuring.expected_of(planes, measure) if expected else None
            bits = bits & planes.missing(measure, scope, chosen.partners, asked)
        for text in having:
            measure = self._measuring.read(text, partners=bool(chosen.partners))
            bits = bits & planes.holds(measure, scope, chosen.partners)
        found = page(planes.cube, bits, start, limit)
        numbers = found.items.tolist()
        return Worklist(
            found.count,
            [
                ListedItem(f"Q{item}", label)
                for item, label in zip(
                    numbers, opened.labels.of(numbers, fallback(language)), strict=True
                )
            ],
            f"Q{numbers[-1]}" if found.more else None,
        )

    def collections(self, partner: str, language: str = "en") -> list[Collection]:
        """The collections of a partner that items are directly in, the largest first.

        :raises NotInWorkspace: the partner was never loaded.
        """
        matrix = self.matrix(partner, "collection", [], language=language)
        return [
            Collection(group.group, group.label, group.items)
            for group in matrix.groups
            if group.group is not None
        ]

    def missing(self, selection: str | Selection, role: str = "collection") -> Missing:
        """The items of a selection, and which of them lack each measure that the shapes name."""
        snapshot, opened = self._measuring.current()
        planes = opened.planes
        chosen = self._measuring.find(snapshot, opened, selected(selection, role))
        found: dict[str, list[int]] = {}
        for measure, condition in self._measuring.wanted(None, partners=bool(chosen.partners)):
            asked = None if condition is None else planes.holds(condition, "truthy")
            bits = chosen.bits & planes.missing(measure, "truthy", chosen.partners, asked)
            found[str(measure)] = page(planes.cube, bits, 0, None).items.tolist()
        items = page(planes.cube, chosen.bits, 0, None).items.tolist()
        return Missing(items, found)

    def _divided(
        self,
        named: Selection,
        by: str,
        measures: Sequence[str] | None,
        scope: Rank,
        language: str,
    ) -> Matrix:
        snapshot, opened = self._measuring.current()
        planes = opened.planes
        chosen = self._measuring.find(snapshot, opened, named)
        wanted = self._measuring.wanted(measures, partners=bool(chosen.partners))
        prepared = [
            measured(planes, measure, scope, chosen.partners, condition)
            for measure, condition in wanted
        ]
        tally = Tally.of(planes.cube, chosen.bits)
        total, counts = tabulate(tally, Total(), prepared)
        heads = list(Total.heads)
        if by:
            below = chosen.partners if _is_of_collections(named) else frozenset()
            division = Division(planes, opened.reader, scope, chosen.bits, below)
            grouping = division.by(by)
            group_items, group_counts = tabulate(tally, grouping, prepared)
            order = largest_first(group_items, grouping)
            heads += [grouping.heads[at] for at in order]
            total = np.concatenate([total, group_items[order]])
            counts = np.concatenate([counts, group_counts[order]])
        return Matrix(
            partner=chosen.name,
            generation=snapshot.generation.number,
            as_of=snapshot.generation.meta.as_of,
            rank=scope,
            by=by,
            measures=[one.name for one in prepared],
            asked=[
                one.expected is None or bool((one.expected[tally.bytes] & tally.mask).any())
                for one in prepared
            ],
            heads=heads,
            labels=_head_labels(opened.labels, chosen.name, heads, by, language),
            items=total,
            counts=counts,
            image=self._measuring.profile.properties.image,
        )


def _is_of_collections(selection: Selection) -> bool:
    return isinstance(selection, OfPartners) and selection.role == "collection"


def _number_after(after: str | None) -> int:
    if not after:
        return 0
    if not re.fullmatch(r"Q[1-9]\d{0,9}", after):
        raise UsageError(f"“{after[:40]}” is not where a page can begin.", hint="Give an id: Q42.")
    return int(after[1:])


def _head_labels(
    labels: Labels, name: str, heads: Sequence[Head], by: str, language: str
) -> list[str]:
    """What groups are called: the label of an item, or the text itself."""
    chain = fallback(language)
    texts = [head.group or "" for head in heads]
    if heads[0].kind == "total" and re.fullmatch(r"Q\d+", name):
        texts[0] = name
    items = sorted({int(text[1:]) for text in texts if re.fullmatch(r"Q[1-9]\d*", text)})
    named = {f"Q{n}": text for n, text in zip(items, labels.of(items, chain), strict=True)}
    texts[0] = texts[0] or name
    return [
        _decade(text) if by == "decade" and head.kind == "value" else named.get(text, text)
        for head, text in zip(heads, texts, strict=True)
    ]


def _decade(text: str) -> str:
    return f"{text[1:]}s BCE" if text.startswith("-") else f"{text}s"
