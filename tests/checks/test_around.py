"""What lies around an entity: neighbours from the wiki, and arcs that lead to an item."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from kgtool.checks.checker import parse_text
from kgtool.checks.router import judge
from kgtool.checks.terms import Iri
from kgtool.checks.worker import ReferenceWorker
from kgtool.entities import Entity, Item
from kgtool.entities.rdf import RdfWriter
from kgtool.errors import InputError, TooLarge
from kgtool.service.answers import Answers
from kgtool.service.check_words import CheckWords
from kgtool.service.checks import Checks
from kgtool.service.judges import Judges
from kgtool.service.labels import Labels
from kgtool.service.survey import Survey
from kgtool.service.surveys import Surveys
from tests.builders import item, snak, statement
from tests.checks.worlds import WIKIDATA
from tests.coverage.worlds import World

HEAD = """
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX ps: <http://www.wikidata.org/prop/statement/>
PREFIX pq: <http://www.wikidata.org/prop/qualifier/>
PREFIX wikibase: <http://wikiba.se/ontology#>
BASE <http://e/>
start = @<S>
"""
# A work by somebody who is a human, in a collection whose owner is in a country.
TWO_HOPS = """<S> EXTRA wdt:P170 { wdt:P170 { wdt:P31 [wd:Q5] } + ; wdt:P195 @<C> ; wdt:P18 . * }
<C> { wdt:P127 { wdt:P17 IRI } }"""
PEOPLE = [f"Q91000{n:04d}" for n in range(120)]


class Wiki:
    """A wiki of some entities that remembers what it was asked."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.entities = {one.id: one for one in entities}
        self.asked: list[list[str]] = []

    def __call__(self, ids: list[str]) -> dict[str, Entity]:
        self.asked.append(ids)
        return {id: self.entities[id] for id in ids if id in self.entities}


@pytest.fixture
def worker() -> Iterator[ReferenceWorker]:
    made = ReferenceWorker()
    yield made
    made.close()


def checks(world: World, wiki: Wiki, worker: ReferenceWorker) -> Checks:
    judges = Judges(WIKIDATA, worker)
    surveys = Surveys(judges, world.selections, Answers(world.workspace.home, Survey))
    labels = Labels(world.snapshots, wikidata=True)
    return Checks(world.snapshots, judges, surveys, CheckWords(WIKIDATA, labels), wiki)


def schema(folder: Path, text: str) -> str:
    path = folder / "own.shex"
    path.write_text(HEAD + text)
    return str(path)


def works() -> list[Item]:
    made = [
        item(f"Q92000{n:04d}", P170=person, P195="Q930000001", P18="a.jpg", P31="Q3305213")
        for n, person in enumerate(PEOPLE)
    ]
    return [*made, item("Q929999999", P170="Q939999999", P195="Q930000001")]


def wiki() -> Wiki:
    around = [item(person, P31="Q5", P27="Q34") for person in PEOPLE]
    collection = item("Q930000001", P127="Q930000002", P31="Q1")
    return Wiki([*works(), *around, collection, item("Q930000002", P17="Q34")])


def test_neighbours_are_fetched_as_far_as_the_shape_leads(
    tmp_path: Path, worker: ReferenceWorker
) -> None:
    asked = wiki()
    made = checks(World(tmp_path / "home", [item("Q1")]), asked, worker)
    report = made.of_live(schema(tmp_path, TWO_HOPS), [one.id for one in works()])
    assert (report.checked, report.conforming) == (121, 120)
    assert {one.node for one in report.findings} == {"Q929999999"}
    # Three batches: 50, 50 and 21 works; with them their creators and the collection, then its
    # owner. Nothing else that they refer to: not classes, not citizenships.
    assert all(len(ids) <= 50 for ids in asked.asked)
    assert len(asked.asked) == 3 + (2 + 1) + (2 + 1) + (1 + 1)
    assert not {"Q3305213", "Q5", "Q34", "Q1"} & {id for ids in asked.asked for id in ids}


