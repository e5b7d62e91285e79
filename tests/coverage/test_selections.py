"""Selections: what a person names, and the items it means."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from kgtool.coverage.selection import (
    OfFocusList,
    OfItems,
    OfPagePile,
    OfPartners,
    OfQuery,
    Saved,
    Selection,
    checked_ids,
    ids_in,
    of,
)
from kgtool.entities.solutions import Table
from kgtool.errors import NotFound, NotInWorkspace, UsageError
from kgtool.store.selections import SavedSelection
from tests.builders import item
from tests.coverage.worlds import World

MUSEUM, OTHER = "Q190804", "Q900000001"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(
        tmp_path,
        [
            item("Q910000001", P195=MUSEUM, P5008="Q900000007", labels={"sv": "Ett", "en": "One"}),
            item("Q910000002", P195=[MUSEUM, OTHER], P18="2.jpg"),
            item("Q910000003", P195=OTHER),
        ],
    )


def ids(world: World, selection: str | Selection) -> list[str]:
    return [one.id for one in world.coverage.gaps(selection, ["P571"]).items]


def save(world: World, name: str, selection: Selection) -> None:
    definition = msgspec.to_builtins(selection)
    world.saved[name] = SavedSelection(name, name, definition, "me", datetime.now(UTC))


def test_each_kind_of_selection(world: World) -> None:
    answer = {
        "head": {"vars": ["item"]},
        "results": {
            "bindings": [
                {"item": {"type": "uri", "value": "http://www.wikidata.org/entity/Q910000003"}}
            ]
        },
    }
    world.tables = lambda query: msgspec.convert(answer, Table)
    save(world, "my-list", OfItems(("Q910000002",)))
    assert ids(world, MUSEUM) == ["Q910000001", "Q910000002"]
    assert ids(world, f"{MUSEUM} {OTHER}") == ["Q910000001", "Q910000002", "Q910000003"]
    assert ids(world, OfItems(("Q910000003", "Q910000001"))) == ["Q910000001", "Q910000003"]
    assert ids(world, OfFocusList("Q900000007")) == ["Q910000001"]
    assert ids(world, OfPagePile(910000002)) == ["Q910000002"]
    assert ids(world, OfQuery("SELECT ?item { ?item ?p ?o }")) == ["Q910000003"]
    assert ids(world, "my-list") == ["Q910000002"]


def test_a_query_and_a_pile_are_asked_once_a_generation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def pile(number: int) -> list[str]:
        asked.append(number)
        return [f"Q{number}"]

    def table(query: str) -> Table:
        asked.append("query")
        return Table.read(b'{"head": {"vars": ["item"]}, "results": {"bindings": []}}')

    monkeypatch.setattr(world.selections, "_pagepile", pile)
    world.tables = table
    for _ in range(3):
        assert ids(world, OfPagePile(910000002)) == ["Q910000002"]
        assert ids(world, OfQuery("SELECT ?item {}")) == []
    assert asked == [910000002, "query"]
    world.load([item("Q910000004", P195=MUSEUM)])
    assert ids(world, OfPagePile(910000002)) == ["Q910000002"]
    assert ids(world, OfQuery("SELECT ?item {}")) == []
    assert asked == [910000002, "query", 910000002, "query"]


def test_a_selection_survives_being_saved() -> None:
    for selection in (
        OfPartners((MUSEUM,), "owned"),
        OfItems(("Q1",), name="list"),
        OfQuery("SELECT ?item {}"),
        OfFocusList("Q1"),
        OfPagePile(7),
    ):
        assert msgspec.convert(msgspec.to_builtins(selection), Selection) == selection


def test_what_is_not_here_is_named(world: World) -> None:
    with pytest.raises(NotInWorkspace, match=r"Q5.*kgtool sync Q5"):
        ids(world, OfItems(("Q910000001", "Q5")))
    with pytest.raises(NotInWorkspace, match="Q6"):
        ids(world, OfFocusList("Q6"))
    with pytest.raises(NotFound, match="no-such-list"):
        ids(world, "no-such-list")
    save(world, "loop", Saved("loop"))
    with pytest.raises(UsageError, match="another"):
        ids(world, "loop")


def test_words_that_name_nothing() -> None:
    assert of("Q1, Q2") == OfPartners(("Q1", "Q2"))
    with pytest.raises(UsageError):
        of("")
    with pytest.raises(UsageError):
        of("Q1 list")
    with pytest.raises(UsageError, match="“P1” is not the id of an item"):
        checked_ids(["Q1", "P1"])
    assert ids_in("Q1 Q2\n\nQ1,Q3\n") == ("Q1", "Q2", "Q3")
    with pytest.raises(UsageError, match="Line 3: “P1”"):
        ids_in("Q1 Q2\n\nQ4 P1")


def test_pages_follow_each_other(world: World) -> None:
    first = world.coverage.gaps(MUSEUM, ["P571"], limit=1, language="sv")
    assert (first.count, first.items[0].label, first.next) == (2, "Ett", "Q910000001")
    second = world.coverage.gaps(MUSEUM, ["P571"], after=first.next, limit=1)
    assert (second.count, second.items[0].label, second.next) == (2, "Q910000002", None)
    for after, limit in (("42", 1), (None, 0)):
        with pytest.raises(UsageError):
            world.coverage.gaps(MUSEUM, ["P571"], after=after, limit=limit)
    with pytest.raises(UsageError):
        world.coverage.gaps(MUSEUM)


def test_repeated_measures_mean_and(world: World) -> None:
    assert world.coverage.gaps(OTHER, ["P18", "P571"]).count == 1
    assert world.coverage.gaps(OTHER, ["P571"], ["P18"]).count == 1
    assert world.coverage.gaps(OTHER, ["P18 or P571"]).count == 1
    assert world.coverage.gaps(OTHER, [], ["not P18", f"P195={OTHER}"]).count == 1
