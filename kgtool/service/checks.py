"""Checks: what entities lack by a shape, for selections, files, pasted entities and drafts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np
from msgspec import Struct

from kgtool.checks.findings import Finding
from kgtool.checks.router import Judge
from kgtool.coverage.selection import Selection
from kgtool.drafts import Check
from kgtool.drafts import Finding as DraftFinding
from kgtool.entities import Entity, label
from kgtool.errors import EmptyWorkspace, NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.service.around import Around, Live, batches
from kgtool.service.check_words import CheckWords, Told
from kgtool.service.judges import Judges
from kgtool.service.measuring import selected
from kgtool.service.survey import Survey
from kgtool.service.surveys import Progress, Surveys, engines, entities_of, unheard
from kgtool.views.classes import Numbers
from kgtool.views.snapshot import Snapshot, Snapshots

_TOGETHER = 500  # items whose findings are told together


class Report(Struct, frozen=True):
    """What a check found. ``engine`` counts entities by who judged them.

    Of a workspace, it says which generation, and of when that is (ISO 8601).
    """

    shape: str
    checked: int
    conforming: int
    engine: dict[str, int]
    findings: list[Told]
    generation: int | None = None
    as_of: str | None = None


class Checks:
    """Judges by the shapes of ``shapes/``, or by a schema from a file; safe to share."""

    def __init__(
        self,
        snapshots: Snapshots,
        judges: Judges,
        surveys: Surveys,
        words: CheckWords,
        live: Live,
    ) -> None:
        self._snapshots, self._words = snapshots, words
        self._judges, self._surveys, self._live = judges, surveys, live

    def of_selection(
        self,
        shape: str,
        selection: str | Selection,
        role: str = "collection",
        language: str = "en",
        label: str | None = None,
        *,
        live: bool = False,
    ) -> Report:
        """Every item of a selection, as it is in the workspace; with ``live``, on the wiki now.

        ``shape`` is a name of ``shapes/`` or the path of a ``.shex`` file; ``label`` one of its
        shapes, where not the start shape is meant. Which items belong to a selection says the
        workspace; those that the wiki has no more are left out.

        :raises UsageError: the selection is empty.
        :raises NotFound: there is no such shape.
        :raises NotInWorkspace: a partner or an item was never loaded.
        """
        snapshot = self._snapshots.current()
        numbers = self._surveys.items(snapshot, selected(selection, role))
        if live:
            ids = [f"Q{number}" for number in numbers.tolist()]
            return self._of_live(shape, ids, language, label, absent=True)
        judge = self._judges.of(shape, snapshot, label)
        found = self.check(judge, entities_of(snapshot, numbers), language)
        meta = snapshot.generation.meta
        return msgspec.structs.replace(found, generation=meta.number, as_of=meta.as_of)

    def of_entities(
        self,
        shape: str,
        entities: Iterable[Entity],
        language: str = "en",
        label: str | None = None,
        *,
        live: bool = False,
    ) -> Report:
        """Entities that are given: from a file, pasted, or drafts.

        Other entities that the shape looks at are those of the workspace; or (``live``) those of
        the wiki, fetched fifty at a time, as far as the shape leads.

        :raises UsageError: there are none.
        :raises NotFound: there is no such shape.
        :raises RemoteError: the wiki cannot be read.
        """
        if not live:
            return self.check(self._judges.of(shape, self._workspace(), label), entities, language)
        around = Around(self._live)
        judge = self._judges.of(shape, self._workspace(), label, around.get)
        return self.check(judge, around.fetched(judge, entities), language)

    def of_live(
        self, shape: str, ids: Iterable[str], language: str = "en", label: str | None = None
    ) -> Report:
        """Entities as they are on the wiki now, and those around them, fetched fifty at a time.

        A redirect is followed; what it leads to is judged once.

        :raises NotFound: the wiki has none of that id.
        :raises RemoteError: the wiki cannot be read.
        """
        return self._of_live(shape, list(dict.fromkeys(ids)), language, label, absent=False)

    def _of_live(
        self, shape: str, wanted: list[str], language: str, label: str | None, *, absent: bool
    ) -> Report:
        def fetched() -> Iterator[Entity]:
            seen: set[str] = set()
            for some in batches(wanted):
                here = self._live(some)
                lacking = [id for id in some if id not in here]
                if lacking and not absent:
                    raise NotFound(Words("error-wiki-lacks", (", ".join(lacking[:5]),)))
                for id in some:
                    if id in here and here[id].id not in seen:
                        seen.add(here[id].id)
                        yield here[id]

        return self.of_entities(shape, fetched(), language, label, live=True)

    def check(self, judge: Judge, entities: Iterable[Entity], language: str) -> Report:
        """Judge entities one by one and tell what was found.

        :raises UsageError: there are none.
        """
        findings: list[Finding] = []
        names: dict[str, str] = {}
        checked = conforming = 0
        for entity in entities:
            checked += 1
            found = judge.check(entity)
            if found:
                findings += found
                named = label(entity, language)
                names[found[0].node] = named.value if named else entity.id
            else:
                conforming += 1
        if not checked:
            raise UsageError(
                Words("error-nothing-to-check"),
                operator=Words("operator-item-alone", ("--item QID",)),
            )
        told = self._words.told(findings, names, language)
        return Report(judge.name, checked, conforming, engines(judge), told)

    def survey(
        self,
        shape: str,
        selection: str | Selection,
        role: str = "collection",
        progress: Progress = unheard,
    ) -> Survey:
        """Which items of a selection fail which constraint of a shape of ``shapes/``.

        However long that takes; it is kept until something changes.

        :raises UsageError: the selection is empty.
        :raises NotFound: there is no such shape.
        """
        named = selected(selection, role)
        return self._surveys.of(shape, self._snapshots.current(), named, progress)

    def surveyed(
        self, shape: str, selection: str | Selection, role: str = "collection"
    ) -> tuple[Survey | None, bool]:
        """The newest survey that there is, and whether it is of the workspace as it is now.

        What takes longer than somebody can wait is not made here, but by :meth:`survey`. Raises
        as that does.
        """
        named = selected(selection, role)
        found = self._surveys.ready(shape, self._snapshots.current(), named)
        return (self._surveys.last(shape, named), False) if found is None else (found, True)

    def prepare(self, shape: str) -> None:
        """Judge all items by a shape, where that is soon done, before somebody asks."""
        self._surveys.prepare(shape, self._snapshots.current())

    def findings(self, survey: Survey, items: Numbers, language: str) -> list[Told]:
        """What some items of a survey fail, in words; items that conform give nothing."""
        if not len(items):
            return []
        snapshot = self._snapshots.current()
        judge = self._judges.of(survey.shape, snapshot)
        return self.check(judge, entities_of(snapshot, items), language).findings

    def every(
        self, survey: Survey, language: str, severity: str = "", constraint: str = ""
    ) -> Iterator[Told]:
        """All findings of a survey, or those of a severity or constraint, as they are asked for."""
        failing = survey.failing(severity, constraint=constraint)
        for start in range(0, len(failing), _TOGETHER):
            for one in self.findings(survey, failing[start : start + _TOGETHER], language):
                if severity in ("", one.severity) and constraint in ("", one.constraint):
                    yield one

    def conforming(self, shape: str, property: str = "") -> Numbers:
        """All items of the workspace that conform, or have nothing to mend at a property.

        :raises NotFound: there is no such shape.
        """
        return self._surveys.of(shape, self._snapshots.current()).conforming_at(property)

    def conforming_among(self, shape: str, property: str, entities: Iterable[Entity]) -> Numbers:
        """Numbers of those given items that conform, or have nothing to mend at a property.

        As :meth:`conforming` says it of the workspace; entities around them are the workspace's.

        :raises NotFound: there is no such shape.
        """
        judge = self._judges.of(shape, self._workspace())
        held = (
            int(one.id[1:])
            for one in entities
            if not any(property in ("", found.fault.property) for found in judge.check(one))
        )
        return np.array(sorted(held), np.uint32)

    def of_draft(self, shape: str) -> Check:
        """The check of drafts by a shape: findings as plans have them.

        :raises NotFound: there is no such shape.
        """
        judge = self._judges.of(shape, self._workspace())

        def check(item: Entity) -> list[DraftFinding]:
            return self._words.of_drafts(judge.check(item))

        return check

    def _workspace(self) -> Snapshot | None:
        try:
            return self._snapshots.current()
        except EmptyWorkspace:
            return None  # without a workspace there are no neighbours and no classes below
