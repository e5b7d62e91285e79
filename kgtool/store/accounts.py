"""People who signed in, and tokens for scripts."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from kgtool.errors import NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.store import schema
from kgtool.store.database import Database


class Account(Struct, frozen=True):
    """A person, by the name of their Wikimedia account; ``partner`` is whom they speak for."""

    id: int
    name: str
    role: str
    partner: str | None


class Token(Struct, frozen=True):
    """A token for scripts. The secret itself is nowhere kept; ``scopes`` empty means all."""

    name: str
    role: str
    scopes: list[str]
    made: datetime.datetime
    expires: datetime.datetime
    revoked: datetime.datetime | None


class AccountStore:
    """Accounts and tokens; of a token's secret only the SHA-256 is kept (it has 256 bits)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def named(self, name: str) -> Account | None:
        """The account of that name, if there is one."""
        query = select(schema.account).where(schema.account.c.name == name)
        with self._database.read() as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else account_of(found)

    def add(self, name: str, *, role: str, now: datetime.datetime) -> Account:
        """Make the account of somebody who is new."""
        table = schema.account
        with self._database.begin() as connection:
            connection.execute(insert(table).values(name=name, role=role, made=now))
            found = connection.execute(select(table).where(table.c.name == name)).one()
        return account_of(found)

    def account(self, id: int) -> Account | None:
        """The account with that number, if it is still there."""
        with self._database.read() as connection:
            found = connection.execute(
                select(schema.account).where(schema.account.c.id == id)
            ).one_or_none()
        return None if found is None else account_of(found)

    def accounts(self) -> list[Account]:
        """All accounts, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(schema.account).order_by(schema.account.c.name))
            return [account_of(row) for row in rows]

    def grant(self, name: str) -> bytes | None:
        """What an account granted, sealed."""
        table = schema.account
        with self._database.read() as connection:
            found: bytes | None = connection.execute(
                select(table.c.grant).where(table.c.name == name)
            ).scalar_one_or_none()
        return found

    def set_grant(self, id: int, sealed: bytes, delete_after: datetime.date) -> None:
        """Keep what an account granted until a day."""
        table = schema.account
        values = {"grant": sealed, "grant_delete_after": delete_after}
        with self._database.begin() as connection:
            connection.execute(update(table).where(table.c.id == id).values(values))

    def renew_grant(self, name: str, sealed: bytes) -> None:
        """Replace what an account granted, if it still stands; its day stays."""
        table = schema.account
        standing = (table.c.name == name) & table.c.grant.is_not(None)
        with self._database.begin() as connection:
            connection.execute(update(table).where(standing).values({"grant": sealed}))

    def forget_grants(self, today: datetime.date) -> int:
        """Drop grants whose day has passed; returns how many."""
        table = schema.account
        values = {"grant": None, "grant_delete_after": None}
        with self._database.begin() as connection:
            return connection.execute(
                update(table).where(table.c.grant_delete_after < today).values(values)
            ).rowcount

    def drop_grant(self, name: str) -> None:
        """Drop what an account granted."""
        table = schema.account
        values = {"grant": None, "grant_delete_after": None}
        with self._database.begin() as connection:
            connection.execute(update(table).where(table.c.name == name).values(values))

    def set_role(self, name: str, role: str, partner: str | None) -> None:
        """Give an account a role.

        :raises NotFound: nobody of that name has signed in.
        """
        table = schema.account
        with self._database.begin() as connection:
            done = connection.execute(
                update(table).where(table.c.name == name).values(role=role, partner=partner)
            )
        if not done.rowcount:
            raise NotFound(Words("error-nobody-named", (name,)))

    def remove(self, name: str) -> bool:
        """Delete an account; says whether there was one."""
        table = schema.account
        with self._database.begin() as connection:
            return connection.execute(delete(table).where(table.c.name == name)).rowcount > 0

    def add_token(
        self,
        name: str,
        *,
        role: str,
        scopes: list[str],
        now: datetime.datetime,
        expires: datetime.datetime,
    ) -> str:
        """Make a token; returns its secret, which is shown this once.

        :raises UsageError: there is one of that name.
        """
        secret = f"kgt_{secrets.token_urlsafe(32)}"
        row = {
            "name": name,
            "role": role,
            "scopes": scopes,
            "hash": hash_of(secret),
            "made": now,
            "expires": expires,
        }
        try:
            with self._database.begin() as connection:
                connection.execute(insert(schema.token).values(row))
        except IntegrityError:
            raise UsageError(Words("error-token-taken", (name,))) from None
        return secret

    def tokens(self) -> list[Token]:
        """All tokens, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(schema.token).order_by(schema.token.c.id.desc()))
            return [token_of(row) for row in rows]

    def token(self, hash: str, now: datetime.datetime) -> Token | None:
        """The token whose secret has that hash (:func:`hash_of`), if it is good now."""
        query = select(schema.token).where(schema.token.c.hash == hash)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or row.revoked is not None or row.expires <= now:
            return None
        return token_of(row)

    def revoke(self, name: str, now: datetime.datetime) -> None:
        """Make a token worthless at once.

        :raises NotFound: there is none of that name that is still good.
        """
        table = schema.token
        with self._database.begin() as connection:
            done = connection.execute(
                update(table)
                .where(table.c.name == name, table.c.revoked.is_(None))
                .values(revoked=now)
            )
        if not done.rowcount:
            raise NotFound(Words("error-token-none", (name,)))


def hash_of(secret: str) -> str:
    """What is kept of a token's secret: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def account_of(row: Row[Any]) -> Account:
    """An account from its row."""
    return Account(row.id, row.name, row.role, row.partner)


def token_of(row: Row[Any]) -> Token:
    """A token from its row."""
    return Token(row.name, row.role, row.scopes, row.made, row.expires, row.revoked)
