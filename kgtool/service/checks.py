"""Checks: what entities lack by a shape, for selections, files, pasted entities and drafts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from kgtool.checks.findings import Fault, Finding
from kgtool.checks.router import Judge
from kgtool.checks.sentences import in_ours, mentioned, sentence, spoken
from kgtool.coverage.selection import Selection
from kgtool.drafts import Check
from kgtool.drafts import Finding as DraftFinding
from kgtool.drafts.draft import finding
from kgtool.entities import Entity, Profile, label
from kgtool.errors import EmptyWorkspace, NotFound, UsageError
from kgtool.messages.words import Words, told
from kgtool.service.around import Around, Live, batches
from kgtool.service.judges import Judges
from kgtool.service.labels import Labels
from kgtool.service.measuring import selected
from kgtool.service.surveys import Constraint, Survey, Surveys, engines, entities_of
from kgtool.views.classes import Numbers
from kgtool.views.snapshot import Snapshot, Snapshots

# What a finding's severity means for a draft: nothing of a shape forbids writing by itself.
_LEVELS: dict[str, Any] = {"required": "important", "recommended": "warning", "suggested": "info"}


class Told(Struct, frozen=True):
    """A finding as scripts and people read it; ``message`` is in the reader's language.

    ``name`` is the label of the node, ``label`` what the property or constraint is called, ``link``
    where to mend it (``""`` for a draft).
    """

    node: str
    name: str
    shape: str
    path: tuple[str, ...]
    property: str
    label: str
    kind: str
    constraint: str
    expected: str
    got: tuple[str, ...]
    severity: str
    message: str
    link: str


class Report(Struct, frozen=True):
    """What a check found. ``engine`` counts entities by who judged them."""

    shape: str
    checked: int
    conforming: int
    engine: dict[str, int]
    findings: list[Told]
    generation: int | None = None


class Checks:
    """Judges by the shapes of ``shapes/``, or by a schema from a file; safe to share."""

    def __init__(
        self,
        snapshots: Snapshots,
        profile: Profile,
        judges: Judges,
        surveys: Surveys,
        labels: Labels,
        live: Live,
    ) -> None:
        self._snapshots, self._profile, self._labels = snapshots, profile, labels
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
        return msgspec.structs.replace(found, generation=snapshot.generation.number)

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
                    raise NotFound(f"The wiki has no {', '.join(lacking[:5])}.")
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
                "There is nothing to check: the selection is empty.",
                operator="To check an item itself and not what belongs to it: --item QID",
            )
        told = self.told(findings, names, language)
        return Report(judge.name, checked, conforming, engines(judge), told)

    def told(
        self, findings: Iterable[Finding], names: Mapping[str, str], language: str
    ) -> list[Told]:
        """Findings in words. ``names`` are the labels of nodes."""
        found = list(findings)
        called = self._names(_named_in(found), language)
        return [self._told(one, names, called, language) for one in found]

    def _told(
        self, one: Finding, names: Mapping[str, str], called: Mapping[str, str], language: str
    ) -> Told:
        fault = one.fault
        named = _named(fault, spoken(fault.labels, language), called)
        is_new = one.node in ("", "new")
        link = "" if is_new else self._profile.page_url(one.node)
        return Told(
            one.node,
            names.get(one.node, one.node),
            fault.shape,
            fault.path,
            fault.property,
            told(named, language),
            fault.kind,
            fault.constraint,
            fault.expected,
            fault.got,
            fault.severity,
            sentence(one, named, spoken(fault.help, language), called).told(language),
            f"{link}#{fault.property}" if link and fault.property else link,
        )

    def survey(self, shape: str, selection: str | Selection, role: str = "collection") -> Survey:
        """Which items of a selection fail which constraint of a shape of ``shapes/``.

        Remembered as long as the generation is current.

        :raises UsageError: the selection is empty.
        """
        return self._surveys.of(shape, self._snapshots.current(), selected(selection, role))

    def findings(self, survey: Survey, items: Numbers, language: str) -> list[Told]:
        """What some items of a survey fail, in words; items that conform give nothing."""
        if not len(items):
            return []
        snapshot = self._snapshots.current()
        judge = self._judges.of(survey.shape, snapshot)
        return self.check(judge, entities_of(snapshot, items), language).findings

    def names(self, constraints: Iterable[Constraint], language: str) -> list[str]:
        """What constraints are called."""
        found = list(constraints)
        called = self._names({one.property for one in found} - {""}, language)
        return [
            spoken(one.labels, language) or called.get(one.property) or one.constraint
            for one in found
        ]

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
            found = judge.check(item)
            if not found:
                return []
            called = self._labels.words(_named_in(found))
            return [_of_draft(one, called) for one in found]

        return check

    def _workspace(self) -> Snapshot | None:
        try:
            return self._snapshots.current()
        except EmptyWorkspace:
            return None  # without a workspace there are no neighbours and no classes below

    def _names(self, ids: Iterable[str], language: str) -> dict[str, str]:
        return {id: text for id, (text, _) in self._labels.of(ids, language).items()}


def _of_draft(one: Finding, called: Mapping[str, Words]) -> DraftFinding:
    fault = one.fault
    said = sentence(one, _named(fault, in_ours(fault.labels), called), in_ours(fault.help), called)
    return finding(_LEVELS[fault.severity], f"shape-{fault.kind}", said, fault.property)


def _named(
    fault: Fault, label: str | Words | None, called: Mapping[str, str | Words]
) -> str | Words:
    """What the constraint is called: ``label`` or the property's, and of what is within, theirs."""
    named: str | Words = label or called.get(fault.property) or "".join(fault.path[:1])
    for step in fault.path[1:]:
        inner: str | Words = called.get(_property(step), step)
        if step == "prov:wasDerivedFrom":
            inner = Words("check-reference")
        named = Words("check-within", (named, inner))
    return named


def _named_in(findings: Iterable[Finding]) -> set[str]:
    """Ids of the properties and items that are named when findings are told."""
    named: set[str] = set()
    for one in findings:
        named |= {_property(step) for step in one.fault.path} | mentioned(one)
    return named - {""}


def _property(step: str) -> str:
    """``P195`` of ``pq:P195``, ``""`` of ``rdfs:label``."""
    name = step.rpartition(":")[2]
    return name if name[:1] == "P" and name[1:].isdecimal() else ""