def test_neighbours_of_what_is_given_come_from_the_wiki_if_that_is_asked(
    tmp_path: Path, worker: ReferenceWorker
) -> None:
    asked = wiki()
    made = checks(World(tmp_path / "home", [item("Q1")]), asked, worker)
    draft = item("", P170=PEOPLE[0], P195="Q930000001")
    name = schema(tmp_path, TWO_HOPS)
    assert made.of_entities(name, [draft]).conforming == 0
    assert asked.asked == []
    assert made.of_entities(name, [draft], live=True).conforming == 1
    assert [sorted(ids) for ids in asked.asked] == [[PEOPLE[0], "Q930000001"], ["Q930000002"]]


def test_the_reference_engine_is_given_neighbours_too(
    tmp_path: Path, worker: ReferenceWorker
) -> None:
    made = checks(World(tmp_path / "home", [item("Q1")]), wiki(), worker)
    text = "<T> { wdt:P170 { wdt:P31 [wd:Q5] } }\n<S> EXTENDS @<T> { wdt:P195 . }"
    report = made.of_live(schema(tmp_path, text), [works()[0].id, works()[-1].id])
    assert (report.conforming, report.engine) == (1, {"compiled": 0, "pyrudof": 2})


def test_our_own_shapes_need_no_neighbours(tmp_path: Path, worker: ReferenceWorker) -> None:
    asked = wiki()
    made = checks(World(tmp_path / "home", [item("Q1")]), asked, worker)
    made.of_live("artwork", [works()[0].id])
    assert asked.asked == [[works()[0].id]]


def test_a_shape_that_leads_to_very_many_is_refused(
    tmp_path: Path, worker: ReferenceWorker
) -> None:
    many = [f"Q94{n:07d}" for n in range(6_000)]
    asked = Wiki([item("Q910000001", P361=many)])
    made = checks(World(tmp_path / "home", [item("Q1")]), asked, worker)
    with pytest.raises(TooLarge, match="5,000"):
        made.of_live(schema(tmp_path, "<S> { wdt:P361 { wdt:P31 . } * }"), ["Q910000001"])


CREATOR = "Q910000009"
OTHERS = [
    item("Q910000001", P170=CREATOR, P31="Q3305213"),
    item("Q910000002", P170=[CREATOR, "Q910000008"], P31="Q3305213"),
    item("Q910000003", statement("P170", CREATOR, rank="deprecated"), P31="Q3305213"),
    item("Q910000004", statement("P1", "Q2", qualifiers=[snak("P195", CREATOR)]), P31="Q7"),
    item(CREATOR, P31="Q5"),
]
BACKWARDS = [
    ("<S> { ^wdt:P170 . + }", True),
    ("<S> { ^wdt:P170 . {2} }", True),  # not from the deprecated statement
    ("<S> { ^wdt:P170 . {3} }", False),
    ("<S> { ^wdt:P170 { wdt:P31 [wd:Q3305213] } + }", True),
    ("<S> { ^wdt:P170 { wdt:P31 [wd:Q7] } + }", False),
    ("<S> { ^ps:P170 . {3} }", True),  # statements of every rank
    ("<S> { ^ps:P170 { ^p:P170 { wdt:P31 . } } {3} }", True),
    ("<S> { ^pq:P195 { ps:P1 [wd:Q2] } }", True),
    ("<S> { ^pq:P195 { ps:P1 [wd:Q3] } }", False),
    ("<S> { ^wdt:P50 . }", False),
    ("<S> CLOSED { a . * ; wdt:P31 . ; p:P31 . ; ^wdt:P170 . + }", True),
]


