"""Under whose account batches are written: a bot's, or the approver's own.

An approver's grant is kept encrypted for 30 days after they last signed in, and nowhere shown.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

import msgspec

from kgtool.errors import Forbidden, UsageError
from kgtool.messages.words import Words
from kgtool.service.callers import OPERATOR, Caller
from kgtool.settings import Settings
from kgtool.sources.sign_in import Grant, SignIn
from kgtool.store import AccountStore, AuditStore, Event, Seal, SessionStore

KEPT = datetime.timedelta(days=30)
# A token that expires while a batch is begun is renewed before.
_MARGIN = datetime.timedelta(minutes=10)


class Grants:
    """Keeps what approvers granted when they signed in, where the settings say that they write."""

    def __init__(
        self,
        settings: Settings,
        store: AccountStore,
        sessions: SessionStore,
        seal: Seal,
        audit: AuditStore,
        sign_in: Callable[[], SignIn],
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._settings = settings
        self._store = store
        self._sessions = sessions
        self._seal = seal
        self._audit = audit
        self._sign_in = sign_in
        self._clock = clock
        if settings.write_as not in ("bot", "approver"):
            raise UsageError("KGTOOL_WRITE_AS is neither “bot” nor “approver”.")

    def keep(self, caller: Caller, grant: Grant) -> None:
        """Keep what somebody granted who just signed in.

        It is dropped at once where nobody edits in their own name.
        """
        if caller.account is None or not (
            self._settings.write_as == "approver" or self._settings.mend
        ):
            return
        sealed = self._seal.close(msgspec.json.encode(grant).decode())
        now = self._clock()
        with self._audit.together():
            self._store.set_grant(caller.account, sealed, (now + KEPT).date())
            self._audit.note(Event(now, caller.name, "grant", f"account {caller.name}"[:120], {}))

    def account_of(self, caller: Caller) -> str:
        """The name of the account under which a batch of *caller* would be written.

        :raises Forbidden: it would be their own, and they granted nothing.
        """
        if self._settings.write_as == "bot" or caller == OPERATOR:
            return self._settings.wiki_user.partition("@")[0] or "owner of KGTOOL_OAUTH2_TOKEN"
        if self._store.grant(caller.name) is None:
            raise Forbidden(
                Words("error-granted-nothing"),
                hint=Words("error-sign-in-wikimedia"),
            )
        return caller.name

    def token(self, name: str) -> str:
        """The access token under which a batch asked for by *name* is written; empty for the bot's.

        :raises Forbidden: the grant was withdrawn or has expired.
        :raises RemoteError: it had to be renewed, and the provider failed.
        """
        if self._settings.write_as == "bot" or name == OPERATOR.name:
            return ""
        return self._access(name)

    def own(self, caller: Caller) -> str:
        """The access token with which a caller mends a single row under their own account.

        :raises Forbidden: they granted nothing, or it was withdrawn or has expired.
        :raises RemoteError: as :meth:`token`.
        """
        if not self._settings.mend:
            raise Forbidden(
                Words("error-mend-closed"),
                operator=Words("operator-set", ("KGTOOL_MEND",)),
            )
        return self._access(caller.name)

    def _access(self, name: str) -> str:
        sealed = self._store.grant(name)
        if sealed is None:
            raise Forbidden(
                Words("error-no-grant"),
                hint=Words("error-grant-again"),
            )
        grant = msgspec.json.decode(self._seal.open(sealed), type=Grant)
        if grant.expires - _MARGIN <= self._clock():
            try:
                grant = self._sign_in().renew(grant, self._clock())
            except Forbidden:
                self._withdrawn(name)
                raise
            renewed = self._seal.close(msgspec.json.encode(grant).decode())
            self._store.renew_grant(name, renewed)
        return grant.access

    def _withdrawn(self, name: str) -> None:
        """Somebody took back what they granted: what they signed in by is taken back with it."""
        with self._audit.together():
            self._store.drop_grant(name)
            self._sessions.end_of(name)
            event = Event(self._clock(), name, "grant-withdrawn", f"account {name}"[:120], {})
            self._audit.note(event)

    def forget_old(self) -> int:
        """Drop grants that may not be kept any longer; returns how many."""
        return self._store.forget_grants(self._clock().date())
