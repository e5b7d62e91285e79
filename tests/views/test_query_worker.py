"""Queries from outside: what they may do, and what stops them."""

from __future__ import annotations

import csv
import io
import json
import pickle
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from kgtool.entities import Item, Term, load_profile
from kgtool.errors import (
    ExpressionError,
    Forbidden,
    KgtoolError,
    TimedOut,
    TooLarge,
    UsageError,
    WorkspaceError,
)
from kgtool.views.confine import forbid_sockets
from kgtool.views.generation import Meta, Workspace
from kgtool.views.graph import build
from kgtool.views.query_fence import refuse_unsafe
from kgtool.views.query_worker import SparqlRunner
from tests.builders import item

ODD = 'a "quoted",\ttabbed\nlabel <ß>'
WD = "http://www.wikidata.org/entity/"
# So many solutions that no machine finds them all, and that none needs memory.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def publish(home: Path, entities: list[Item]) -> None:
    workspace = Workspace(home)
    with workspace.writing() as stage:
        build(entities, stage.path / "graph", load_profile("wikidata"))
        stage.publish(Meta(stage.number, "2026-01-01T00:00:00+00:00"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    works = [item(f"Q{n}", P31="Q3305213", P195="Q190804") for n in range(1000, 1100)]
    odd = Item("Q1", labels={"de": Term("de", ODD)})
    publish(home, [*works, odd])
    return home


@pytest.fixture(scope="module")
def runner(home: Path) -> Iterator[SparqlRunner]:
    made = SparqlRunner(home, seconds=20, megabytes=512, rows=100)
    yield made
    made.close()


def test_rows_come_back(runner: SparqlRunner) -> None:
    table = runner.select(
        "PREFIX wdt: <http://www.wikidata.org/prop/direct/>"
        f" SELECT (COUNT(?work) AS ?n) {{ ?work wdt:P195 <{WD}Q190804> }}"
    )
    assert table.variables == ["n"]
    assert [row["n"].value for row in table.rows] == ["100"]
    assert runner.select(f"ASK {{ <{WD}Q1> ?p ?o }}").boolean is True


def test_every_format_keeps_an_odd_text(runner: SparqlRunner) -> None:
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    query = f"SELECT ?text ?none {{ <{WD}Q1> {label} ?text }}"
    answers = {name: runner.run(query, table=name).body for name in ("json", "xml", "csv", "tsv")}
    assert json.loads(answers["json"])["results"]["bindings"] == [
        {"text": {"type": "literal", "value": ODD, "xml:lang": "de"}}
    ]
    (literal,) = ElementTree.fromstring(answers["xml"]).iter(
        "{http://www.w3.org/2005/sparql-results#}literal"
    )
    assert literal.text == ODD
    assert list(csv.reader(io.StringIO(answers["csv"].decode(), newline=""))) == [
        ["text", "none"],
        [ODD, ""],
    ]
    assert answers["tsv"].decode() == (
        '?text\t?none\n"a \\"quoted\\",\\ttabbed\\nlabel <ß>"@de\t\n'
    )
    graph = runner.run(f"CONSTRUCT WHERE {{ <{WD}Q1> {label} ?text }}", graph="nt")
    assert graph.media_type == "application/n-triples"
    assert graph.body.decode().endswith('"a \\"quoted\\",\\ttabbed\\nlabel <ß>"@de .\n')


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { SERVICESILENT<http://127.0.0.1:1/>{ ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:1/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1SERVICE<http://127.0.0.1:1/>{ ?a ?b ?c } }",
        "SELECT * { # a comment\r SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p 'it''s' . SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p '\\\\' . SERVICE <http://127.0.0.1:1/> { ?s ?p '' } }",
        'SELECT * { ?s ?p """a"b""" . SERVICE <http://127.0.0.1:1/> { ?s ?p "" } }',
        "SELECT * { ?s <http://x/\\u0061#y> ?o . SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { { SELECT * { SERVICE ?where { ?s ?p ?o } } } }",
        "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } } }",
        "SELECT * FROM <http://127.0.0.1:1/> { ?s ?p ?o }",
        "SELECT * FROM NAMED <http://127.0.0.1:1/> { ?s ?p ?o }",
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "PREFIX a: <http://a/> DELETE WHERE { ?s ?p ?o }",
        "# a comment\nLOAD <http://127.0.0.1:1/>",
        "CLEAR ALL",
        "DROP ALL",
    ],
)
def test_what_would_leave_or_change_the_graph_is_refused(runner: SparqlRunner, query: str) -> None:
    with pytest.raises(Forbidden):
        runner.run(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p 'SERVICE <http://x> {}' }",
        "# SERVICE and INSERT\nSELECT * { ?s ?p ?o } LIMIT 1",
        "SELECT * { ?s <http://example.org/SERVICE#from> ?insert }",
        "PREFIX s: <http://schema.org/> SELECT * { ?s s:service ?o ; s:from 'x'@de }",
        "SELECT * { ?s ?p '''it's \\''' SERVICE''' }",
    ],
)
def test_words_that_only_look_dangerous_pass(runner: SparqlRunner, query: str) -> None:
    runner.run(query)


A = ox.NamedNode("http://a/a")
PIECES = [
    *("?o ", "?o . ", "'x' . ", '"""x" """', "# x\r?o ", "<x:#>"),
    *("'", '"', "'''", '"""', "#", "\n", "\r", "<", ">", "\\", " ", "?x", "1", "x:", "."),
]


