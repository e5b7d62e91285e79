"""Everything in a database comes back, into any other kind of database."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from kgtool.errors import InputError
from kgtool.partners import Contact, Partner, Request, RequestEvent
from kgtool.store import (
    AccountStore,
    AuditStore,
    Copy,
    Database,
    Event,
    HistoryStore,
    PartnerStore,
    PastMatrix,
    PersonStore,
    RequestStore,
    Seal,
)

NOW = datetime.datetime(2026, 10, 3, 12, 30, 15, 123456, datetime.UTC)
DAY = datetime.date(2026, 11, 2)


@pytest.fixture
def full(tmp_path: Path, seal: Seal) -> Database:
    """A SQLite database with something of every kind."""
    database = Database("", tmp_path / "full.sqlite")
    fill(database, seal)
    return database


def fill(database: Database, seal: Seal) -> None:
    museum = Partner("Q190804", "Rijksmuseum “Ä” 𝔸", "museum", "talking", NOW)
    contact = Contact("Cy Ek", "cy@example.org", "the agreement", DAY)
    PartnerStore(database, seal).put([replace(museum, contacts=[contact])], by="Ann Lind")
    said = RequestEvent(NOW, "Ann Lind", "commented", "Bo said yes")
    asked = Request(
        "A map", "Of all", NOW, NOW, author="Bo", contact="bo@example.org", events=[said]
    )
    RequestStore(database, seal).add(asked)
    accounts = AccountStore(database)
    accounts.add("Bo", role="volunteer", now=NOW)
    accounts.add_token("robot", role="writer", scopes=["drafts"], now=NOW, expires=NOW)
    audit = AuditStore(database)
    with audit.together():
        audit.note(Event(NOW, "Bo", "role", "account Bo", {"fields": ["a", 1, None]}))
    kept = {"items": [list(range(20_000)), []]}
    HistoryStore(database).add(
        PastMatrix("Q190804", NOW, "daily", 7, 20_000, {"P18": (3, 0.5)}, kept)
    )


def test_what_one_kind_of_database_gave_another_takes(database: Database, full: Database) -> None:
    lines = list(Copy(full).lines())
    copy = Copy(database)
    assert copy.is_empty()
    counts = copy.put_back(lines, Copy(full).schema)
    assert sum(counts.values()) == len(lines)
    assert list(copy.lines()) == lines
    assert not copy.is_empty()


def test_a_token_that_was_revoked_since_stays_so(database: Database, full: Database) -> None:
    lines = list(Copy(full).lines())
    copy = Copy(database)
    copy.put_back(lines, Copy(full).schema)
    AccountStore(database).revoke("robot", NOW)
    copy.put_back(lines, Copy(full).schema)
    [token] = AccountStore(database).tokens()
    assert token.revoked == NOW


def test_new_rows_take_new_numbers(database: Database, full: Database, seal: Seal) -> None:
    Copy(database).put_back(Copy(full).lines(), Copy(full).schema)
    assert RequestStore(database, seal).add(Request("next", "x", NOW, NOW)) == 2


def test_what_was_there_is_replaced(database: Database, full: Database, seal: Seal) -> None:
    lines = list(Copy(full).lines())
    for _ in range(2):
        Copy(database).put_back(lines, Copy(full).schema)
        RequestStore(database, seal).add(Request("next", "x", NOW, NOW))
    assert len(list(Copy(database).lines())) == len(lines) + 1


@pytest.mark.parametrize(
    "line", [b"{}", b'["nothing",{}]', b'["audit",{"x":1}]', b'["audit",{"at":"soon"}]', b"\xff"]
)
def test_a_broken_line_changes_nothing(full: Database, line: bytes) -> None:
    before = list(Copy(full).lines())
    with pytest.raises(InputError, match=f"Line {len(before) + 1} "):
        Copy(full).put_back([*before, line], Copy(full).schema)
    assert list(Copy(full).lines()) == before


def test_a_person_is_found_and_forgotten(database: Database, seal: Seal) -> None:
    fill(database, seal)
    store = PersonStore(database, seal)
    assert store.names() == {"Bo", "Ann Lind", "Cy Ek", "cy@example.org", "bo@example.org"}
    assert set(store.find("Bo")) == {"account", "request", "request_event", "audit"}
    store.forget("Bo", "(forgotten)")
    store.forget("BO@EXAMPLE.ORG", "(forgotten)")
    store.forget("Cy Ek", "(forgotten)")
    assert store.find("Bo") == store.find("bo@example.org") == store.find("cy@example.org") == {}
    assert store.names() == {"Ann Lind", "(forgotten)"}
    assert RequestStore(database, seal).get(1).events[0].text == "(forgotten) said yes"
    assert AuditStore(database).events()[0].object == "account (forgotten)"
