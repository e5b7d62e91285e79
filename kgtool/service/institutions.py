"""Institutions as the workspace knows them, and their size against what Wikidata has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from kgtool.entities import Item, Profile
from kgtool.errors import EmptyWorkspace, NotInWorkspace
from kgtool.partners import Institution, Partner, Size, institution_of
from kgtool.service.coverage import Coverage
from kgtool.views.generation import Generation
from kgtool.views.snapshot import Snapshot, Snapshots


class Sized(Struct, frozen=True):
    """A count of what is held, beside what is here of it.

    ``source`` is ``statement`` (P1436 on the item) or ``catalogue`` (what the registry says of a
    collection, named by ``name``). ``here`` counts the items in the workspace that the count is
    about; none where nothing here says which those are (a length of shelves, for example).
    """

    count: int
    source: str
    counted: str = ""
    part: str | None = None
    unit: str | None = None
    name: str = ""
    here: int | None = None

    @property
    def share(self) -> float | None:
        """How much of it is here; more than 1 where more is here than was counted."""
        return None if self.here is None or not self.count else self.here / self.count


class Institutions:
    """Reads institutions' items once a generation; safe to share between threads."""

    def __init__(
        self, snapshots: Snapshots, coverage: Callable[[], Coverage], profile: Profile
    ) -> None:
        self._snapshots = snapshots
        self._coverage = coverage
        self._profile = profile

    def of(self, qids: Iterable[str]) -> dict[str, Institution]:
        """QID → what its item says, of those that were loaded."""
        try:
            snapshot = self._snapshots.current()
        except EmptyWorkspace:
            return {}
        return snapshot.once(_Read).of(list(qids), snapshot, self._profile)

    def here(self, qids: Sequence[str]) -> dict[str, int]:
        """QID → how many items of its collections are in the workspace; without unknown ones."""
        try:
            matrices = self._coverage().totals(qids, [])
        except EmptyWorkspace:
            return {}
        except NotInWorkspace as error:
            known = [qid for qid in qids if qid not in set(error.ids)]
            matrices = self._coverage().totals(known, [])
        return {one.partner: int(one.items[0]) for one in matrices}

    def sizes(self, partners: Sequence[Partner]) -> dict[str, Sized]:
        """QID → the size of all of a partner's collections, of those where somebody counted.

        The institution's own statement, else the sum of its catalogues.
        """
        qids = [one.qid for one in partners]
        known, here = self.of(qids), self.here(qids)
        found: dict[str, Sized] = {}
        for one in partners:
            whole = known[one.qid].whole if one.qid in known else None
            counted = [c for c in one.collections if c.catalogue_size is not None]
            if whole is not None:
                found[one.qid] = Sized(
                    whole.count, "statement", whole.counted, here=here.get(one.qid)
                )
            elif counted:
                days = [c.counted.isoformat() for c in counted if c.counted]
                found[one.qid] = Sized(
                    sum(c.catalogue_size or 0 for c in counted),
                    "catalogue",
                    min(days, default=""),
                    here=here.get(one.qid),
                )
        return found

    def every_size(self, qid: str, partner: Partner | None) -> list[Sized]:
        """All counts of an institution and its registered collections, the whole first.

        What a statement says of a part (P518) is held against the items of that sub-collection or
        class, what it says in a unit (paintings, for example) against the items of that class.
        """
        institution = self.of([qid]).get(qid)
        found = [
            Sized(
                size.count,
                "statement",
                size.counted,
                size.part,
                size.unit,
                here=self._counterpart(qid, size),
            )
            for size in (institution.sizes if institution else [])
        ]
        for one in partner.collections if partner else []:
            if one.catalogue_size is not None:
                found.append(
                    Sized(
                        one.catalogue_size,
                        "catalogue",
                        one.counted.isoformat() if one.counted else "",
                        name=one.name,
                        here=self.here([one.qid or qid]).get(one.qid or qid),
                    )
                )
        return found

    def _counterpart(self, qid: str, size: Size) -> int | None:
        instance_of = self._profile.properties.instance_of
        holder, classes = qid, []
        for narrowing in filter(None, (size.part, size.unit)):
            inside = self.here([narrowing]).get(narrowing)
            if inside and narrowing == size.part:
                holder = narrowing  # a sub-collection
            else:
                classes.append(f"{instance_of}={narrowing}*")
        here = self.here([holder]).get(holder)
        if not classes or not here:
            return here
        measure = " and ".join(classes)
        total = self._coverage().matrix(holder, None, [measure]).groups[0]
        cell = next(iter(total.measures.values()))
        return cell.have or None  # where none is of that class, the class may be a unit of length


class _Read:
    """The institutions of one generation that were read so far."""

    def __init__(self, generation: Generation) -> None:
        self._guard = threading.Lock()
        self._known: dict[str, Institution | None] = {}

    def of(
        self, qids: Sequence[str], snapshot: Snapshot, profile: Profile
    ) -> dict[str, Institution]:
        with self._guard:
            unread = [qid for qid in qids if qid not in self._known]
            if unread:
                entities = snapshot.entities.many(unread)
                for qid in unread:
                    item = entities.get(qid)
                    self._known[qid] = (
                        institution_of(item, profile) if isinstance(item, Item) else None
                    )
            read = {qid: self._known[qid] for qid in qids}
        return {qid: one for qid, one in read.items() if one is not None}
