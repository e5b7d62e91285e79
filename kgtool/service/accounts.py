"""Signing in, roles, and tokens for scripts."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from kgtool.errors import UsageError
from kgtool.partners.partner import one_of
from kgtool.service.callers import ROLES, SCOPES, Caller
from kgtool.store import Account, AccountStore, AuditStore, Event, Token
from kgtool.store.accounts import hash_of


class Accounts:
    """Accounts and tokens; every change is in the audit log."""

    def __init__(
        self, store: AccountStore, audit: AuditStore, clock: Callable[[], datetime.datetime]
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def sign_in(self, name: str) -> Caller:
        """The caller whom another server vouched for; new ones become volunteers."""
        with self._audit.together():
            account = self._store.named(name)
            if account is None:
                account = self._store.add(name, role="volunteer", now=self._clock())
                self._note(_caller(account), "account", f"account {name}"[:120], {})
        return _caller(account)

    def by_account(self, id: int) -> Caller | None:
        """The caller with that account, if it is still there."""
        found = self._store.account(id)
        return None if found is None else _caller(found)

    def by_token(self, secret: str) -> Caller | None:
        """The caller who holds that token, if it is good now."""
        return self.by_token_hash(hash_of(secret))

    def by_token_hash(self, hash: str) -> Caller | None:
        """The caller who holds the token whose secret has that hash, if it is good now."""
        found = self._store.token(hash, self._clock())
        if found is None:
            return None
        return Caller(
            name=f"token {found.name}", role=found.role, scopes=tuple(found.scopes) or SCOPES
        )

    def set_role(self, name: str, role: str, *, partner: str | None, by: Caller) -> None:
        """Give an account a role; the role ``partner`` speaks for one.

        :raises NotFound: nobody of that name has signed in.
        :raises UsageError: there is no such role, or no partner is given for that one.
        """
        by.need("admin")
        role = one_of("role", role, ROLES[1:])
        if (role == "partner") != (partner is not None):
            raise UsageError("The role partner, and no other, needs a partner's QID.")
        with self._audit.together():
            self._store.set_role(name, role, partner)
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
        role = one_of("role", role, ROLES[1:])
        scopes = [one_of("scope", scope, SCOPES) for scope in scopes]
        if not 1 <= days <= 366:
            raise UsageError("A token is good for 1 to 366 days.")
        if not name or len(name) > 100:
            raise UsageError("A token needs a name of at most 100 letters.")
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
