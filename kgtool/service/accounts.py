"""Signing in, roles, and tokens for scripts."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable

from kgtool.errors import Forbidden, NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.partners.partner import one_of
from kgtool.service.callers import ROLES, SCOPES, Caller, is_taken
from kgtool.store import Account, AccountStore, AuditStore, Event, SessionStore, Token
from kgtool.store.accounts import hash_of

SESSION = datetime.timedelta(days=14)


class Accounts:
    """Accounts and tokens; every change is in the audit log."""

    def __init__(
        self,
        store: AccountStore,
        sessions: SessionStore,
        audit: AuditStore,
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._audit = audit
        self._clock = clock

    def sign_in(self, name: str) -> Caller:
        """The caller whom another server vouched for; new ones become volunteers.

        :raises Forbidden: under that name stands somebody else here.
        """
        if is_taken(name):
            raise Forbidden(Words("error-name-taken", (name,)))
        with self._audit.together():
            account = self._store.named(name)
            if account is None:
                account = self._store.add(name, role="volunteer", now=self._clock())
                self._note(_caller(account), "account", f"account {name}"[:120], {})
        return _caller(account)

    def by_token(self, secret: str) -> Caller | None:
        """The caller who holds that token, if it is good now."""
        found = self._store.token(hash_of(secret), self._clock())
        return None if found is None else _holder(found)

    def begin(self, caller: Caller, token: str = "") -> str:
        """Sign a caller in: by their account, or by the secret of the token that they hold.

        Returns the secret of the session, for their cookie; it is good for :data:`SESSION`.
        """
        now, secret = self._clock(), secrets.token_urlsafe(32)
        account = None if caller.account is None else self._store.account(caller.account)
        of = account or hash_of(token)
        self._sessions.add(hash_of(secret), of, now, now + SESSION)
        return secret

    def by_session(self, secret: str) -> Caller | None:
        """Who is signed in by that session, if it goes on."""
        found = self._sessions.holder(hash_of(secret), self._clock())
        if found is None:
            return None
        return _caller(found) if isinstance(found, Account) else _holder(found)

    def end(self, secret: str, *, everywhere: bool = False) -> None:
        """End a session; *everywhere*: all others of the same account or token, too."""
        (self._sessions.end_like if everywhere else self._sessions.end)(hash_of(secret))

    def sign_out(self, name: str, *, by: Caller) -> int:
        """End all sessions of the account of that name; returns how many.

        :raises NotFound: nobody of that name has signed in.
        """
        by.need("admin")
        if self._store.named(name) is None:
            raise NotFound(Words("error-nobody-named", (name,)))
        with self._audit.together():
            ended = self._sessions.end_of(name)
            self._note(by, "sign-out", f"account {name}"[:120], {"sessions": ended})
        return ended

    def forget_sessions(self) -> int:
        """Delete sessions whose time has passed; returns how many."""
        return self._sessions.forget(self._clock())

    def set_role(self, name: str, role: str, *, partner: str | None, by: Caller) -> None:
        """Give an account a role; the role ``partner`` speaks for one.

        Whoever is signed in by it is not any longer: a session goes on with the rights it began
        with, or not at all.

        :raises NotFound: nobody of that name has signed in.
        :raises UsageError: there is no such role, or no partner is given for that one.
        """
        by.need("admin")
        role = one_of(role, ROLES[1:])
        if (role == "partner") != (partner is not None):
            raise UsageError(Words("error-partner-role"))
        with self._audit.together():
            before = self._store.named(name)
            self._store.set_role(name, role, partner)
            if before is not None and (before.role, before.partner) != (role, partner):
                self._sessions.end_of(name)
            self._note(by, "role", f"account {name}"[:120], {"role": role})

    def accounts(self) -> list[Account]:
        """All accounts, by name."""
        return self._store.accounts()

    def add_token(
        self, name: str, *, role: str, scopes: list[str], days: int, by: Caller
    ) -> tuple[str, datetime.datetime]:
        """Make a token; returns its secret, shown this once, and when it expires.

        :raises UsageError: name, role, scope or number of days is not right.
        """
        by.need("admin")
        role = one_of(role, ROLES[1:])
        scopes = [one_of(scope, SCOPES) for scope in scopes]
        if not 1 <= days <= 366:
            raise UsageError(Words("error-token-days"))
        if not name or len(name) > 100:
            raise UsageError(Words("error-token-name"))
        now = self._clock()
        expires = now + datetime.timedelta(days=days)
        with self._audit.together():
            secret = self._store.add_token(name, role=role, scopes=scopes, now=now, expires=expires)
            self._note(by, "token-add", f"token {name}", {"role": role, "scopes": scopes})
        return secret, expires

    def tokens(self) -> list[Token]:
        """All tokens, newest first; without their secrets, which are not kept."""
        return self._store.tokens()

    def revoke(self, name: str, *, by: Caller) -> None:
        """Make a token worthless at once.

        :raises NotFound: there is none of that name that is still good.
        """
        by.need("admin")
        with self._audit.together():
            self._store.revoke(name, self._clock())
            self._note(by, "token-revoke", f"token {name}"[:120], {})

    def _note(self, by: Caller, action: str, object: str, detail: dict[str, object]) -> None:
        self._audit.note(Event(self._clock(), by.name, action, object, detail))


def _caller(account: Account) -> Caller:
    return Caller(name=account.name, role=account.role, partner=account.partner, account=account.id)


def _holder(token: Token) -> Caller:
    return Caller(name=f"token {token.name}", role=token.role, scopes=tuple(token.scopes) or SCOPES)
