"""The registry gives back what it was given."""

from __future__ import annotations

import datetime

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from kgtool.errors import NotFound, UsageError
from kgtool.partners import Collection, Contact, Link, Partner, Project
from kgtool.store import Database, PartnerStore, Seal

NOW = datetime.datetime(2026, 10, 3, 12, 30, 15, 123456, datetime.UTC)
MUSEUM = Partner("Q190804", "Rijksmuseum", "museum", "talking", NOW, country="Q55")


@pytest.fixture
def store(database: Database, seal: Seal) -> PartnerStore:
    return PartnerStore(database, seal)


def test_a_partner_comes_back_whole(store: PartnerStore) -> None:
    given = replace(
        MUSEUM,
        summary="They opened their collection early.",
        published=frozenset({"listed", "status"}),
        contacts=[
            Contact("Ann", "ann@example.org", "agreement", datetime.date(2026, 11, 2), "by mail")
        ],
        projects=[Project("Open collection", "Q1", datetime.date(2026, 1, 1))],
        links=[Link("Site", "https://example.org/")],
        collections=[Collection("Prints", None, 12000, datetime.date(2026, 1, 1), "annual report")],
    )
    store.put([given], by="Bea")
    (line,) = store.find(whole=False)
    assert (line.name, line.published, line.links) == ("Rijksmuseum", given.published, [])
    found = store.get("Q190804")
    assert [(c.status, c.by, c.at) for c in found.history] == [("talking", "Bea", NOW)]
    assert [replace(c, id=0) for c in found.contacts] == given.contacts
    assert replace(found, history=[], contacts=[]) == replace(given, contacts=[])
    store.put([found], by="Bea")
    again = store.get("Q190804")
    assert replace(again, version=found.version) == found, "keeping what was read changes nothing"


def test_a_status_leaves_its_trace(store: PartnerStore) -> None:
    store.put([MUSEUM], by="Bea")
    store.put([replace(MUSEUM, status="agreement")], by="Cy")
    store.put([replace(MUSEUM, status="agreement", summary="signed")], by="Cy")
    history = store.get("Q190804").history
    assert [(c.status, c.by) for c in history] == [("talking", "Bea"), ("agreement", "Cy")]


def test_personal_fields_cannot_be_read_in_the_database(
    store: PartnerStore, database: Database
) -> None:
    contact = Contact("Ann Person", "ann@example.org", "why", datetime.date(2026, 11, 2))
    store.put([replace(MUSEUM, contacts=[contact])], by="Bea")
    with database.read() as connection:
        row = connection.execute(text("SELECT name, address FROM contact")).one()
    assert b"Ann" not in row[0] and b"example" not in row[1]


def test_without_a_key_no_address_is_kept(database: Database) -> None:
    contact = Contact("Ann", "ann@example.org", "why", datetime.date(2026, 11, 2))
    with pytest.raises(UsageError, match="KGTOOL_DATA_KEY"):
        PartnerStore(database, Seal("")).put([replace(MUSEUM, contacts=[contact])], by="Bea")
    with pytest.raises(NotFound):
        PartnerStore(database, Seal("")).get("Q190804")


def test_contacts_are_deleted_when_their_day_has_passed(store: PartnerStore) -> None:
    last = datetime.date(2026, 11, 2)
    store.put([replace(MUSEUM, contacts=[Contact("A", "a@b", "why", last)])], by="Bea")
    assert store.forget_contacts(last) == 0
    assert store.forget_contacts(last + datetime.timedelta(days=1)) == 1
    assert store.get("Q190804").contacts == []


def test_pages_follow_each_other_without_gap_or_repetition(store: PartnerStore) -> None:
    names = ["B", "A", "B", "C", "A", "Ä"]
    store.put(
        [replace(MUSEUM, qid=f"Q{n}", name=name) for n, name in enumerate(names, 1)], by="Bea"
    )
    seen: list[str] = []
    while page := store.find(after=seen[-1] if seen else None, limit=2):
        seen.extend(p.qid for p in page)
    assert seen == [p.qid for p in store.find()]
    assert len(seen) == 6


def test_filters(store: PartnerStore) -> None:
    archive = replace(MUSEUM, qid="Q2", kind="archive", country="Q34", status="active")
    store.put([MUSEUM, archive], by="Bea")
    assert [p.qid for p in store.find(kind="archive", country="Q34", status="active")] == ["Q2"]
    assert store.find(kind="library") == []


def test_removing(store: PartnerStore) -> None:
    store.put([replace(MUSEUM, links=[Link("x", "https://x.org")])], by="Bea")
    store.remove("Q190804")
    with pytest.raises(NotFound):
        store.get("Q190804")
    with pytest.raises(NotFound):
        store.remove("Q190804")
