"""The questions: their files, their parameters, their answers in two engines."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.sparql import prepareQuery

from kgtool import files
from kgtool.api.app import create_app
from kgtool.bench.virtuoso import Virtuoso
from kgtool.cli import root
from kgtool.entities import (
    Item,
    Quantity,
    QuantityValue,
    Time,
    TimeValue,
    load_profile,
    parse_entity,
    to_json,
)
from kgtool.entities.rdf import to_ntriples
from kgtool.entities.solutions import Table, Term
from kgtool.errors import InputError, NotFound, UsageError
from kgtool.sample import entities as sample_entities
from kgtool.service.queries import Queries
from kgtool.service.query_file import parse
from kgtool.settings import Settings
from kgtool.sources.sparql import SparqlEndpoint
from kgtool.wiring import build
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
NAMES = files.query_names()
GREGORIAN = "http://www.wikidata.org/entity/Q1985727"

# What Virtuoso 7.2.5 gets wrong, and the files that meet it with such data.
BROKEN = {
    "collections/by-decade": "10 * FLOOR(-44 / 10) is -40: it divides whole numbers as such",
    "collections/creators-died-before": "-0044-03-15 is not before 1955-01-01",
    "collections/made-between": "-0044-03-15 is written as -044-03-15",
    "quality/made-after-death": "-0044-03-15 is written as -044-03-15",
}


class Embedded:
    """A graph in memory that answers as the embedded one does."""

    def __init__(self, triples: bytes) -> None:
        self.store = ox.Store()
        self.store.load(triples, format=ox.RdfFormat.N_TRIPLES, lenient=True)

    def select(self, query: str) -> Table:
        found = self.store.query(query)
        assert isinstance(found, ox.QuerySolutions)
        text = found.serialize(format=ox.QueryResultsFormat.JSON)
        return Table.read(text or b"")


def year(number: int) -> TimeValue:
    return TimeValue(Time(f"{number:+05d}-01-01T00:00:00Z", 9, GREGORIAN))


def flawed() -> list[Item]:
    """A partner with a flaw for every question. Its items are not of this world."""
    partner, painter, twin = "Q900000001", "Q900000002", "Q900000003"
    inches = QuantityValue(Quantity("+9", "http://www.wikidata.org/entity/Q218593"))
    size = QuantityValue(Quantity("+200"))
    copied = [[snak("P143", "Q328")]]

    def work(number: int, *more: Any, label: str = "Self-portrait", **values: Any) -> Item:
        facts = {"P31": "Q3305213", "P195": partner, **values}
        return item(f"Q90000001{number}", *more, labels={"en": label}, **facts)

    return [
        item(
            partner, P31=["Q33506", "Q41176"], P17="Q34", P8464="Q900000009", labels={"en": "Here"}
        ),
        item("Q900000004", statement("P1436", size), P361=partner, P527="Q900000005"),
        item(painter, statement("P570", year(1700)), P31="Q5", labels={"en": "Ann"}),
        item(twin, P31="Q5", labels={"en": "Ann"}),
        work(
            0,
            statement("P571", year(1888), references=copied),
            statement("P571", year(1899), rank="deprecated"),
            statement("P170", painter, references=copied),
            statement("P217", "1", qualifiers=[snak("P195", partner)]),
            statement("P2048", inches),
            P18="A.jpg",
            P186="Q296955",
        ),
        work(1, P170=painter, P18="A.jpg", P217="2", P5008="Q4521133"),
        work(2, statement("P170", kind="somevalue"), P4765="https://example.org/a.jpg"),
        work(3, statement("P217", "1", qualifiers=[snak("P195", partner)]), P170=twin),
        work(
            4,
            statement("P195", "Q190804", qualifiers=[snak("P582", year(1950))]),
            label="Landscape",
            P170="Q5598",
        ),
        work(5, label="Still life", sitelinks={"svwiki": "Stilleben"}),
        item("Q33506", P279="Q1030034"),
    ]


def triples(*more: Any) -> bytes:
    return b"".join(to_ntriples(entity, WIKIDATA) for entity in [*sample_entities(), *more])


@pytest.fixture(scope="module")
def queries() -> Queries:
    graph = Embedded(triples(*flawed()))
    return Queries(lambda endpoint: graph)


def test_there_are_questions_on_every_topic() -> None:
    topics = {name.split("/")[0] for name in NAMES}
    assert topics == {"partners", "collections", "gaps", "coverage", "quality"}
    assert len(NAMES) >= 25


@pytest.mark.parametrize("name", NAMES)
def test_a_file_asks_a_question_in_plain_sparql_and_runs_as_it_stands(name: str) -> None:
    query = parse(name, files.query(name))
    assert query.question[0].isupper()
    assert query.question.endswith("?")
    prepareQuery(query.text)  # SPARQL 1.1, with every prefix declared
    answer = ox.Store().query(query.text)
    assert isinstance(answer, ox.QuerySolutions)
    assert not re.search(r"^[^#]*\b(SERVICE|WITH)\b", query.text, re.MULTILINE | re.IGNORECASE)
    assert re.search(r"^ORDER BY ", query.text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_the_values_in_a_file_are_the_defaults_of_its_parameters(name: str) -> None:
    query = parse(name, files.query(name))
    assert query.filled({one.name: one.default for one in query.parameters}) == query.text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT * {}", "is not a question"),
        ("# What\nSELECT * {}", "is not a question"),
        ("# What?\n#param a item Q1\nSELECT * {}", "cannot be understood"),
        ("# What?\n#param a thing Q1 a thing\nSELECT * { VALUES ?a { 1 } }", "cannot be"),
        ("# What?\n#param a item Q1 an item\nSELECT * {}", "cannot be understood"),
    ],
)
def test_a_file_that_is_not_declared_as_it_should_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse("own", text)


EVERY_KIND = """\
# Which?
#param item item Q1 an item
#param property property P18 a property
#param claim statement P18 a property
#param language language en a language
#param text text x a text
#param number number 1 a number
#param day date 2000-01-01 a day
#param wiki url https://a.org/ a wiki
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT * WHERE {
  VALUES ?item { wd:Q1 }
  VALUES ?property { wdt:P18 }
  VALUES ?claim { p:P18 }
  VALUES ?language { "en" }
  VALUES ?text { "x" }
  VALUES ?number { 1 }
  VALUES ?day { "2000-01-01T00:00:00Z"^^xsd:dateTime }
  VALUES ?wiki { <https://a.org/> }
}
"""


def value_of(name: str, value: str) -> list[str]:
    text = parse("own", EVERY_KIND).filled({name: value})
    found = ox.Store().query(text)
    assert isinstance(found, ox.QuerySolutions)
    return [str(row[name].value) for row in found]


def test_values_enter_as_terms_of_their_kind() -> None:
    assert value_of("item", "q42, Q43") == [
        "http://www.wikidata.org/entity/Q42",
        "http://www.wikidata.org/entity/Q43",
    ]
    assert value_of("property", "P18") == ["http://www.wikidata.org/prop/direct/P18"]
    assert value_of("claim", "P18") == ["http://www.wikidata.org/prop/P18"]
    assert value_of("language", "zh-Hant") == ["zh-hant"]
    assert value_of("number", "-5") == ["-5"]
    assert value_of("day", "1955-01-31") == ["1955-01-31T00:00:00Z"]
    assert value_of("wiki", "https://sv.wikipedia.org/") == ["https://sv.wikipedia.org/"]


@given(st.text(max_size=60))
def test_a_text_stays_a_text_whatever_is_in_it(text: str) -> None:
    try:
        found = value_of("text", text)
    except UsageError:
        return
    assert found == [text.strip()]


@given(
    name=st.sampled_from(["item", "property", "claim", "language", "number", "day", "wiki"]),
    value=st.text(max_size=40) | st.sampled_from(["Q1 } ?a ?b ?c {", "Q1 wd:Q2", 'en" } #', ""]),
)
def test_nothing_but_terms_enters(name: str, value: str) -> None:
    try:
        found = value_of(name, value)
    except UsageError:
        return
    assert len(found) == value.count(",") + 1


def test_what_does_not_fit_is_said_with_an_example(queries: Queries) -> None:
    with pytest.raises(UsageError, match=r"partner=x does not fit.*partner=Q190804"):
        queries.run("gaps/no-image", {"partner": "x"})
    with pytest.raises(UsageError, match=r"no parameter “museum”.*partner, language"):
        queries.run("gaps/no-image", {"museum": "Q1"})
    with pytest.raises(NotFound):
        queries.run("../secrets", {})


def flawed_values(name: str) -> dict[str, str]:
    """Values with which each question has an answer in the flawed world."""
    declared = {one.name for one in parse(name, files.query(name)).parameters}
    given = {"partner": "Q900000001", "other": "Q190804", "country": "Q34"}
    special = {
        "partners/parts": {"partner": "Q19675"},
        "collections/former": {"partner": "Q190804"},
        "collections/made-between": {"from": "1888", "to": "1888"},
        "quality/imported-only": {"claim": "P170"},
        "quality/units": {},
    }
    wanted = {**given, **special.get(name, {})}
    return {key: value for key, value in wanted.items() if key in declared}


@pytest.mark.parametrize("name", NAMES)
def test_a_question_finds_what_it_is_about(name: str, queries: Queries) -> None:
    answer = queries.run(name, flawed_values(name))
    assert answer.rows
    assert all(len(row) == len(answer.columns) for row in answer.rows)


def test_the_answers_are_right(queries: Queries) -> None:
    def items(name: str, **values: str) -> list[Any]:
        return [row[0] for row in queries.run(name, {"partner": "Q900000001", **values}).rows]

    assert items("gaps/no-image") == [f"Q90000001{n}" for n in (2, 3, 4, 5)]
    assert items("gaps/several") == ["Q900000015"]
    assert items("gaps/ready-to-upload") == ["Q900000012"]
    assert items("gaps/unknown-creators") == ["Q900000012"]
    assert items("gaps/whose-inventory-number") == ["Q900000011"]
    assert items("quality/units") == ["Q900000010"]
    assert items("quality/same-inventory-number") == ["1"]
    assert items("quality/made-after-death") == ["Q900000010"]
    assert items("quality/imported-only") == ["Q900000010"]
    assert items("gaps/no-value", property="P170") == ["Q900000015"]
    assert items("collections/called", text="self-PORTRAIT") == [
        f"Q90000001{n}" for n in (0, 1, 2, 3)
    ]


def test_the_items_of_a_department_are_the_museums(queries: Queries) -> None:
    answer = queries.run("collections/items", {"partner": "Q19675"})
    assert ["Q12418", "Mona Lisa"] in answer.rows


def test_rows_are_plain_values(queries: Queries) -> None:
    answer = queries.run("coverage/by-property", {"partner": "Q19675"})
    assert answer.columns == ["property", "items"]
    assert ["P195", 17] not in answer.rows  # not asked for
    assert ["P170", 15] in answer.rows


@pytest.fixture(scope="module")
def world(shared: Path) -> bytes:
    """The sample, the flawed world and a slice of the real entities, without dates BCE."""
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as file:
        real = [one for one in map(parse_entity, file) if isinstance(one, Item)]
    known = {one.id for one in sample_entities()}
    chosen = [one for one in real[::6] if one.id not in known and b'"time":"-' not in to_json(one)]
    assert len(chosen) > 100
    # Virtuoso stops loading at a point on another globe: "<http://…/Q405> Point(2 3)".
    lines = triples(*flawed(), *chosen).splitlines(keepends=True)
    return b"".join(line for line in lines if b'"<http' not in line)


@pytest.fixture(scope="module")
def peer_address(
    world: bytes, need_program: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    for program in ("virtuoso-t", "isql-vt"):
        need_program(program, package="virtuoso-opensource")
    with Virtuoso(tmp_path_factory.mktemp("virtuoso"), buffers=10_000) as server:
        server.load([world])
        yield server.address


@pytest.fixture(scope="module")
def peer(peer_address: str) -> SparqlEndpoint:
    return SparqlEndpoint(peer_address, "kgtool tests (kgtool@example.org)")


def normal(term: Term | None) -> object:
    """A term such that the same value is the same in both engines."""
    if term is None:
        return None
    if term.type == "bnode":
        return "a blank node"
    if term.datatype is None or term.type == "uri":
        return (term.value, (term.language or "").lower())
    if term.datatype.endswith(("integer", "decimal", "double")):
        return Decimal(term.value).normalize()
    return term.value


def normal_rows(table: Table) -> list[tuple[object, ...]]:
    found = [tuple(normal(row.get(column)) for column in table.variables) for row in table.rows]
    return sorted(found, key=repr)


@pytest.fixture(scope="module")
def embedded(world: bytes) -> Embedded:
    return Embedded(world)


@pytest.mark.parametrize("name", NAMES)
def test_virtuoso_gives_the_same_rows(name: str, peer: SparqlEndpoint, embedded: Embedded) -> None:
    query = parse(name, files.query(name))
    for values in ({}, flawed_values(name)):
        text = query.filled(values)
        assert normal_rows(peer.select(text)) == normal_rows(embedded.select(text))


def test_what_virtuoso_breaks_is_known(peer: SparqlEndpoint, embedded: Embedded) -> None:
    """The data above has no dates BCE because of these; a Virtuoso without them may go in."""
    assert set(BROKEN) <= set(NAMES)
    date = '"-0044-03-15T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
    for query, theirs, right in [
        ("SELECT (1/3 AS ?x) {}", "0", "0.333333333333333333"),
        ("SELECT (1=1 AS ?x) {}", "1", "true"),
        ("SELECT (10 * FLOOR(-44 / 10) AS ?x) {}", "-40", "-50"),
        (f"SELECT (STR({date}) AS ?x) {{}}", "-044-03-15T00:00:00Z", "-0044-03-15T00:00:00Z"),
    ]:
        assert peer.select(query).rows[0]["x"].value == theirs
        assert embedded.select(query).rows[0]["x"].value == right


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    lines = folder / "sample.jsonl"
    lines.write_bytes(b"\n".join(to_json(one) for one in [*sample_entities(), *flawed()]))
    tool = build(Settings(home=folder / "workspace"))
    tool.load_files([str(lines)])
    tool.close()
    return folder / "workspace"


@pytest.fixture
def command(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KGTOOL_HOME", str(home))
    return lambda *words: CliRunner().invoke(root, ["query", *words])


def test_the_command_lists_the_questions(command: Any) -> None:
    told = command("--json")
    assert told.exit_code == 0
    assert [one["query"] for one in json.loads(told.output)] == NAMES


def test_the_command_runs_a_question(command: Any) -> None:
    told = command("gaps/no-image", "partner=Q900000001", "--format", "csv")
    assert told.exit_code == 0
    assert told.output.splitlines()[:2] == ["item,itemLabel", "Q900000012,Self-portrait"]


def test_the_command_asks_another_endpoint(command: Any, peer_address: str) -> None:
    told = command("collections/items", "partner=Q900000001", "--endpoint", peer_address, "--json")
    assert told.exit_code == 0
    assert {"item": "Q900000010", "itemLabel": "Self-portrait"} in json.loads(told.output)


def test_the_command_says_where_an_id_is_not_here(command: Any) -> None:
    told = command("collections/items", "partner=Q999999999", "--format", "csv")
    assert told.stdout.strip() == "item,itemLabel"
    assert "Q999999999 is not in this workspace." in told.stderr


def test_the_command_writes_the_text_to_paste(command: Any) -> None:
    told = command("gaps/no-image", "partner=Q1", "--text")
    assert "VALUES ?partner { wd:Q1 }" in told.output


def test_the_command_refuses_what_it_does_not_understand(command: Any) -> None:
    told = command("gaps/no-image", "Q1")
    assert isinstance(told.exception, UsageError)


def test_the_route_lists_and_answers(home: Path) -> None:
    with TestClient(create_app(Settings(home=home))) as client:
        listed = client.get("/api/v1/queries").json()["queries"]
        assert [one["name"] for one in listed] == NAMES
        answer = client.get("/api/v1/queries/gaps/no-image?partner=Q900000001").json()
        assert answer["columns"] == ["item", "itemLabel"]
        assert answer["rows"][0] == {"item": "Q900000012", "itemLabel": "Self-portrait"}
        csv = client.get(
            "/api/v1/queries/gaps/no-image?partner=Q900000001", headers={"Accept": "text/csv"}
        )
        assert csv.text.startswith("item,itemLabel\r\n")
        text = client.get(
            "/api/v1/queries/gaps/no-image?partner=Q1",
            headers={"Accept": "application/sparql-query"},
        )
        assert "VALUES ?partner { wd:Q1 }" in text.text
        assert client.get("/api/v1/queries/gaps/no-image?partner=x").status_code == 400
        assert client.get("/api/v1/queries/gaps/nothing").status_code == 404