@pytest.mark.parametrize(("text", "conforms"), BACKWARDS, ids=[text for text, _ in BACKWARDS])
def test_arcs_from_other_items_are_followed(
    text: str, conforms: bool, tmp_path: Path, worker: ReferenceWorker
) -> None:
    world = World(tmp_path / "home", OTHERS)
    made = Judges(WIKIDATA, worker).of(schema(tmp_path, text), world.snapshots.current())
    assert made.engine == "compiled"
    assert made.conforms(OTHERS[-1]) is conforms
    data = b"".join(map(RdfWriter(WIKIDATA).triples, OTHERS))
    raw = parse_text("own", HEAD + text, WIKIDATA, worker).raw
    pair = (Iri(WIKIDATA.entity_iri(CREATOR)), None)
    (theirs,) = worker.validate(json.dumps(raw, default=str), data, [pair])
    assert theirs.conforms is conforms


def test_what_is_checked_counts_as_it_is_given(tmp_path: Path, worker: ReferenceWorker) -> None:
    world = World(tmp_path / "home", OTHERS)
    name = schema(tmp_path, "<S> { wdt:P170 { ^wdt:P170 . {3} } }")
    made = Judges(WIKIDATA, worker).of(name, world.snapshots.current())
    assert made.conforms(item("", P170=CREATOR))
    assert not made.conforms(OTHERS[0])
    assert made.conforms(item("Q910000003", P170=CREATOR))


def test_the_reference_engine_is_given_those_who_refer(
    tmp_path: Path, worker: ReferenceWorker
) -> None:
    world = World(tmp_path / "home", OTHERS)
    text = "<T> { ^wdt:P170 . {2} }\n<S> EXTENDS @<T> { wdt:P31 . }"
    made = Judges(WIKIDATA, worker).of(schema(tmp_path, text), world.snapshots.current())
    assert made.engine == "pyrudof"
    assert made.conforms(OTHERS[-1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<S> { ^wdt:P170 . }", "only a workspace can tell"),
        ("<S> { p:P170 { ^wikibase:badge . } }", "cannot be answered"),
    ],
)
def test_what_nobody_can_tell_is_refused(text: str, said: str, worker: ReferenceWorker) -> None:
    with pytest.raises(InputError, match=said):
        judge(parse_text("own", HEAD + text, WIKIDATA, worker), WIKIDATA, worker)


def test_values_are_not_followed_back(tmp_path: Path, worker: ReferenceWorker) -> None:
    world = World(tmp_path / "home", OTHERS)
    name = schema(tmp_path, "<S> { wdt:P170 { ^wdt:P170 . + } }")
    made = Judges(WIKIDATA, worker).of(name, world.snapshots.current())
    with pytest.raises(InputError, match="no entity"):
        made.conforms(item("Q910000005", P170="a text"))
    assert made.conforms(item("Q910000006", statement("P170", kind="somevalue")))
    assert made.answered == {"pyrudof": 1}


def test_what_could_not_be_told_here_does_not_hinder_the_next(
    tmp_path: Path, worker: ReferenceWorker
) -> None:
    world = World(tmp_path / "home", OTHERS)
    name = schema(tmp_path, "<S> { wdt:P170 @<S> {2} ; ^wdt:P170 . * }")
    made = Judges(WIKIDATA, worker).of(name, world.snapshots.current())
    anonymous = item("Q910000006", statement("P170", kind="somevalue"))
    assert [bool(made.check(anonymous)) for _ in range(2)] == [True, True]
    assert made.answered == {"pyrudof": 2}, "both times the compiled shape came to its end"


def test_an_item_that_fails_because_of_itself_is_told(worker: ReferenceWorker) -> None:
    text = "<S> { wdt:P361 @<S> ? }"  # two values that fit are too many; then none fits itself
    twice = item("Q910000001", P361=["Q910000001", "Q910000002"])
    other = item("Q910000002")
    made = judge(
        parse_text("own", HEAD + text, WIKIDATA, worker),
        WIKIDATA,
        worker,
        neighbours={one.id: one for one in (twice, other)}.get,
    )
    (finding,) = made.check(twice)
    assert (finding.fault.constraint, finding.fault.got) == ("wdt:P361 @S ?", ("wd:Q910000001",))
