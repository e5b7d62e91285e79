"""Partners whose items were merged on the wiki: a person makes one record of two."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.partners import Keep, Partner, merged
from kgtool.partners import partner as rules
from kgtool.service.callers import Caller
from kgtool.store import AuditStore, Event, PartnerStore, RedirectStore


class Merging:
    """For coordinators; nothing is merged by itself. ``follow`` is told what leads where."""

    def __init__(
        self,
        store: PartnerStore,
        redirects: RedirectStore,
        follow: Callable[[Mapping[str, str], Caller], object],
        audit: AuditStore,
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._store = store
        self._redirects = redirects
        self._follow = follow
        self._audit = audit
        self._clock = clock

    def waiting(self, caller: Caller) -> list[tuple[Partner, Partner]]:
        """Pairs of registered partners whose items were merged: the old, the new.

        They wait for :meth:`merge`, or for one of them to be taken out of the registry.
        """
        if not caller.may("coordinator"):
            return []
        pairs = sorted(self._redirects.open().items())
        return [(self._store.get(old), self._store.get(new)) for old, new in pairs]

    def pair(self, old: str, new: str, caller: Caller) -> tuple[Partner, Partner]:
        """Both records, whole.

        :raises NotFound: one of them is not registered.
        :raises UsageError: they are one.
        """
        caller.need("coordinator")
        source, target = rules.qid(old), rules.qid(new)
        if source == target:
            raise UsageError(Words("error-merge-self", (source,)))
        return self._store.get(source), self._store.get(target)

    def merge(self, old: str, new: str, keep: Keep, caller: Caller) -> Partner:
        """One record of two, under the new id: :func:`kgtool.partners.merged` says what of which.

        Claims, selections, requests and accounts of the old one are the new one's afterwards. Of
        two recorded histories each stays under the id that it was recorded under, and is told with
        that of the new one (:meth:`History.earlier`). Raises as :meth:`pair` does.
        """
        now = self._clock()
        with self._audit.together():
            first, second = self.pair(old, new, caller)
            detail = {"from": first.qid, "keep": keep}
            event = Event(now, caller.name, "partner-merge", f"partner {second.qid}", detail)
            self._store.merge(first.qid, merged(first, second, keep, by=caller.name, now=now))
            self._follow({first.qid: second.qid}, caller)
            self._audit.note(event)
        return self._store.get(second.qid)
