"""The matrix: states, expectations, groups and membership, on small worlds."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kgtool.coverage import cells
from kgtool.coverage.cells import Cell
from kgtool.coverage.expected import ExpectedOfKind
from kgtool.coverage.matrix import Group
from kgtool.coverage.selection import OfItems
from kgtool.entities import EntityId, EntityIdValue, Statement, Time, TimeValue
from kgtool.errors import ExpressionError, NotInWorkspace, UsageError
from tests.builders import item, snak, statement
from tests.coverage.worlds import World

MUSEUM, PAINTING, SCULPTURE = "Q190804", "Q3305213", "Q860861"
GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
IN_MUSEUM = statement("P195", MUSEUM)


def day(year: str, precision: int = 9) -> TimeValue:
    return TimeValue(Time(f"{year}-00-00T00:00:00Z", precision, GREGORIAN))


def total(world: World, *measures: str, rank: str = "truthy", role: str = "collection") -> Group:
    return world.coverage.matrix(MUSEUM, measures=measures, rank=rank, role=role).groups[0]


def cell(world: World, measure: str, **options: str) -> Cell:
    return total(world, measure, **options).measures[measure]


def test_states_are_told_apart(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            item("Q900000001", IN_MUSEUM, P170="Q5598"),
            item("Q900000002", IN_MUSEUM, statement("P170", kind="somevalue")),
            item("Q900000003", IN_MUSEUM, statement("P170", kind="novalue")),
            item("Q900000004", IN_MUSEUM),
            item("Q900000005", IN_MUSEUM),
        ],
    )
    found = cell(world, "P170")
    assert found == Cell(1, 1, 1, 0, 2, 0, 0.6)


def test_truthy_and_any_rank_differ(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            item(
                "Q900000001",
                IN_MUSEUM,
                statement("P170", "Q5598"),
                statement("P170", kind="novalue", rank="preferred"),
            ),
            item("Q900000002", IN_MUSEUM, statement("P170", "Q5598", rank="deprecated")),
        ],
    )
    assert cell(world, "P170") == Cell(0, 1, 0, 0, 1, 0, 0.5)
    assert cell(world, "P170", rank="any") == Cell(1, 0, 0, 0, 1, 0, 0.5)


def test_a_share_of_nothing_is_none(tmp_path: Path) -> None:
    world = World(tmp_path, [item(MUSEUM)])
    assert total(world, "P18").items == 0
    assert cell(world, "P18").share is None


def test_an_image_that_copyright_bars_is_not_missing(tmp_path: Path) -> None:
    def copyrighted(*where: str) -> Statement:
        qualifiers = [snak("P1001", one) for one in where]
        return statement("P6216", "Q50423863", qualifiers=qualifiers)

    world = World(
        tmp_path,
        [
            item("Q900000001", IN_MUSEUM, copyrighted()),
            item("Q900000002", IN_MUSEUM, copyrighted("Q30")),
            item("Q900000003", IN_MUSEUM, copyrighted("Q17")),
            item("Q900000004", IN_MUSEUM, P6500="https://museum.example/4.jpg"),
            item("Q900000005", IN_MUSEUM, P6500="https://museum.example/5.jpg", P18="5.jpg"),
            item("Q900000006", IN_MUSEUM, P4765="https://museum.example/6.jpg"),
        ],
    )
    found = cell(world, "P18")
    assert (found.have, found.barred, found.missing, found.ready_to_upload) == (1, 3, 2, 1)
    assert found.share == pytest.approx(1 / 3)
    listed = world.coverage.gaps(MUSEUM, ["P18"])
    assert [one.id for one in listed.items] == ["Q900000003", "Q900000006"]
    ready = world.coverage.gaps(MUSEUM, ["P18"], ["P4765"])
    assert [one.id for one in ready.items] == ["Q900000006"]


def test_only_what_a_kind_is_expected_to_have_is_missing(tmp_path: Path) -> None:
    kinds = [
        ExpectedOfKind(frozenset({PAINTING}), True, (("P170", ""), ("Lsv", "P17=Q34"))),
        ExpectedOfKind(frozenset({SCULPTURE}), False, (("P186", ""),)),
    ]
    works = [
        item("Q900000001", IN_MUSEUM, P31=PAINTING),
        item("Q900000002", IN_MUSEUM, P31=PAINTING, P17="Q34"),
        item("Q900000003", IN_MUSEUM, P31=SCULPTURE, P170="Q5598"),
        item("Q900000004", IN_MUSEUM, P31="Q900000009"),
        item("Q900000009", P279=PAINTING),
    ]
    world = World(tmp_path, works, kinds=kinds)
    group = world.coverage.matrix(MUSEUM).groups[0]
    assert list(group.measures) == ["P170", "Lsv", "P186"]
    assert group.measures["P170"] == Cell(1, 0, 0, 0, 3, 0, 0.25)
    assert group.measures["P186"] == Cell(0, 0, 0, 0, 1, 3, 0.0)
    assert group.measures["Lsv"] == Cell(0, 0, 0, 0, 1, 3, 0.0)
    # what is named is expected of every item
    assert cell(world, "P186").missing == 4
    assert world.coverage.gaps(MUSEUM, ["P186"]).count == 4
    assert world.coverage.gaps(MUSEUM, ["P186"], expected=True).count == 1
    by_type = world.coverage.matrix(MUSEUM, by="type")
    assert {g.group: g.measures["P186"].missing for g in by_type.groups} == {
        None: 1,
        PAINTING: 0,
        SCULPTURE: 1,
        "Q900000009": 0,
    }


def test_groups_overlap_and_the_total_is_distinct(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            item("Q900000001", IN_MUSEUM, P31=[PAINTING, SCULPTURE], P18="1.jpg"),
            item("Q900000002", IN_MUSEUM, P31=PAINTING),
            item("Q900000003", IN_MUSEUM, statement("P31", kind="somevalue"), P18="3.jpg"),
            item("Q900000004", IN_MUSEUM, statement("P31", kind="novalue")),
            item(PAINTING, labels={"en": "painting"}),
        ],
    )
    groups = world.coverage.matrix(MUSEUM, by="type", measures=["P18"]).groups
    assert [(g.kind, g.group, g.label, g.items, g.measures["P18"].have) for g in groups] == [
        ("total", None, MUSEUM, 4, 2),
        ("value", PAINTING, "painting", 2, 1),
        ("value", SCULPTURE, SCULPTURE, 1, 1),
        ("none", None, "", 1, 0),
        ("unknown", None, "", 1, 1),
    ]


def test_decades_and_countries(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            item("Q900000001", IN_MUSEUM, P571=day("+1642")),
            item("Q900000002", IN_MUSEUM, P571=day("+1640", 8)),
            item("Q900000003", IN_MUSEUM, P571=day("+1600", 7)),
            item("Q900000004", IN_MUSEUM, P571=day("-0505")),
            item("Q900000005", IN_MUSEUM, P17="Q34"),
            item(MUSEUM, P17="Q55"),
        ],
    )
    decades = world.coverage.matrix(MUSEUM, by="decade", measures=[]).groups[1:]
    assert [(g.kind, g.group, g.label, g.items) for g in decades] == [
        ("value", "1640", "1640s", 2),
        ("value", "-500", "500s BCE", 1),
        ("none", None, "", 1),
        ("unknown", None, "", 1),
    ]
    countries = world.coverage.matrix(MUSEUM, by="country", measures=[]).groups[1:]
    assert {g.group: g.items for g in countries} == {"Q55": 4, "Q34": 1}


def test_groups_by_texts_and_by_measures(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            item("Q900000001", IN_MUSEUM, P217="A", P18="1.jpg"),
            item("Q900000002", IN_MUSEUM, P217="A"),
            item("Q900000003", IN_MUSEUM),
        ],
    )
    by_text = world.coverage.matrix(MUSEUM, by="P217", measures=[]).groups
    assert [(g.kind, g.group, g.items) for g in by_text] == [
        ("total", None, 3),
        ("value", "A", 2),
        ("none", None, 1),
    ]
    by_measure = world.coverage.matrix(MUSEUM, by="P18 or not P217", measures=[]).groups
    assert [(g.kind, g.group, g.items) for g in by_measure] == [
        ("total", None, 3),
        ("value", "P18 or not P217", 2),
        ("none", None, 1),
    ]


def test_sub_collections_count_once_and_former_ones_not(tmp_path: Path) -> None:
    part, deeper, past = "Q900000001", "Q900000002", "Q900000003"
    over = statement("P195", MUSEUM, qualifiers=[snak("P582", day("+1990"))])
    world = World(
        tmp_path,
        [
            item(part, P361=MUSEUM),
            item(part.replace("1", "8"), P527=deeper),
            item(past, statement("P361", MUSEUM, qualifiers=[snak("P582", day("+1950"))])),
            item(deeper, P361=part),
            item("Q910000001", P195=[MUSEUM, part]),
            item("Q910000002", P195=deeper),
            item("Q910000003", P195=past),
            item("Q910000004", over),
            item("Q910000005", over, P195=part),
            item("Q910000006", statement("P195", MUSEUM, rank="deprecated")),
            item("Q910000007", P276=MUSEUM, P127=MUSEUM),
            item("Q910000008", P485=MUSEUM),
        ],
    )

    def items(role: str) -> list[str]:
        return [one.id for one in world.coverage.gaps(MUSEUM, ["P18"], role=role).items]

    assert items("collection") == ["Q910000001", "Q910000002", "Q910000005"]
    assert items("former") == ["Q910000004"]
    assert items("located") == ["Q910000007"]
    assert items("owned") == ["Q910000007"]
    assert items("archives") == ["Q910000008"]
    by_collection = world.coverage.matrix(MUSEUM, by="collection", measures=[])
    assert {g.group: g.items for g in by_collection.groups} == {
        None: 3,
        MUSEUM: 1,
        part: 2,
        deeper: 1,
    }
    assert [c.items for c in world.coverage.collections(MUSEUM)] == [2, 1, 1]


def test_items_with_the_partners_own_identifier(tmp_path: Path) -> None:
    own = EntityIdValue(EntityId("P350", entity_type="property"))
    world = World(
        tmp_path,
        [
            item(MUSEUM, P1687=own),
            item("Q910000001", P350="123"),
            item("Q910000002", statement("P350", "4", rank="deprecated")),
        ],
    )
    assert total(world, "P18", role="identified").items == 1


def test_a_qualifier_that_names_the_partner(tmp_path: Path) -> None:
    part, other = "Q900000001", "Q900000002"

    def numbered(holder: str) -> Statement:
        return statement("P217", "A 1", qualifiers=[snak("P195", holder)])

    world = World(
        tmp_path,
        [
            item(part, P361=MUSEUM),
            item("Q910000001", numbered(MUSEUM), P195=[MUSEUM, other]),
            item("Q910000002", numbered(part), P195=MUSEUM),
            item("Q910000003", numbered(other), P195=[MUSEUM, other]),
        ],
    )
    measure = "P217.P195=@partner"
    assert cell(world, measure).have == 2
    several = world.coverage.totals([MUSEUM, other], [measure, f"not {measure}"])
    assert [m.groups[0].measures[measure].have for m in several] == [2, 1]
    assert [m.groups[0].measures[f"not {measure}"].have for m in several] == [1, 1]
    by_type = world.coverage.matrix(MUSEUM, by="type", measures=[measure])
    assert by_type.groups[0].measures[measure].have == 2
    with pytest.raises(UsageError, match="partner"):
        world.coverage.matrix(OfItems(("Q910000001",)), measures=[measure])


def test_shapes_are_measures(tmp_path: Path) -> None:
    world = World(tmp_path, [item(f"Q91000000{n}", IN_MUSEUM) for n in range(1, 4)])
    world.conform = {("artwork", ""): [910000001], ("artwork", "P217"): [910000001, 910000002]}
    group = total(world, "shape:artwork", "shape:artwork/P217")
    assert [one.have for one in group.measures.values()] == [1, 2]


def test_a_later_load_is_measured_too(tmp_path: Path) -> None:
    world = World(tmp_path, [item("Q910000001", IN_MUSEUM), item("Q910000002", IN_MUSEUM)], ["P18"])
    assert cell(world, "P18").have == 0
    world.load([item("Q910000001", IN_MUSEUM, P18="1.jpg"), item("Q910000003", IN_MUSEUM)])
    found = total(world, "P18")
    assert (found.items, found.measures["P18"].have) == (3, 1)


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    world = World(tmp_path, [item("Q910000001", IN_MUSEUM)])
    with pytest.raises(NotInWorkspace, match="Q42"):
        world.coverage.matrix("Q42")
    with pytest.raises(NotInWorkspace, match="Q42"):
        world.coverage.totals([MUSEUM, "Q42"])
    with pytest.raises(ExpressionError):
        world.coverage.matrix(MUSEUM, measures=["P18 nad"])
    with pytest.raises(ExpressionError):
        world.coverage.matrix(MUSEUM, by="colour")
    with pytest.raises(UsageError, match="rank"):
        world.coverage.matrix(MUSEUM, rank="best")
    with pytest.raises(UsageError, match="role"):
        world.coverage.matrix(MUSEUM, role="friend")


def test_the_answer_as_scripts_read_it(tmp_path: Path) -> None:
    world = World(tmp_path, [item("Q910000001", IN_MUSEUM, P170="Q5598")])
    answer = msgspec.json.decode(world.coverage.matrix(MUSEUM, measures=["P170"]).to_json())
    assert answer == {
        "partner": MUSEUM,
        "generation": 1,
        "rank": "truthy",
        "groups": [
            {
                "kind": "total",
                "group": None,
                "label": MUSEUM,
                "items": 1,
                "measures": {
                    "P170": {
                        "have": 1,
                        "no_value": 0,
                        "unknown_value": 0,
                        "barred": 0,
                        "missing": 0,
                        "not_expected": 0,
                        "share": 1.0,
                    }
                },
            }
        ],
        "as_of": world.snapshots.current().generation.meta.as_of,
    }


@pytest.mark.parametrize("ready", [False, True])
def test_totals_as_json_say_what_their_matrices_say(
    tmp_path: Path, ready: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "_ready", ready)  # whether compiled code writes
    other = "Q900000009"
    world = World(
        tmp_path,
        [
            item("Q910000001", IN_MUSEUM, P170="Q5598", P18="1.jpg"),
            item("Q910000002", IN_MUSEUM, P195=[MUSEUM, other]),
            item(MUSEUM, labels={"en": 'a "museum": [\\'}),
            item("Q5"),
        ],
    )
    partners = [other, MUSEUM, "Q5"]
    for measures in (["P18", "P170"], ["P18 and P217.P195=@partner"]):
        matrices = world.coverage.totals(partners, measures)
        written = world.coverage.totals_json(partners, measures)
        assert written == msgspec.json.encode([one.answer() for one in matrices])
    assert [one.groups[0].items for one in matrices] == [1, 2, 0]
    by_type = world.coverage.matrix(MUSEUM, by="type", measures=["P18"])
    assert by_type.to_json() == msgspec.json.encode(by_type.answer())


def test_years_before_the_common_era_are_not_those_after(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            item("Q900000001", IN_MUSEUM, P571=day("+0007")),
            item("Q900000002", IN_MUSEUM, P571=day("-0007")),
            item("Q900000003", IN_MUSEUM, P571=[day("-0009"), day("-0008")]),
        ],
    )
    decades = world.coverage.matrix(MUSEUM, by="decade", measures=[]).groups[1:]
    assert {(g.group, g.label): g.items for g in decades} == {
        ("0", "0s"): 1,
        ("-0", "0s BCE"): 2,
    }


def test_the_largest_groups_are_those_that_are_first_among_all(tmp_path: Path) -> None:
    numbers = ["b", "b", "b", "a", "a", "ccc", "ccc", "dd"]
    made = [item(f"Q91000000{n}", IN_MUSEUM, P217=text) for n, text in enumerate(numbers, 1)]
    world = World(tmp_path, [*made, item("Q910000009", IN_MUSEUM)])
    whole = world.coverage.matrix(MUSEUM, "P217", ["P18", "P217"])
    assert [(one.group, one.items) for one in whole.groups[1:]] == [
        ("b", 3),
        ("a", 2),
        ("ccc", 2),
        ("dd", 1),
        (None, 1),
    ]
    for most in range(7):
        some = world.coverage.matrix(MUSEUM, "P217", ["P18", "P217"], most=most)
        assert some.groups == whole.groups[: most + 1]
        assert some.left_out == max(0, 5 - most)
