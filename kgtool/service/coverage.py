"""Coverage: what partners' collections have and lack, and the worklists behind the gaps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from kgtool.coverage import cells
from kgtool.coverage.cells import settle
from kgtool.coverage.columns import Rank
from kgtool.coverage.counting import measured, tabulate
from kgtool.coverage.division import Division
from kgtool.coverage.groups import Grouping, Head, Tally
from kgtool.coverage.matrix import Matrix, Totals
from kgtool.coverage.measures import Measure
from kgtool.coverage.rollup import Rollup, roll_up, rolls_up, sizes
from kgtool.coverage.selection import OfPartners, Selection
from kgtool.coverage.trends import Missing
from kgtool.coverage.worklist import Collection, ListedItem, Worklist, page
from kgtool.entities.language import fallback
from kgtool.errors import NotInWorkspace, UsageError
from kgtool.messages.words import Words
from kgtool.service.measuring import Measuring, Opened, Wanted, checked_rank, selected
from kgtool.views.labels import Labels
from kgtool.views.snapshot import Snapshot

_qid = re.compile(r"Q[1-9]\d{0,9}")


class Coverage:
    """Answers about the current generation; safe to share between threads.

    ``dropped`` gives the numbers of items that a recheck took off a worklist.
    """

    def __init__(
        self,
        measuring: Measuring,
        dropped: Callable[[Sequence[str], Sequence[str]], set[int]] = lambda m, h: set(),
    ) -> None:
        self._measuring = measuring
        self._dropped = dropped

    def warm(self) -> None:
        """Open the current generation and count what the shapes expect, before somebody asks."""
        _, opened = self._measuring.current()
        wanted = self._measuring.wanted(None, partners=True)
        for measure, condition in wanted:
            if rolls_up(measure):
                _rolled_up(opened, measure, condition, "truthy")
        if len(opened.planes.cube.nodes.qids) * len(wanted) >= cells.MANY:
            cells.prepare()

    def matrix(
        self,
        selection: str | Selection,
        by: str | None = None,
        measures: Sequence[str] | None = None,
        role: str = "collection",
        rank: str = "truthy",
        language: str = "en",
        most: int | None = None,
    ) -> Matrix:
        """How much of each measure the selection has, in all and by groups.

        ``measures`` are expected of every item; without them, those that the shapes name, each
        expected of the kinds that name it. ``by`` is ``type``, ``collection``, ``country``,
        ``decade``, a property (its values) or any measure. ``most`` is how many of the largest
        groups are wanted: only these are counted and named.

        :raises ExpressionError: a measure does not parse; ``by`` neither.
        :raises NotInWorkspace: a partner or an item was never loaded.
        """
        named = selected(selection, role)
        if isinstance(named, OfPartners) and named == OfPartners(named.qids[:1]) and not by:
            return self.totals(named.qids, measures, rank, language)[0]
        return self._divided(named, by or "", measures, checked_rank(rank), language, most)

    def totals(
        self,
        partners: Sequence[str],
        measures: Sequence[str] | None = None,
        rank: str = "truthy",
        language: str = "en",
    ) -> Sequence[Matrix]:
        """The total of each partner's collections, for any number of partners at once.

        :raises UsageError: one of them is not the id of an item.
        :raises NotInWorkspace: some partners were never loaded.
        """
        partners = OfPartners(tuple(partners)).qids
        scope, wanted = checked_rank(rank), self._measuring.wanted(measures, partners=True)
        snapshot, opened = self._measuring.current()
        if all(rolls_up(measure) for measure, _ in wanted):
            return self._totals(snapshot, opened, partners, wanted, scope, language)
        return [
            self._divided(OfPartners((qid,)), "", measures, scope, language) for qid in partners
        ]

    def _totals(
        self,
        snapshot: Snapshot,
        opened: Opened,
        partners: Sequence[str],
        wanted: Wanted,
        scope: Rank,
        language: str,
    ) -> Totals:
        cube = opened.planes.cube
        nodes = cube.nodes.places([int(qid[1:]) for qid in partners])
        unknown = [
            qid
            for qid, node in zip(partners, nodes.tolist(), strict=True)
            if node < 0 and qid not in snapshot.entities
        ]
        if unknown:
            raise NotInWorkspace(unknown)
        items = opened.planes.remembered("sizes", lambda: sizes(cube))[nodes]
        counts = np.empty((len(nodes), len(wanted), 7), dtype=np.int64)
        asked = np.empty((len(nodes), len(wanted)), dtype=np.bool_)
        for number, (measure, condition) in enumerate(wanted):
            rolled = _rolled_up(opened, measure, condition, scope)
            counts[:, number] = rolled.counts[nodes]
            asked[:, number] = rolled.asked[nodes]
        settle(items, counts)
        return Totals(
            partners=partners,
            generation=snapshot.generation.number,
            as_of=snapshot.generation.meta.as_of,
            rank=scope,
            measures=[str(measure) for measure, _ in wanted],
            asked=asked,
            labels=opened.names(partners, language),
            items=items,
            counts=counts,
            image=self._measuring.profile.properties.image,
            warnings=self._warnings(snapshot, opened, wanted, scope),
        )

    def totals_json(
        self,
        partners: Sequence[str],
        measures: Sequence[str] | None = None,
        rank: str = "truthy",
        language: str = "en",
    ) -> bytes:
        """The answers of :meth:`totals` as JSON: a list."""
        found = self.totals(partners, measures, rank, language)
        if isinstance(found, Totals):
            return found.to_json()
        return b"[%b]" % b",".join(matrix.to_json() for matrix in found)

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
            raise UsageError(Words("error-nothing-missing"), hint=Words("error-name-measure"))
        if limit is not None and limit < 1:
            raise UsageError(Words("error-page-items", (limit,)))
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
        dropped = self._dropped(missing, having)
        if dropped:
            bits = bits & ~planes.cube.pack(np.array(sorted(dropped), dtype=np.uint32))
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
            [str(one) for one in self.doubts([*missing, *having], rank)],
            snapshot.generation.meta.as_of,
        )

    def doubts(self, measures: Sequence[str], rank: str = "truthy") -> list[Words]:
        """What to say of names in the measures that nothing in the workspace has."""
        snapshot, opened = self._measuring.current()
        read = [self._measuring.read(text, partners=True) for text in measures]
        return self._measuring.doubts(snapshot, opened, read, checked_rank(rank))

    def _warnings(
        self, snapshot: Snapshot, opened: Opened, wanted: Wanted, scope: Rank
    ) -> list[str]:
        """Doubts about the measures that somebody named, and not the shapes."""
        named = [measure for measure, condition in wanted if condition is None]
        if not named:
            return []
        return [str(one) for one in self._measuring.doubts(snapshot, opened, named, scope)]

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
        most: int | None = None,
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
        grouping: Grouping | None = None
        heads, groups = [Head("total")], 0
        if by:
            below = chosen.partners if _is_of_collections(named) else frozenset()
            grouping = Division(planes, opened.reader, scope, tally, below).by(by)
            groups = len(grouping.groups)
            order = grouping.groups.largest_first(grouping.count(tally, None), most)
            grouping = grouping.only(order)
            heads += grouping.groups.heads()
        items, counts = tabulate(tally, grouping, prepared)
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
            items=items,
            counts=counts,
            left_out=groups + 1 - len(heads),
            image=self._measuring.profile.properties.image,
            warnings=self._warnings(snapshot, opened, wanted, scope),
        )


def _rolled_up(opened: Opened, measure: Measure, condition: Measure | None, scope: Rank) -> Rollup:
    """The counts of a measure for every collection, summed up when they are first asked for."""
    planes = opened.planes
    return planes.remembered(
        ("rollup", measure, condition, scope), lambda: roll_up(planes, measure, condition, scope)
    )


def _is_of_collections(selection: Selection) -> bool:
    return isinstance(selection, OfPartners) and selection.role == "collection"


def _number_after(after: str | None) -> int:
    if not after:
        return 0
    if not _qid.fullmatch(after):
        raise UsageError(Words("error-page-begin", (after[:40],)), hint=Words("error-give-id"))
    return int(after[1:])


def _head_labels(
    labels: Labels, name: str, heads: Sequence[Head], by: str, language: str
) -> list[str]:
    """What groups are called: the label of an item, or the text itself."""
    texts = [name, *(head.group or "" for head in heads[1:])]
    if by == "decade":
        texts[1:] = [_decade(text) if text else "" for text in texts[1:]]
    items = {text: int(text[1:]) for text in texts if text[:1] == "Q" and _qid.fullmatch(text)}
    named = dict(zip(items, labels.of(list(items.values()), fallback(language)), strict=True))
    return [named.get(text, text) for text in texts]


def _decade(text: str) -> str:
    return f"{text[1:]}s BCE" if text.startswith("-") else f"{text}s"
