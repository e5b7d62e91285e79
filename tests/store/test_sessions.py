"""Sessions on every kind of database."""

from __future__ import annotations

import datetime

from kgtool.store import AccountStore, Database, SessionStore
from kgtool.store.accounts import hash_of

NOW = datetime.datetime(2026, 10, 3, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(days=14)


def test_sessions_of_accounts_and_tokens(database: Database) -> None:
    accounts, sessions = AccountStore(database), SessionStore(database)
    ann = accounts.add("Ann", role="writer", now=NOW)
    bo = accounts.add("Bo", role="volunteer", now=NOW)
    secret = accounts.add_token("robot", role="admin", scopes=[], now=NOW, expires=LATER)
    for name, of in (("a1", ann), ("a2", ann), ("b", bo), ("t1", hash_of(secret))):
        sessions.add(name, of, NOW, LATER)
    sessions.add("t2", hash_of(secret), NOW, LATER)
    sessions.add("old", bo, NOW, NOW)
    sessions.add("nobody", hash_of("no such token"), NOW, LATER)

    def holders() -> list[str]:
        found = (sessions.holder(name, NOW) for name in ("a1", "a2", "b", "t1", "t2", "old"))
        return [one.name if one else "" for one in found]

    assert holders() == ["Ann", "Ann", "Bo", "robot", "robot", ""]
    assert sessions.holder("nobody", NOW) is None
    sessions.end("a1")
    assert holders() == ["", "Ann", "Bo", "robot", "robot", ""]
    sessions.end_like("t1")
    assert holders() == ["", "Ann", "Bo", "", "", ""]
    assert sessions.forget(NOW) == 1
    assert sessions.end_of("Ann") == 1
    accounts.remove("Bo")
    assert holders() == [""] * 6
    assert sessions.forget(LATER) == 1, "only that of no token was left"
