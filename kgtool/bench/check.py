"""Benchmark of checks, beside pyrudof and PyShEx on the same entities, shape and verdicts.

pyrudof is given only the arcs that the shape looks at, which serves it best; PyShEx runs in a
Python of its own, since its pins clash with ours. Verdicts are compared before anything is told.
"""

from __future__ import annotations

import gc
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import duckdb
import numpy as np
import pyarrow.parquet as pq
from msgspec.structs import replace

from kgtool.bench.report import Report
from kgtool.bench.worlds import TYPES, World
from kgtool.checks.checker import Checker, Parsed, parse
from kgtool.checks.closure import with_value_sets
from kgtool.checks.terms import to_ntriples
from kgtool.entities import Entity, Item, OtherKind, Statement, Term, load_profile, parse_entity
from kgtool.entities.encode import to_json
from kgtool.settings import Settings
from kgtool.views.columns import TABLES
from kgtool.views.extract.writer import ColumnsWriter

T = TypeVar("T")
_PROFILE = load_profile("wikidata")
_PAIRS_AT_ONCE = 25
_ROUNDS = 5  # medians of so many
_TILED = 1_000_000
_DRAFTS = 300
_LABELS = 64
_GROWN = 20  # artworks with many statements
_OF_PYSHEX = 60  # it does two or three artworks a second

# Reads a schema, N-Triples and node IRIs as JSON; writes verdicts and seconds.
_PYSHEX = """
import json, sys, time
from pyshex import ShExEvaluator
given = json.load(sys.stdin)
evaluator = ShExEvaluator(rdf=given["data"], schema=given["schema"], rdf_format="nt")
begun = time.process_time()
said = [evaluator.evaluate(focus=node)[0].result for node in given["nodes"]]
json.dump({"verdicts": said, "seconds": time.process_time() - begun}, sys.stdout)
"""


