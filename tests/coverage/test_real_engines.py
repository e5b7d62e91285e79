"""Every measure, every selection, every grouping on all real entities: one answer of all engines.

The graph says in SPARQL which items have which state of a measure, belong to whom and have which
value; what a matrix counts must be what these sets give. The cube and the columns are each asked.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgtool.checks.expectations import kinds
from kgtool.coverage.expected import ExpectedOfKind
from kgtool.coverage.expression import parse
from kgtool.coverage.matrix import Matrix
from kgtool.coverage.measures import Conforms, Measure, atoms, names_partner
from kgtool.coverage.selection import OfFocusList, OfItems, OfPartners, Role, Selection
from kgtool.coverage.sparql import Sparql
from kgtool.entities import Entity, Item, OtherKind, parse_entity
from kgtool.errors import NotFound
from tests.coverage.test_engines import _below as below
from tests.coverage.test_engines import _ids as ids
from tests.coverage.worlds import WIKIDATA, World, graph_of

MEASURES = [
    "P18",
    "P31",
    "P170",
    "P217",
    "P571",
    "P1419",
    "P3086",
    "P31=Q3305213",
    "P31=Q838948*",
    "P31=Q43229*",
    "P17.ref",
    "P571.goodref",
    "P214.ref=P248",
    "P217.P195",
    "P195.P217",
    "P217.P195=@partner",
    "Len",
    "Lsv",
    "Lsv.own",
    "Lru",
    "Lja",
    "Dsv",
    "Asv",
    "Senwiki",
    "Scommonswiki",
    "not P18",
    "P18 or P170 and not Lsv",
    "(P18 or P170) and not P31=Q43229*",
]
OF_PARTNERS = ["P18", "P31=Q43229*", "P217.P195=@partner", "Lsv and not P571.goodref"]
RANKS = ("truthy", "any")
SPARQL = Sparql(WIKIDATA)
PROPERTY = {"located": "P276", "owned": "P127", "archives": "P485"}
_STANDS = (
    "FILTER NOT EXISTS { ?in wikibase:rank wikibase:DeprecatedRank } "
    "FILTER NOT EXISTS { ?in pq:P582 ?end }"
)
_PREFIXES = "".join(f"PREFIX {name}: <{iri}> " for name, iri in WIKIDATA.prefixes.items())


@pytest.fixture(scope="module")
def entities(shared: Path) -> list[Entity]:
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        parsed = [parse_entity(line) for line in lines]
    return [one for one in parsed if not isinstance(one, OtherKind)]


@pytest.fixture(scope="module")
def graph(entities: list[Entity]) -> ox.Store:
    return graph_of(one for one in entities if isinstance(one, Item))


class Facts:
    """What the graph says of all items, each asked once."""

    def __init__(self, graph: ox.Store, entities: list[Entity]) -> None:
        self.graph = graph
        self.entities = entities
        self.items = {one.id for one in entities if isinstance(one, Item)}
        self.where = f"VALUES ?item {{ {' '.join(f'wd:{one}' for one in sorted(self.items))} }}"
        self._states: dict[tuple[str, str, frozenset[str]], dict[str, set[str]]] = {}

    def states(self, measure: Measure, rank: str, partners: set[str]) -> dict[str, set[str]]:
        """The items in each state of a measure."""
        named = frozenset(partners if names_partner(measure) else ())
        key = (str(measure), rank, named)
        if key not in self._states:
            asked = SPARQL.states(measure, "any" if rank == "any" else "truthy", named)
            self._states[key] = {
                name: ids(self.graph, SPARQL.items(self.where, condition))
                for name, condition in asked.items()
            }
        return self._states[key]

    def pairs(self, pattern: str) -> list[tuple[str, ox.NamedNode | ox.BlankNode | ox.Literal]]:
        """Items and what a pattern finds for them as ``?found``."""
        found = self.graph.query(f"{_PREFIXES} SELECT DISTINCT ?item ?found WHERE {{ {pattern} }}")
        assert isinstance(found, ox.QuerySolutions)
        return [(row["item"].value.rpartition("/")[2], row["found"]) for row in found]

    def valued(self, property: str, rank: str) -> dict[tuple[str, str | None], set[str]]:
        """The items of each value of a property."""
        groups: dict[tuple[str, str | None], set[str]] = {}
        for item, found in self.pairs(
            SPARQL.values(property, "any" if rank == "any" else "truthy")
        ):
            if isinstance(found, ox.BlankNode):
                key: tuple[str, str | None] = ("unknown", None)
            else:
                key = ("value", found.value.removeprefix("http://www.wikidata.org/entity/"))
            groups.setdefault(key, set()).add(item)
        return groups

    def members(self, partner: str, role: Role) -> set[str]:
        """The items of a partner in a role."""
        if role == "collection":
            found = self.pairs(SPARQL.members(below(self.entities, partner), "?found"))
            return {item for item, _ in found}
        if role == "former":
            within = " ".join(f"wd:{one}" for one in below(self.entities, partner))
            over = self.pairs(
                f"VALUES ?found {{ {within} }} ?item p:P195 ?in . ?in ps:P195 ?found ; "
                "pq:P582 ?end . FILTER NOT EXISTS { ?in wikibase:rank wikibase:DeprecatedRank }"
            )
            return {item for item, _ in over} - self.members(partner, "collection")
        if role == "identified":
            named = self.pairs(f"VALUES ?item {{ wd:{partner} }} ?item wdt:P1687 ?found")
            (property,) = [found.value.rpartition("/")[2] for _, found in sorted(named, key=str)][
                :1
            ]
            having = self.pairs(
                f"?item p:{property} ?in . ?in ps:{property} ?found . FILTER(!isBlank(?found)) "
                "FILTER NOT EXISTS { ?in wikibase:rank wikibase:DeprecatedRank }"
            )
            return {item for item, _ in having if item in self.items}
        property = PROPERTY[role]
        standing = self.pairs(
            f"VALUES ?found {{ wd:{partner} }} ?item p:{property} ?in . "
            f"?in ps:{property} ?found . {_STANDS}"
        )
        return {item for item, _ in standing}

    def members_directly(self, collection: str) -> set[str]:
        """The items of which a statement says that they are in that very collection."""
        return {item for item, _ in self.pairs(SPARQL.members([collection], "?found"))}


@pytest.fixture(scope="module")
def facts(graph: ox.Store, entities: list[Entity]) -> Facts:
    return Facts(graph, entities)


@pytest.fixture(scope="module", params=["cube", "columns"])
def world(
    request: pytest.FixtureRequest,
    entities: list[Entity],
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    expected = [
        ExpectedOfKind(
            kind.classes, kind.below, tuple((one.measure, one.when) for one in kind.expectations)
        )
        for kind in kinds()
    ]
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "cube":
        return World(folder, entities, [one for one in MEASURES if "@" not in one], expected)
    made = World(folder, entities)
    made.expect(expected)
    return made


def _agrees(
    matrix: Matrix, groups: dict[tuple[str, str | None], set[str]], facts: Facts, below: set[str]
) -> None:
    """Every cell of a matrix is what the sets of the graph give."""
    assert {(g.kind, g.group): g.items for g in matrix.groups} == {
        key: len(items) for key, items in groups.items()
    }
    for text in matrix.measures:
        measure = parse(text)
        states = facts.states(measure, matrix.rank, below)
        for group in matrix.groups:
            items, cell = groups[group.kind, group.group], group.measures[text]
            counted = {name: len(items & there) for name, there in states.items()}
            assert cell.have == counted["have"], (text, group.label)
            assert cell.no_value == counted.get("no_value", 0), (text, group.label)
            assert cell.unknown_value == counted.get("unknown_value", 0), (text, group.label)
            assert cell.barred == counted.get("barred", 0), (text, group.label)
            assert cell.missing == len(items) - sum(counted.values()), (text, group.label)


def _grouped(
    members: set[str], groups: Iterable[tuple[tuple[str, str | None], set[str]]]
) -> dict[tuple[str, str | None], set[str]]:
    """The members in all, by group, and those in none."""
    inside = {key: items & members for key, items in groups if items & members}
    alone = members - set().union(*inside.values())
    return {("total", None): members} | inside | ({("none", None): alone} if alone else {})


def _partners(facts: Facts, property: str) -> set[str]:
    found = facts.pairs(f"?item p:{property}/ps:{property} ?found FILTER(isIRI(?found))")
    return {value.value.rpartition("/")[2] for _, value in found}


@pytest.mark.long
def test_every_role_of_every_partner(world: World, facts: Facts) -> None:
    own = {item for item, _ in facts.pairs("?item wdt:P1687 ?found")}
    asked: list[tuple[Role, set[str]]] = [
        ("collection", _partners(facts, "P195")),
        ("former", _partners(facts, "P195")),
        ("located", _partners(facts, "P276")),
        ("owned", _partners(facts, "P127")),
        ("archives", _partners(facts, "P485")),
        ("identified", own),
    ]
    compared = 0
    for role, partners in asked:
        for partner in sorted(partners):
            members = facts.members(partner, role)
            known = partner in facts.items
            if not members and not known:
                continue  # it was never loaded, and nothing here is its own
            for rank in RANKS:
                matrix = world.coverage.matrix(partner, measures=OF_PARTNERS, role=role, rank=rank)
                compared += len(members)
                _agrees(matrix, {("total", None): members}, facts, below(facts.entities, partner))
    assert compared > 400


@pytest.mark.long
def test_every_grouping_of_all_items(world: World, facts: Facts) -> None:
    everything = OfItems(tuple(sorted(facts.items)))
    measures = [one for one in MEASURES if "@" not in one]
    for rank in RANKS:
        for by, property in [("type", "P31"), ("P17", "P17"), ("P281", "P281")]:
            matrix = world.coverage.matrix(everything, by=by, measures=measures, rank=rank)
            groups = _grouped(facts.items, facts.valued(property, rank).items())
            _agrees(matrix, groups, facts, set())
        held = {one: facts.members_directly(one) for one in sorted(_partners(facts, "P195"))}
        matrix = world.coverage.matrix(everything, by="collection", measures=measures, rank=rank)
        keyed = ((("value", one), items) for one, items in held.items())
        _agrees(matrix, _grouped(facts.items, keyed), facts, set())
        measure = "P18 and not Lsv"
        matrix = world.coverage.matrix(everything, by=measure, measures=measures, rank=rank)
        holding = facts.states(parse(measure), rank, set())["have"]
        _agrees(matrix, _grouped(facts.items, [(("value", measure), holding)]), facts, set())


@pytest.mark.long
def test_decades_and_countries_of_all_items(world: World, facts: Facts) -> None:
    everything = OfItems(tuple(sorted(facts.items)))
    wholes = _partners(facts, "P361") | {item for item, _ in facts.pairs("?item wdt:P527 ?found")}
    parts = {one: below(facts.entities, one) for one in wholes}
    for rank in RANKS:
        best = "FILTER EXISTS { ?s a wikibase:BestRank }"
        if rank == "any":
            best = "FILTER NOT EXISTS { ?s wikibase:rank wikibase:DeprecatedRank }"
        decades: dict[tuple[str, str | None], set[str]] = {}
        precise = facts.pairs(
            f"?item p:P571 ?s . ?s psv:P571 ?v . {best} ?v wikibase:timeValue ?t ; "
            "wikibase:timePrecision ?p . BIND(IF(?p >= 8, STR(?t), '') AS ?found)"
        )
        blank = facts.pairs(f"?item p:P571 ?s . {best} ?s ps:P571 ?found . FILTER(isBlank(?found))")
        for item, found in [*precise, *blank]:
            text = "" if isinstance(found, ox.BlankNode) else found.value
            key: tuple[str, str | None] = ("unknown", None)
            if text:
                sign = "-" if text.startswith("-") else ""
                key = "value", f"{sign}{int(text.lstrip('-+').split('-')[0]) // 10 * 10}"
            decades.setdefault(key, set()).add(item)
        matrix = world.coverage.matrix(everything, by="decade", measures=["P18"], rank=rank)
        _agrees(matrix, _grouped(facts.items, decades.items()), facts, set())

        own = facts.valued("P17", rank)
        stated = set().union(*own.values())
        countries = {key: set(items) for key, items in own.items()}
        for collection in _partners(facts, "P195"):
            whole = {one for one, inside in parts.items() if collection in inside} | {collection}
            direct = {key for key, items in own.items() if collection in items}
            above = {key for key, items in own.items() if whole & items}
            for key in direct or above:
                inherit = facts.members_directly(collection) - stated
                countries.setdefault(key, set()).update(inherit)
        matrix = world.coverage.matrix(everything, by="country", measures=["P18"], rank=rank)
        _agrees(matrix, _grouped(facts.items, countries.items()), facts, set())


@pytest.mark.long
def test_what_the_shapes_expect(world: World, facts: Facts) -> None:
    """Barred, missing and not expected, of all items and of each focus list."""
    selections: list[tuple[Selection, set[str]]] = [
        (OfItems(tuple(sorted(facts.items))), facts.items)
    ]
    for project in sorted(_partners(facts, "P5008")):
        listed = facts.pairs(
            f"VALUES ?found {{ wd:{project} }} ?item p:P5008 ?in . ?in ps:P5008 ?found . {_STANDS}"
        )
        selections.append((OfFocusList(project), {item for item, _ in listed}))
    asked = 0
    for selection, items in selections:
        for rank in RANKS:
            total = world.coverage.matrix(selection, rank=rank).groups[0]
            assert total.items == len(items)
            for measure, condition in world.expected.conditions.items():
                if names_partner(measure) or any(
                    isinstance(atom, Conforms) for atom in atoms(measure)
                ):
                    continue
                cell = total.measures[str(measure)]
                states = dict(facts.states(measure, rank, set()))
                barred = states.pop("barred", set()) & items
                wanted = facts.states(condition, "truthy", set())["have"] & items
                there = set().union(*states.values()) & items
                assert cell.have == len(states["have"] & items), (measure, rank)
                assert cell.barred == len(barred & wanted), (measure, rank)
                assert cell.not_expected == len(items - there - wanted), (measure, rank)
                assert cell.missing == len(wanted - there - barred), (measure, rank)
                asked += cell.missing
    assert asked > 1_000


def test_a_role_without_a_property_says_so(world: World) -> None:
    with pytest.raises(NotFound, match="identifier"):
        world.coverage.matrix(OfPartners(("Q1",), "identified"), measures=["P18"])
