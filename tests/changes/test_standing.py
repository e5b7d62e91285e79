"""What columns tell of a partner's statements is what the entities themselves tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from kgtool.entities import Item, Reference, Snak, Statement, to_json
from kgtool.partners.concern import Concern
from kgtool.service.standing import citing, standing
from kgtool.service.walk import ids_of, numbers_of
from kgtool.settings import Settings
from kgtool.views.snapshot import Snapshot
from kgtool.wiring import build
from tests.builders import item, snak

PARTNERS = ("Q900", "Q901", "Q902")
ADDRESSES = (
    *(
        "https://museum.example/works/1",
        "http://www.museum.example",
        "https://Museum.example/x?a#b",
    ),
    *("https://shop.museum.example/1", "https://othermuseum.example/", "ftp://museum.example.org/"),
    *(
        "https://host.example/small/1",
        "https://host.example/small",
        "https://host.example/smaller/",
    ),
    *("https://host.example/", "https://a.example/?u=https://museum.example/", "museum.example"),
)
CONCERNS = (
    Concern(frozenset({"Q900"}), frozenset({"P195", "P276"})),
    Concern(frozenset({"Q900", "Q901"}), frozenset({"P195"}), frozenset({"P350"})),
    Concern(frozenset(), frozenset({"P195"}), frozenset(), ("museum.example",)),
    Concern(frozenset({"Q902"}), frozenset(), frozenset(), ("host.example/small", "x.example")),
    Concern(everything=True),
)


def any_snak(chance: Random) -> Snak:
    property = chance.choice(("P195", "P248", "P276", "P854", "P350", "P571"))
    if property in ("P195", "P248", "P276"):
        return snak(property, chance.choice(PARTNERS))
    return snak(property, chance.choice(ADDRESSES))


def any_item(number: int, chance: Random) -> Item:
    def some(most: int) -> list[Snak]:
        return [any_snak(chance) for _ in range(chance.randint(0, most))]

    made = [
        Statement(
            main,
            rank=chance.choice(("normal", "preferred", "deprecated")),
            qualifiers=by_property(some(2)),
            references=[
                Reference(by_property([any_snak(chance), *some(1)]))
                for _ in range(chance.randint(0, 2))
            ],
        )
        for main in some(4)
    ]
    return item(f"Q{number}", *made)


def by_property(snaks: list[Snak]) -> dict[str, list[Snak]]:
    return {
        one.property: [other for other in snaks if other.property == one.property] for one in snaks
    }


@pytest.fixture(scope="module")
def items() -> list[Item]:
    chance = Random(7)
    return [any_item(number, chance) for number in range(1, 61)]


@pytest.fixture(scope="module")
def snapshot(items: list[Item], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    tool = build(Settings(home=tmp_path_factory.mktemp("standing")))
    tool.loading.load(((n, to_json(one)) for n, one in enumerate(items, 1)), source="test")
    yield tool.snapshots.current()
    tool.close()


@pytest.mark.parametrize("concern", CONCERNS)
def test_columns_and_entities_count_the_same(
    snapshot: Snapshot, items: list[Item], concern: Concern
) -> None:
    whole = 0
    for one in items:
        count = sum(concern.ground(s) is not None for some in one.claims.values() for s in some)
        assert standing(snapshot.tables(), numbers_of([one.id]), concern) == count, one
        whole += count
    assert (
        whole and standing(snapshot.tables(), numbers_of([i.id for i in items]), concern) == whole
    )


@pytest.mark.parametrize("concern", CONCERNS[:-1])
def test_who_cites_a_partner_is_found_in_the_columns(
    snapshot: Snapshot, items: list[Item], concern: Concern
) -> None:
    # A statement that holds the partner may cite it too; without holders, every citing one tells.
    alone = structs.replace(concern, holding=frozenset())
    citers = [
        one.id
        for one in items
        if any(alone.ground(s) is not None for some in one.claims.values() for s in some)
    ]
    assert citers and ids_of(citing(snapshot.tables(), concern)) == citers


def test_a_generation_tells_which_entities_were_otherwise_before(tmp_path: Path) -> None:
    tool = build(Settings(home=tmp_path))

    def load(*some: Item) -> None:
        tool.loading.load(((n, to_json(one)) for n, one in enumerate(some, 1)), source="test")

    load(*(item(f"Q{n}", labels={"en": "a"}) for n in range(1, 31)))
    before = tool.snapshots.current()
    load(item("Q1", labels={"en": "b"}), item("Q2", labels={"en": "a"}), item("Q99"))
    now, ids = tool.snapshots.current(), [f"Q{n}" for n in range(1, 100)]
    assert now.entities.differing(before.entities, ids) == {"Q1"}
    assert now.entities.differing(now.entities, ids) == set()
    assert before.entities.differing(now.entities, ["Q1", "Q3"]) == {"Q1"}
    tool.close()