def run(items: int = 2000, settings: Settings | None = None) -> Report:
    """Measure with that many artworks, a tenth of as many museums, and a million rows of columns.

    Figures are items for each second of processor time, on one core. ``settings`` name the Python
    that has PyShEx.
    """
    report = Report("check")
    artworks = list(World(items).lines())
    _measure(report, "artworks", "artwork", artworks)
    _drafts(report, artworks)
    _growth(report, artworks)
    museums = [_museum(line) for line in artworks[: max(50, items // 10)]]
    _measure(report, "museums", "museum", museums)
    _pyshex(report, artworks[:_OF_PYSHEX], (settings or Settings()).peers_python)
    _columns(report, artworks)
    return report


def _below(root: str) -> frozenset[str]:
    # The worlds have no classes of their own: whatever is asked for, theirs are below it.
    return frozenset({root, *TYPES})


def _measure(report: Report, name: str, shape: str, lines: Sequence[bytes]) -> None:
    parsed = parse(shape, _PROFILE)
    checker = Checker(parsed, _PROFILE, _below)
    checker.check(_entity(lines[0]))
    entities = [_entity(line) for line in lines]
    rates: dict[str, list[float]] = {}

    def note(what: str, seconds: float) -> None:
        rates.setdefault(what, []).append(len(lines) / seconds)

    # In turn, since a machine is faster at one time than at another.
    for _ in range(_ROUNDS):
        with _quiet():
            seconds, found = _timed(lambda: [checker.check(_entity(line)) for line in lines])
            note("compiled, from JSON", seconds)
            seconds, _found = _timed(lambda: [checker.check(entity) for entity in entities])
            note("compiled, check only", seconds)
            seconds, _met = _timed(lambda: [checker.conforms(entity) for entity in entities])
            note("compiled, verdicts only", seconds)
            whole, only, verdicts = _pyrudof(parsed, lines)
            note("pyrudof, from JSON", whole)
            note("pyrudof, check only", only)
        if verdicts != [not one for one in found]:
            raise AssertionError(f"pyrudof and the compiled shape {shape} differ.")
    for what, each in rates.items():
        report.add(f"{name}: {what}", median(each), "1/s")
    for ours, theirs in (
        ("from JSON", "from JSON"),
        ("check only", "check only"),
        ("verdicts only", "check only"),
    ):
        pairs = zip(rates[f"compiled, {ours}"], rates[f"pyrudof, {theirs}"], strict=True)
        beside = "pyrudof" if ours == theirs else f"pyrudof, {theirs}"
        report.ratios[f"{name}, {ours}: compiled/{beside}"] = median(a / b for a, b in pairs)
    report.more[f"{name}: conforming"] = sum(verdicts)


def _pyrudof(parsed: Parsed, lines: Sequence[bytes]) -> tuple[float, float, list[bool]]:
    """Seconds from JSON, seconds of the check alone, verdicts."""
    from pyrudof import RDFFormat, ReaderMode, Rudof, ShExFormat

    engine = Rudof()
    raw = with_value_sets(parsed.raw, parsed.classes, _below, _PROFILE)
    engine.read_shex(json.dumps(raw, default=str), ShExFormat.ShExJ)
    engine.read_data("<urn:a> <urn:b> <urn:c> .", RDFFormat.Turtle, None, ReaderMode.Lax)
    reader = Checker(parsed, _PROFILE, _below)
    begun = time.process_time()
    ids, data = _projected(reader, lines)
    engine.read_data(data, RDFFormat.Turtle, None, ReaderMode.Lax)
    loaded = time.process_time()
    said: dict[str, bool] = {}
    for start in range(0, len(ids), _PAIRS_AT_ONCE):
        pairs = ids[start : start + _PAIRS_AT_ONCE]
        engine.read_shapemap(",".join(f"<{id}>@START" for id in pairs))
        for entry in engine.validate_shex():
            said[str(entry.node)] = str(entry.status) == "conformant"
    done = time.process_time()
    return done - begun, done - loaded, [said[id] for id in ids]


def _projected(checker: Checker, lines: Sequence[bytes]) -> tuple[list[str], str]:
    """IRIs of the entities, and those of their triples that the shape looks at."""
    ids: list[str] = []
    triples: dict[str, None] = {}
    for line in lines:
        entity = _entity(line)
        ids.append(_PROFILE.entity_iri(entity.id))
        for subject, predicate, object in checker.arcs(entity):
            triples[f"{to_ntriples(subject)} <{predicate}> {to_ntriples(object)} .\n"] = None
    return ids, "".join(triples)


def _drafts(report: Report, lines: Sequence[bytes]) -> None:
    checker = Checker(parse("artwork", _PROFILE), _PROFILE, _below)
    drafts = [_entity(line) for line in lines[:_DRAFTS]]
    for draft in drafts[:20]:
        checker.check(draft)
    with _quiet():
        times = [_timed(partial(checker.check, draft))[0] for draft in drafts]
    cuts = quantiles(times, n=100)
    report.add("one draft, median", cuts[49] * 1000, "ms")
    report.add("one draft, 99 of 100", cuts[98] * 1000, "ms")


def _growth(report: Report, lines: Sequence[bytes]) -> None:
    """What one artwork costs among ten times as many, and with ten times the statements."""
    checker = Checker(parse("artwork", _PROFILE), _PROFILE, _below)
    entities = [_entity(line) for line in lines]
    for count in (len(entities) // 10, len(entities)):
        taken = median(_timed(partial(_all, checker, entities[:count]))[0] for _ in range(_ROUNDS))
        report.add(f"one of {count:,} artworks", taken / count * 1e6, "us")
    for times in (1, 10, 100, 1000):
        grown = [_grown(one, times) for one in entities[:_GROWN]]
        taken = median(_timed(partial(_all, checker, grown))[0] for _ in range(_ROUNDS))
        report.add(f"one with {times:,}× the statements", taken / _GROWN * 1e6, "us")


def _grown(entity: Entity, times: int) -> Item:
    """The same item with each statement so many times."""
    assert isinstance(entity, Item)
    return replace(entity, claims={p: many * times for p, many in entity.claims.items()})


def _all(checker: Checker, entities: Sequence[Entity]) -> None:
    for entity in entities:
        checker.check(entity)


def _pyshex(report: Report, lines: Sequence[bytes], python: Path) -> None:
    if not python.exists():
        report.absent.append("PyShEx")
        return
    from pyrudof import Rudof, ShExFormat

    parsed = parse("artwork", _PROFILE)
    reader = Checker(parsed, _PROFILE, _below)
    raw = with_value_sets(parsed.raw, parsed.classes, _below, _PROFILE)
    engine = Rudof()
    engine.read_shex(json.dumps(raw, default=str), ShExFormat.ShExJ)
    ids, data = _projected(reader, lines)
    given = {
        "schema": engine.serialize_current_shex(format=ShExFormat.ShExC),
        "data": data,
        "nodes": ids,
    }
    try:
        done = subprocess.run(
            [str(python), "-c", _PYSHEX],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=240,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        report.absent.append(f"PyShEx ({type(error).__name__})")
        return
    said = json.loads(done.stdout)
    ours = [reader.conforms(_entity(line)) for line in lines]
    if said["verdicts"] != ours:
        report.more["PyShEx verdicts that differ"] = sum(
            a != b for a, b in zip(said["verdicts"], ours, strict=True)
        )
    name = "artworks: PyShEx, check only"
    report.add(name, len(lines) / said["seconds"], "1/s")
    report.ratios["artworks, from JSON: compiled/PyShEx"] = (
        report.figures["artworks: compiled, from JSON"].value / report.figures[name].value
    )


def _columns(report: Report, lines: Sequence[bytes]) -> None:
    checker = Checker(parse("artwork", _PROFILE), _PROFILE, _below)
    entities = [_entity(line) for line in lines]
    types = {
        snak.property: snak.datatype or ""
        for entity in entities
        for statements in entity.claims.values()
        for statement in statements
        for snak in (statement.mainsnak, *(s for all in statement.qualifiers.values() for s in all))
    }
    below = np.array(sorted(int(id[1:]) for id in _below("Q838948")), np.uint32)
    times = max(1, _TILED // len(lines))
    with TemporaryDirectory() as folder:
        tables = _tiled(Path(folder), lines, times)
        numbers = np.sort(tables.execute("SELECT item FROM items").fetchnumpy()["item"])
        over = checker.over(tables, lambda root: below, lambda property: types.get(property, ""))
        read, _ = _elapsed(lambda: over.failing(numbers))
        seconds, (conforming, failing) = _elapsed(lambda: over.failing(numbers))
    ours = {entity.id: checker.conforms(entity) for entity in entities}
    if int(conforming.sum()) != times * sum(ours.values()):
        raise AssertionError("Columns and the compiled shape differ.")
    report.add(f"columns: {len(numbers):,} artworks, read and checked", read, "s")
    report.add(f"columns: {len(numbers):,} artworks, checked again", seconds, "s")
    per_second = report.figures["artworks: pyrudof, check only"].value
    report.ratios["columns, read and checked/pyrudof, check only"] = (
        len(numbers) / read / per_second
    )
    report.ratios["columns, checked again/pyrudof, check only"] = (
        len(numbers) / seconds / per_second
    )
    report.more["columns: failing by constraint"] = {
        name: int(mask.sum()) for name, mask in failing.items()
    }


def _tiled(folder: Path, lines: Sequence[bytes], times: int) -> duckdb.DuckDBPyConnection:
    """The columns of the lines, so many times over, under other numbers each time."""
    writer = ColumnsWriter(folder / "once", _PROFILE)
    for line in lines:
        writer.add(line + b"\n")
    writer.close()
    tables = duckdb.connect()
    tables.execute("SET threads = 1")
    for name, schema in TABLES.items():
        once = pq.read_table(folder / "once" / f"{name}.parquet")
        with pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd") as many:
            item = once.column("item").to_numpy()
            for number in range(times):
                moved = (item + np.uint32(number * len(lines))).astype(np.uint32)
                place = once.schema.get_field_index("item")
                many.write_table(once.set_column(place, schema.field("item"), [moved]).cast(schema))
        path = folder / f"{name}.parquet"
        tables.execute(f"CREATE VIEW {name} AS FROM read_parquet('{path}')")
    return tables


def _museum(line: bytes) -> bytes:
    """An artwork made as large as a museum: 64 labels, seven times the statements."""
    entity = _entity(line)
    assert isinstance(entity, Item)
    labels = {
        code: Term(code, f"Museum {number}")
        for number, code in enumerate(["en", "sv", *(f"x-l{n}" for n in range(_LABELS - 2))])
    }
    claims: dict[str, list[Statement]] = {}
    for place, (property, statements) in enumerate(entity.claims.items()):
        for copy in range(7):
            of = property if copy == 0 else f"P{90_000 + 7 * place + copy}"
            claims[of] = statements
    return to_json(Item(entity.id, labels, entity.descriptions, {}, claims, entity.sitelinks))


def _entity(line: bytes) -> Entity:
    entity = parse_entity(line)
    assert not isinstance(entity, OtherKind)
    return entity


def _timed(do: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    made = do()
    return time.process_time() - begun, made


def _elapsed(do: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    made = do()
    return time.perf_counter() - begun, made


class _quiet:
    """Without the garbage collector, which would look at every entity that is kept."""

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()

    def __exit__(self, *_: Any) -> None:
        gc.enable()
