"""Mending a single row of a worklist: a label, a description, one referenced value, a reference.

The same checks, journal and undo as for batches; the edit is made under the account of whoever
mends.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from kgtool.checks.expectations import kinds
from kgtool.coverage.expression import parse
from kgtool.coverage.measures import (
    HasGoodReference,
    HasProperty,
    HasReference,
    HasTerm,
)
from kgtool.drafts import (
    Check,
    Complete,
    Draft,
    Finding,
    MemoryWorld,
    Plan,
    new_findings,
)
from kgtool.entities import (
    EntityIdValue,
    Item,
    Profile,
    Property,
    Term,
    best_statements,
)
from kgtool.entities.language import fallback
from kgtool.errors import Forbidden, NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.service.batches import Batches
from kgtool.service.callers import Caller
from kgtool.service.drafts import Drafts
from kgtool.service.gap import Gap, Wanted, Way, draft_of, mapping_of
from kgtool.service.grants import Grants
from kgtool.service.recheck import Recheck
from kgtool.sources.wikibase import Fetched
from kgtool.store import AuditStore, Event
from kgtool.views.classes import Classes
from kgtool.views.snapshot import Snapshots
from kgtool.writes import Batch, Undone

# Datatypes that one field of a form can hold.
_SIMPLE = {
    *("string", "external-id", "url", "wikibase-item", "time", "commonsMedia"),
    *("quantity", "globe-coordinate", "monolingualtext"),
}
# A web request waits no longer for the wiki; the journal knows where to go on.
_PATIENCE = 25.0


class Mending:
    """Plans, writes and undoes single edits."""

    def __init__(
        self,
        profile: Profile,
        snapshots: Snapshots,
        read: Callable[[Sequence[str]], Fetched],
        drafts: Drafts,
        batches: Batches,
        grants: Callable[[], Grants],
        check: Callable[[str], Check],
        recheck: Recheck,
        audit: AuditStore,
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._profile = profile
        self._snapshots = snapshots
        self._read = read
        self._drafts = drafts
        self._batches = batches
        self._grants = grants
        self._check = check
        self._recheck = recheck
        self._audit = audit
        self._clock = clock

    def gap(self, measure: str) -> Gap | None:
        """How what is missing can be mended by one form; ``None`` where it cannot.

        :raises ExpressionError: the measure does not parse.
        :raises RemoteError: the wiki does not say what the property is.
        """
        match parse(measure):
            case HasTerm(kind="L", language=code):
                return Gap("label", code)
            case HasTerm(kind="D", language=code):
                return Gap("description", code)
            case HasReference(property=property, source="") | HasGoodReference(property=property):
                return Gap("reference", property)
            case HasProperty(property=property):
                known = self._entities([property])[1].get(property)
                if known is not None and known.datatype in _SIMPLE:
                    return Gap("value", property, known.datatype)
        return None

    def terms(self, id: str, way: Way, language: str) -> list[Term]:
        """The labels or descriptions that an item has, those that a reader reads best first.

        Others by their language; of an item that is not in the workspace, none.
        """
        found = self._snapshots.current().entities.get(id)
        if not isinstance(found, Item) or way not in ("label", "description"):
            return []
        terms = found.labels if way == "label" else found.descriptions
        read = [code for code in fallback(language) if code in terms]
        return [terms[code] for code in dict.fromkeys([*read, *sorted(terms)])]

    def plan(self, wanted: Wanted) -> Plan:
        """The plan of one row, with what the checks say of it.

        :raises UsageError: something is lacking, or the gap cannot be mended so.
        :raises NotFound: the wiki has no such item.
        :raises RemoteError: the wiki does not answer.
        """
        gap = self.gap(wanted.measure)
        if gap is None:
            raise UsageError(
                Words("error-cannot-mend", (wanted.measure,)),
                hint=Words("error-cannot-mend-here"),
            )
        if gap.way in ("value", "reference") and not (wanted.url or wanted.source):
            raise UsageError(
                Words("error-needs-reference"),
                hint=Words("error-give-reference"),
            )
        roles = self._profile.properties
        ids = [
            wanted.item,
            wanted.source,
            *([wanted.text] if gap.datatype == "wikibase-item" else []),
        ]
        parts = [gap.part, roles.stated_in, roles.reference_url, roles.retrieved]
        items, properties, moved = self._entities([*ids, *(p for p in parts if p[:1] == "P")])
        item = items.get(wanted.item)
        if item is None:
            raise NotFound(Words("error-no-item", (wanted.item,)))
        world = MemoryWorld(items.values(), properties.values(), redirects=moved, complete=True)
        mapping = mapping_of(wanted, gap, self._profile, self._clock().date())
        draft = draft_of(wanted, gap, mapping, item, self._profile)
        findings = [*draft.findings, *self._shape_findings(draft, item)]
        draft = replace(draft, findings=findings)
        return self._drafts.plan_drafts([draft], mapping, world=world, against="wiki")

    def write(self, plan: Plan, wanted: Wanted, caller: Caller, of: str = "") -> Batch:
        """Write a planned row under the caller's account; the row leaves the worklist of ``of``.

        :raises Forbidden: the caller has no account on the wiki here, or it may not edit.
        :raises UsageError: the checks do not let it be written.
        :raises Busy: a batch is being written at the moment.
        :raises RemoteError: the wiki cannot be read.
        """
        grant = self._grant(caller)
        if not all(isinstance(row, Complete) for row in plan.rows):
            raise UsageError(Words("error-checks-refuse"))
        batch = self._batches.start(replace(plan, by=caller.name))
        self._note("mend", batch, caller)
        self._apply(batch, grant)
        if of and batch.counts()["confirmed"]:
            self._recheck.recheck(of, [wanted.measure], [], [wanted.item])
        return batch

    def go_on(self, batch: Batch, caller: Caller) -> None:
        """Find out what became of an edit whose answer was lost, and go on."""
        self._own(batch, caller)
        self._apply(batch, self._grant(caller))

    def undo(self, batch: Batch, caller: Caller) -> Undone:
        """Take it back, unless somebody else has edited since.

        :raises Forbidden: somebody else wrote it.
        """
        self._own(batch, caller)
        grant = self._grant(caller)
        self._note("mend-undo", batch, caller)
        return self._batches.undo(batch, "mended by mistake", grant=grant, around=False)

    def _note(self, action: str, batch: Batch, caller: Caller) -> None:
        event = Event(self._clock(), caller.name, action, f"batch {batch.id}", {})
        with self._audit.together():
            self._audit.note(event)

    def _apply(self, batch: Batch, grant: str) -> None:
        end = time.monotonic() + _PATIENCE
        self._batches.apply(
            batch, grant=grant, around=False, stopping=lambda: time.monotonic() > end
        )

    def _own(self, batch: Batch, caller: Caller) -> None:
        names = {entry.account for entry in batch.journal.entries.values() if entry.account}
        if len(batch.plan.rows) != 1 or (caller.name not in names and not caller.may("writer")):
            raise Forbidden(Words("error-others-work"))

    def _grant(self, caller: Caller) -> str:
        """The access token of the caller; empty for staff without an account: the bot writes."""
        if caller.account is None:
            caller.need("writer")
            return ""
        return self._grants().own(caller)

    def _entities(
        self, ids: Sequence[str]
    ) -> tuple[dict[str, Item], dict[str, Property], dict[str, str]]:
        wanted = [id for id in dict.fromkeys(ids) if id and id[0] in "PQ" and id[1:].isdecimal()]
        found = self._read(wanted)
        items = {one.id: one for one in found.entities if isinstance(one, Item)}
        properties = {one.id: one for one in found.entities if isinstance(one, Property)}
        return items, properties, found.redirects

    def _shape_findings(self, draft: Draft, item: Item) -> list[Finding]:
        """What the shapes of the item's kinds find wrong with it that they did not before.

        It is *doubted*, however little it weighs: one form is no place to weigh it.
        """
        return [
            replace(one, level="doubt")
            for shape in self._shapes(item)
            for one in new_findings(self._check(shape), item, draft.wanted)
        ]

    def _shapes(self, item: Item) -> list[str]:
        types = [
            int(value.value.id[1:])
            for one in best_statements(item.claims.get(self._profile.properties.instance_of, []))
            if isinstance(value := one.mainsnak.datavalue, EntityIdValue)
        ]
        above = self._snapshots.current().once(Classes.open).above(types)
        exact, wide = {f"Q{one}" for one in types}, {f"Q{one}" for one in above.tolist()}
        return [
            kind.shape for kind in kinds() if kind.classes & (wide | exact if kind.below else exact)
        ]
