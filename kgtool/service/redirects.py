"""Items that were merged on the wiki: what people keep under the old id goes on under the new."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from kgtool.service.callers import Caller
from kgtool.service.kept_plans import KeptPlans
from kgtool.service.leads import Leads
from kgtool.store import AuditStore, Event, Moved, RedirectStore
from kgtool.writes import BatchFolder

_log = logging.getLogger("kgtool.redirects")


class Redirects:
    """Follows redirects in registry, claims, selections, histories, plans and journals.

    Where both ids are registered partners, nothing is moved: a person decides
    (:meth:`kgtool.service.partners.Partners.merge`).
    """

    def __init__(
        self,
        store: RedirectStore,
        leads: Leads,
        audit: AuditStore,
        plans: KeptPlans,
        batches: BatchFolder,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._leads = leads
        self._audit = audit
        self._plans = plans
        self._batches = batches
        self._now = now

    def follow(self, redirects: Mapping[str, str], here: Collection[str], caller: Caller) -> Moved:
        """Follow what a sync was told; ``here`` are ids that it found to be entities themselves.

        May be told the same again, so that an interruption does no harm.
        """
        self._store.returned(set(here))
        self._leads.look_again()
        if not redirects:
            return Moved({}, {})
        with self._audit.together():
            moved = self._store.follow(redirects, self._now())
            for source, target in moved.renamed.items():
                self._note("partner-moved", source, target, caller)
        self._leads.look_again()
        for source, target in moved.open.items():
            _log.warning("partners %s and %s were merged on the wiki: decide", source, target)
        self._plans.follow(redirects)
        for id in self._batches.ids():
            self._batches.follow(id, redirects)
        return moved

    def _note(self, action: str, source: str, target: str, caller: Caller) -> None:
        detail = {"from": source}
        self._audit.note(Event(self._now(), caller.name, action, f"partner {target}", detail))