@given(
    st.sampled_from(["?o ", "?o . ", "'x' ", ""]),
    st.lists(st.sampled_from(PIECES), max_size=3),
    st.sampled_from(["SERVICE <http://127.0.0.1:1/> {}", "SERVICE y:{}", "sErViCe:y{}"]),
    st.lists(st.sampled_from(PIECES), max_size=2),
)
@settings(max_examples=500)
def test_nothing_hides_a_call_from_us_that_the_engine_would_make(
    first: str, before: list[str], call: str, after: list[str]
) -> None:
    """The engine as the judge: where it tries to connect, and port 1 refuses it, so must we."""
    prologue = (
        "PREFIX x: <http://x/> PREFIX y: <http://127.0.0.1:1/> PREFIX : <http://127.0.0.1:1/>"
    )
    query = f"{prologue} SELECT * {{ ?s ?p {first}{''.join(before)}{call} {''.join(after)} }}"
    store = ox.Store()
    store.add(ox.Quad(A, A, ox.Literal("x")))
    try:
        answer = store.query(query)
        assert isinstance(answer, ox.QuerySolutions)
        list(answer)
    except OSError:
        event("the engine connects")
        with pytest.raises(KgtoolError):
            refuse_unsafe(query)
    except (SyntaxError, ValueError):
        return


def test_a_query_that_does_not_parse_says_where(runner: SparqlRunner) -> None:
    with pytest.raises(ExpressionError) as caught:
        runner.run("SELECT *\n{ ?s ?p }")
    assert caught.value.text == "{ ?s ?p }"
    assert 7 <= caught.value.position <= 9
    with pytest.raises(ExpressionError, match="does not end"):
        runner.run("SELECT * { ?s ?p 'open }")


def test_a_query_that_takes_too_long_is_stopped_and_the_next_one_runs(home: Path) -> None:
    runner = SparqlRunner(home, seconds=1, megabytes=512, rows=100, workers=1)
    with pytest.raises(TimedOut, match="longer than 1 s"):
        runner.run(ENDLESS)
    assert runner.select("ASK {}").boolean is True
    runner.close()


def test_a_query_that_needs_too_much_memory_is_stopped(home: Path) -> None:
    runner = SparqlRunner(home, seconds=60, megabytes=64, rows=100, workers=1)
    with pytest.raises(TooLarge, match="memory"):
        runner.run("SELECT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i")
    assert runner.select("ASK {}").boolean is True
    runner.close()


def test_more_rows_than_allowed_are_an_error_not_a_cut(runner: SparqlRunner) -> None:
    with pytest.raises(TooLarge, match="more than 100 rows"):
        runner.run("SELECT * { ?s ?p ?o }")
    with pytest.raises(TooLarge, match="more than 100 triples"):
        runner.run("CONSTRUCT WHERE { ?s ?p ?o }")
    assert len(runner.select("SELECT * { ?s ?p ?o } LIMIT 100").rows) == 100


def test_many_ask_at_once(runner: SparqlRunner) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda n: runner.select(f"SELECT ({n} AS ?n) {{}}"), range(32))
    assert [int(table.rows[0]["n"].value) for table in answers] == list(range(32))


def test_a_new_generation_is_seen_at_once(tmp_path: Path) -> None:
    publish(tmp_path, [item("Q1", P31="Q5")])
    runner = SparqlRunner(tmp_path, seconds=20, megabytes=512, rows=100, workers=1)
    ask = f"ASK {{ <{WD}Q2> ?p ?o }}"
    assert runner.select(ask).boolean is False
    publish(tmp_path, [item("Q2", P31="Q5")])
    assert runner.select(ask).boolean is True
    runner.close()


def test_a_workspace_without_a_graph_says_so(tmp_path: Path) -> None:
    runner = SparqlRunner(tmp_path, seconds=20, megabytes=512, rows=100, workers=1)
    with pytest.raises(WorkspaceError, match="empty"):
        runner.run("ASK {}")
    workspace = Workspace(tmp_path)
    with workspace.writing() as stage:
        stage.publish(Meta(stage.number, "2026-01-01T00:00:00+00:00"))
    with pytest.raises(WorkspaceError, match="no graph"):
        runner.run("ASK {}")
    runner.close()


def test_a_runner_that_was_closed_still_answers(home: Path) -> None:
    runner = SparqlRunner(home, seconds=20, megabytes=1024, rows=10)
    for _ in range(3):
        assert runner.select("ASK {}").boolean
        runner.close()


def test_rows_are_asked_for_with_select(runner: SparqlRunner) -> None:
    with pytest.raises(UsageError, match="triples, not rows"):
        runner.select("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1")


def test_a_worker_cannot_open_a_socket() -> None:
    """In a process of its own: what is given up cannot be taken back."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.apply(try_socket) == "refused"
    assert threading.active_count() >= 1


def try_socket() -> str:
    if not forbid_sockets():
        return "refused"  # this system cannot; the tokens are all that guards it
    try:
        socket.socket()
    except PermissionError:
        return "refused"
    return "open"


def test_errors_cross_processes() -> None:
    error = ExpressionError("SELECT", 3, "Nonsense", hint="Mend it.")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.position == 3


@pytest.mark.parametrize(
    ("query", "line", "position"),
    [("SELECT * WHERE { ?s ?p", 1, 22), ("SELECT *\nWHERE { ?s ?p\n\n", 2, 13)],
)
def test_a_query_that_ends_too_early_says_so(
    runner: SparqlRunner, query: str, line: int, position: int
) -> None:
    with pytest.raises(ExpressionError, match=f"Line {line} .* ends too early") as caught:
        runner.run(query)
    assert caught.value.position == position
