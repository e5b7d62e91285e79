"""Claiming slices of worklists, so that two people don't do the same."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from kgtool.errors import TooLarge
from kgtool.messages.words import Words
from kgtool.partners.partner import qid
from kgtool.service.callers import Caller
from kgtool.store import AuditStore, Claim, ClaimStore, Event

DAYS = 14
MOST = 1000  # that one person may hold at once


class Claims:
    """Claims expire by themselves; whoever holds one may give it back."""

    def __init__(
        self, store: ClaimStore, audit: AuditStore, clock: Callable[[], datetime.datetime]
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def claim(
        self, items: Sequence[str], *, selection: str, missing: str, caller: Caller
    ) -> list[Claim]:
        """Claim those of the items that nobody else has; returns what the caller now has of them.

        :raises TooLarge: they would hold too many at once.
        """
        caller.need("volunteer")
        items = [qid(item) for item in items]
        now = self._clock()
        with self._audit.together():
            held = self._store.claims(now, by=caller.name)
            fresh = set(items) - {one.item for one in held if one.missing == missing}
            if len(held) + len(fresh) > MOST:
                raise TooLarge(
                    Words("error-claims", (len(held), MOST)),
                    hint=Words("error-claims-first"),
                )
            claimed = self._store.claim(
                items,
                selection=selection,
                missing=missing,
                by=caller.name,
                now=now,
                expires=now + datetime.timedelta(days=DAYS),
            )
            if claimed:
                self._note(caller, "claim", missing, len(claimed))
        return claimed

    def release(self, items: Sequence[str], *, missing: str, caller: Caller) -> int:
        """Give claimed items back; returns how many."""
        caller.need("volunteer")
        items = [qid(item) for item in items]
        with self._audit.together():
            given_back = self._store.release(caller.name, items=items, missing=missing)
            if given_back:
                self._note(caller, "claim-release", missing, given_back)
        return given_back

    def standing(
        self, *, selection: str | None = None, missing: str | None = None, by: str | None = None
    ) -> list[Claim]:
        """Claims that have not expired, soonest to expire first."""
        return self._store.claims(self._clock(), selection=selection, missing=missing, by=by)

    def _note(self, caller: Caller, action: str, missing: str, items: int) -> None:
        # How many, not which: who worked on what is not kept longer than the claim is.
        event = Event(self._clock(), caller.name, action, f"gap {missing}"[:120], {"items": items})
        self._audit.note(event)
