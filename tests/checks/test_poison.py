"""Schemas and data made to hurt end in a clear result, soon."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kgtool.checks.checker import Checker, Parsed, parse_text
from kgtool.checks.engine import Engine
from kgtool.checks.nodes import Graph
from kgtool.checks.reference import to_shexj
from kgtool.checks.router import judge
from kgtool.checks.runs import Run
from kgtool.checks.shexj import from_shexj
from kgtool.checks.terms import Iri, Literal, Term
from kgtool.checks.worker import ReferenceWorker
from kgtool.entities import Entity, Item, Monolingual, MonolingualValue
from kgtool.errors import InputError, KgtoolError, TimedOut, TooLarge
from tests.builders import item, statement
from tests.checks.worlds import WIKIDATA
from tests.short import short

HEAD = """
PREFIX : <http://e/>
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
start = @:S
"""
DEEP = 100_000


def checker(schema: str, neighbours: Callable[[str], Entity | None] | None = None) -> Checker:
    return Checker(Parsed("s", to_shexj(HEAD + schema), {}), WIKIDATA, None, neighbours)


def chain(last: str) -> Callable[[str], Entity | None]:
    """Each item is part of the next; the last one is of a class."""

    def neighbour(id: str) -> Entity | None:
        number = int(id[1:]) - 900_000_000
        if number >= DEEP:
            return item(id, P31=last)
        return item(id, P361=f"Q{900_000_000 + number + 1}")

    return neighbour


SCHEMA = ":S { wdt:P361 @:S } OR { wdt:P31 [wd:Q5] }"


@pytest.mark.parametrize(("last", "conforms"), short(1, [("Q5", True), ("Q7", False)]))
def test_a_chain_of_items_100000_deep(last: str, conforms: bool) -> None:
    neighbour = chain(last)
    first = neighbour("Q900000000")
    assert first is not None
    assert checker(SCHEMA, neighbour).conforms(first) is conforms


def test_a_circle_of_items_is_accepted_as_the_greatest_typing() -> None:
    items = {"Q910000001": item("Q910000001", P361="Q910000001")}
    assert checker(SCHEMA, items.get).conforms(items["Q910000001"])


def test_a_chain_of_references_5000_long() -> None:
    shapes = "\n".join(f":s{n} @:s{n + 1}" for n in range(5000))
    made = Engine(from_shexj(to_shexj(f"{HEAD}:S @:s0\n{shapes}\n:s5000 {{ wdt:P31 . }}")))
    there, of = Iri("http://e/n"), "http://www.wikidata.org/prop/direct/P31"
    graph = Graph([(there, of, Iri("http://e/c"))])
    run = Run(made)
    assert made.test().holds(graph.node(there), run)
    assert not made.test().holds(graph.node(Iri("http://e/m")), run)


@pytest.mark.parametrize(
    "schema",
    [
        ":S EXTRA rdfs:label { rdfs:label [@en] ; rdfs:label [@nl] ; rdfs:label LITERAL * }",
        ":S { rdfs:label [@en] ; rdfs:label . {299} }",
        ":S { (rdfs:label [@en] | rdfs:label .)+ }",
        ":S { rdfs:label . * ; rdfs:label . * ; rdfs:label . * ; rdfs:label . * }",
    ],
)
def test_300_values_that_fit_in_many_places(schema: str) -> None:
    made = Engine(from_shexj(to_shexj(HEAD + schema)))
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    texts: list[Term] = [
        Literal("a", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", f"x-{n}")
        for n in range(298)
    ]
    texts += [Literal("a", texts[0].datatype, code) for code in ("en", "nl")]  # type: ignore[union-attr]
    node = Iri("http://e/n")
    graph = Graph([(node, label, text) for text in texts])
    assert made.test().holds(graph.node(node), Run(made))


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (":S {" + "(" * 3000 + "wdt:P1 ." + ")" * 3000 + "}", "nested deeper"),
        (":S " + "{ wdt:P1 " * 3000 + "." + "}" * 3000, "nested deeper"),
        (":S { wdt:P1 /(a+/ }", "regular expression"),
        (":S { wdt:P1 [ wd:Q1 ; }", "Line 7, column 21"),
        (":S { wdt:P1 @:T }", "there is no shape <http://e/T>"),
        (":S { wx:P1 . }", "prefix “wx:” is not declared"),
        (":S NOT @:S", "through NOT"),
        (':S { wdt:P1 "abc }', "has no end"),
    ],
)
def test_broken_schemas_are_refused_with_the_place(schema: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        checker(schema)
    assert said in caught.value.message


def test_a_schema_that_kills_the_parser_is_refused() -> None:
    worker = ReferenceWorker()
    shapes = "\n".join(f":s{n} NOT @:s{n + 1}" for n in range(4_000))
    text = f"{HEAD}:S @:s0\n{shapes}\n:s4000 {{ wdt:P31 . }}"
    try:
        parsed = parse_text("s", text, WIKIDATA, worker)
        judge(parsed, WIKIDATA, worker).conforms(item("Q910000001", P31="Q5"))
    except KgtoolError as error:
        assert isinstance(error, TooLarge | TimedOut | InputError)
    finally:
        worker.close()


def test_what_only_the_reference_engine_knows_is_answered_by_it() -> None:
    worker = ReferenceWorker()
    schema = f"{HEAD}:T {{ wdt:P31 . }}\n:S EXTENDS @:T {{ wdt:P361 . }}"
    made = judge(parse_text("s", schema, WIKIDATA, worker), WIKIDATA, worker)
    try:
        assert made.engine == "pyrudof"
        assert made.conforms(item("Q910000001", P31="Q5", P361="Q7"))
        findings = made.check(item("Q910000002", P31="Q5"))
        assert [one.fault.kind for one in findings] == ["verdict"]
        # The same item again, changed: nothing is remembered of it.
        assert made.conforms(item("Q910000002", P31="Q5", P361="Q7"))
    finally:
        worker.close()


def test_odd_language_tags_are_compared_as_they_stand() -> None:
    labelled = Item(
        "Q910000001",
        claims={
            "P1476": [
                statement("P1476", MonolingualValue(Monolingual("a", "mis-x-Q123"))),
                statement("P1476", MonolingualValue(Monolingual("b", "zh-classical"))),
            ]
        },
    )
    assert checker(":S { wdt:P1476 [@mis-x-q123 @zh-classical] {2} }").conforms(labelled)
    assert not checker(":S { wdt:P1476 [@zh] {2} }").conforms(labelled)


def test_an_unknown_value_is_a_blank_node() -> None:
    anonymous = item("Q910000001", statement("P170", kind="somevalue"))
    assert checker(":S { wdt:P170 BNODE }").conforms(anonymous)
    assert checker(":S { wdt:P170 . }").conforms(anonymous)
    assert not checker(":S { wdt:P170 IRI }").conforms(anonymous)


@pytest.mark.parametrize(
    "value", ["[<http://www.wikidata.org/.well-known/genid/>~]", "[wd:Q1 <{0}a>]"]
)
def test_a_schema_for_the_other_form_of_unknown_values_is_told(value: str) -> None:
    """Query services write them as IRIs; silently, nothing anonymous would ever conform."""
    written = value.format("http://www.wikidata.org/.well-known/genid/")
    worker = ReferenceWorker()
    try:
        with pytest.raises(InputError, match="unknown values") as caught:
            parse_text("s", f"{HEAD}:S {{ wdt:P170 {written} }}", WIKIDATA, worker)
    finally:
        worker.close()
    assert "BNODE" in caught.value.hint
