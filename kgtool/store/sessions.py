"""Who is signed in: what a cookie holds is worth nothing once its row is gone."""

from __future__ import annotations

import datetime

from sqlalchemy import delete, insert, select

from kgtool.store import schema
from kgtool.store.accounts import Account, Token, account_of, token_of
from kgtool.store.database import Database

_session = schema.session


class SessionStore:
    """Sessions by the hash of their secret, each of an account or of a token."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, hash: str, of: Account | str, now: datetime.datetime, expires: datetime.datetime
    ) -> None:
        """Keep a session of an account, or of the token whose secret has the hash *of*."""
        if isinstance(of, Account):
            holder: dict[str, object] = {"account": of.id}
        else:
            token = select(schema.token.c.id).where(schema.token.c.hash == of)
            holder = {"token": token.scalar_subquery()}
        with self._database.begin() as connection:
            connection.execute(
                insert(_session).values(hash=hash, made=now, expires=expires, **holder)
            )

    def holder(self, hash: str, now: datetime.datetime) -> Account | Token | None:
        """Whose session it is, as they are now; nobody's once it, or the token, is not good."""
        mine = (_session.c.hash == hash) & (_session.c.expires > now)
        account = select(schema.account).join(_session).where(mine)
        with self._database.read() as connection:
            row = connection.execute(account).one_or_none()
            if row is not None:
                return account_of(row)
            token = schema.token
            good = token.c.revoked.is_(None) & (token.c.expires > now)
            row = connection.execute(select(token).join(_session).where(mine, good)).one_or_none()
        return None if row is None else token_of(row)

    def end(self, hash: str) -> None:
        """End one session."""
        with self._database.begin() as connection:
            connection.execute(delete(_session).where(_session.c.hash == hash))

    def end_like(self, hash: str) -> None:
        """End a session and all others of the same account or token."""
        with self._database.begin() as connection:
            found = connection.execute(
                select(_session.c.account, _session.c.token).where(_session.c.hash == hash)
            ).one_or_none()
            if found is not None:
                column = _session.c.token if found.account is None else _session.c.account
                same = column == (found.account or found.token)
                connection.execute(delete(_session).where(same))

    def end_of(self, name: str) -> int:
        """End all sessions of the account of that name; returns how many."""
        account = select(schema.account.c.id).where(schema.account.c.name == name)
        of_account = _session.c.account == account.scalar_subquery()
        with self._database.begin() as connection:
            return connection.execute(delete(_session).where(of_account)).rowcount

    def forget(self, now: datetime.datetime) -> int:
        """Delete sessions whose time has passed; returns how many."""
        with self._database.begin() as connection:
            return connection.execute(delete(_session).where(_session.c.expires <= now)).rowcount
