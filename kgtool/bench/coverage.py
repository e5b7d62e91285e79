"""Coverage: the matrix of 200 partners, worklists and unforeseen measures, beside triple stores.

One world of artworks, the same for all. The stores hold its truthy statements, labels and
sitelinks; they are asked one query a column, as tools on the wiki do, and in the best grouped form.
Every answer is compared cell by cell. Ours are worked out anew for each request: what is kept
between them are the counts of each measure by collection, which *first* figures include.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import pyoxigraph as ox

from kgtool.bench import columnar
from kgtool.bench.report import Report, seconds
from kgtool.bench.serving import SETTLING, bare, serving
from kgtool.bench.virtuoso import Virtuoso, installed
from kgtool.bench.worlds import FIRST_PARTNER, LANGUAGES, PROPERTIES
from kgtool.settings import Settings
from kgtool.views.generation import Generation, Meta
from kgtool.wiring import Kgtool, build

UNFORESEEN = "P921"  # kept ready by nobody
COLUMNS = ["P31", *(p for p, _, _ in PROPERTIES if p != UNFORESEEN)]
TONGUES = LANGUAGES[:10]
MEASURES = [*COLUMNS, *(f"L{code}" for code in TONGUES), "Senwiki", "P195"]
LARGEST = f"Q{FIRST_PARTNER}"
FIRST_GROUPS = [
    ("type", "type"),
    ("creator", "P170"),
    ("country", "country"),
    ("decade", "decade"),
    ("title", "P1476"),
    ("inventory number", "P217"),
]
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
WDT = "http://www.wikidata.org/prop/direct/"

_ARTICLE = f"?page <{columnar.ABOUT}> ?item ; <{columnar.PART_OF}> <{columnar.WIKI}> ."
# What the second column of a grouped answer says, where it is no language.
_MEASURE_OF = {f"{WDT}{one}": one for one in MEASURES if one[0] == "P"}
_MEASURE_OF[columnar.WIKI] = "Senwiki"

Cells = dict[tuple[str, str], int]  # partner, measure → items
Ask = Callable[[str], Iterator[tuple[str, ...]]]


def run(items: int = 100_000, peers: bool = True) -> Report:
    """Measure with a world of ``items``; with ``peers``, needs some 3 KB of disk an item."""
    report = Report("coverage")
    report.add("items", items, "1")
    folder = Path(tempfile.mkdtemp(prefix="kgtool-bench-"))
    try:
        tool = _workspace(report, folder / "home", items)
        ours = _ask_kgtool(report, tool)
        _ask_http(report, tool)
        if peers:
            _ask_oxigraph(report, folder / "oxigraph", items, ours)
            if installed():
                _ask_virtuoso(report, folder / "virtuoso", items, ours)
            else:
                report.absent.append("Virtuoso (apt-get install virtuoso-opensource)")
        tool.close()
    finally:
        shutil.rmtree(folder)
    return report


def _workspace(report: Report, home: Path, items: int) -> Kgtool:
    tool = build(Settings(home=home, measures="; ".join(MEASURES)))
    with tool.workspace.writing() as stage:
        columnar.write(items, stage.path / "segments" / "0000")
        draft = Generation(stage.path, Meta(stage.number, "2026-01-01T00:00:00+00:00"))
        for view in tool.views():
            if view.name not in ("classes", "cube", "labels"):
                continue
            started = time.perf_counter()
            view.build(draft, None, None)
            report.add(f"build {view.name}", time.perf_counter() - started, "s")
        stage.publish(draft.meta)
    planes = next(home.glob("generations/*/cube/planes.npy"))
    report.add("planes", planes.stat().st_size / 1e6, "MB")
    return tool


def _ask_kgtool(report: Report, tool: Kgtool) -> Cells:
    partners = _partners(tool)
    service = tool.coverage
    service.warm()  # as the service itself does when a generation appears

    def note(name: str, work: Callable[[], object], runs: int = 15) -> None:
        report.add(name, seconds(work, runs=runs) * 1e3, "ms")

    note("kgtool matrix", lambda: service.totals(partners, MEASURES))
    note("kgtool matrix and JSON", lambda: service.totals_json(partners, MEASURES))
    note("kgtool one partner by type", lambda: service.matrix(LARGEST, "type", MEASURES))
    note("kgtool one partner by creator", lambda: service.matrix(LARGEST, "P170", MEASURES))
    middle = service.gaps(LARGEST, ["P18"], limit=None).items
    after = middle[len(middle) // 2].id
    note("kgtool worklist page", lambda: service.gaps(LARGEST, ["P18"], after=after))
    note(
        "kgtool worklist of three",
        lambda: service.gaps(LARGEST, ["P18", "Lsv"], ["P170"], after=after),
    )
    _ask_first(report, tool, partners)
    matrices = [*service.totals(partners, MEASURES), *service.totals(partners, [UNFORESEEN])]
    return {
        (matrix.partner, measure): cell.have
        for matrix in matrices
        for measure, cell in matrix.groups[0].measures.items()
    }


def _ask_first(report: Report, tool: Kgtool, partners: list[str]) -> None:
    """What each question costs who asks it first, of a generation that is only opened."""

    def note(name: str, ask: Callable[[Kgtool], object]) -> None:
        taken = []
        for _ in range(3):
            fresh = build(tool.settings)
            fresh.coverage.totals(partners[:1], ["P136.ref"])  # opens the cube and the columns
            started = time.perf_counter()
            ask(fresh)
            taken.append(time.perf_counter() - started)
        report.add(name, median(taken) * 1e3, "ms")

    note("kgtool matrix, first", lambda one: one.coverage.totals(partners, MEASURES))
    note("kgtool unforeseen measure", lambda one: one.coverage.totals(partners, [UNFORESEEN]))
    for name, by in FIRST_GROUPS:
        note(f"kgtool by {name}, first", _largest_by(by))
    note("kgtool suggestions, first", lambda one: one.advice.suggestions(LARGEST))


def _largest_by(by: str) -> Callable[[Kgtool], object]:
    return lambda one: one.coverage.matrix(LARGEST, by, MEASURES)


def _partners(tool: Kgtool) -> list[str]:
    """All that have an item; in a small world some have none."""
    rows = (
        tool.snapshots.current()
        .tables()
        .execute("SELECT DISTINCT value_item FROM claims WHERE property = 195 ORDER BY 1")
        .fetchall()
    )
    return [f"Q{number}" for (number,) in rows]


def _ask_http(report: Report, tool: Kgtool) -> None:
    many = [("partner", qid) for qid in _partners(tool)]
    many += [("measure", measure) for measure in MEASURES]
    page = [("missing", "P18"), ("limit", "100")]
    with serving(tool.settings.home) as connection:
        matrix = _getting(connection, f"/api/v1/coverage?{urlencode(many)}")
        started = time.perf_counter()
        size = len(matrix())
        first = time.perf_counter() - started
        report.add("kgtool matrix over HTTP, first after a start", first * 1e3, "ms")
        end = time.perf_counter() + SETTLING
        while time.perf_counter() < end:
            matrix()
        report.add("kgtool matrix over HTTP", seconds(matrix, runs=60) * 1e3, "ms")
        report.add("kgtool matrix over HTTP, size", size / 1e3, "KB")
        gaps = _getting(connection, f"/api/v1/partners/{LARGEST}/gaps?{urlencode(page)}")
        report.add("kgtool worklist page over HTTP", seconds(gaps, runs=60) * 1e3, "ms")
    with bare() as connection:
        as_many = _getting(connection, f"/{size}")
        report.add(
            "as many bytes over HTTP from a bare server", seconds(as_many, runs=60) * 1e3, "ms"
        )


def _getting(connection: HTTPConnection, path: str) -> Callable[[], bytes]:
    def work() -> bytes:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body

    return work


def _ask_oxigraph(report: Report, folder: Path, items: int, ours: Cells) -> None:
    store = ox.Store(folder)
    started = time.perf_counter()
    for part in columnar.triples(items):
        store.bulk_load(part, format=ox.RdfFormat.N_TRIPLES)
    store.optimize()
    report.add("oxigraph load", time.perf_counter() - started, "s")
    report.add("oxigraph triples", len(store), "1")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    report.add("oxigraph disk", size / 1e6, "MB")

    def ask(query: str) -> Iterator[tuple[str, ...]]:
        answer = store.query(query)
        assert isinstance(answer, ox.QuerySolutions)
        for solution in answer:
            yield tuple(term.value if term else "" for term in solution)

    _ask_store(report, "oxigraph", ask, ours)
    report.compare("planes/oxigraph disk", "planes", "oxigraph disk")


def _ask_virtuoso(report: Report, folder: Path, items: int, ours: Cells) -> None:
    folder.mkdir()
    with Virtuoso(folder) as server:
        started = time.perf_counter()
        server.load(columnar.triples(items))
        report.add("virtuoso load", time.perf_counter() - started, "s")
        _ask_store(report, "virtuoso", server.select, ours)


def _ask_store(report: Report, name: str, ask: Ask, ours: Cells) -> None:
    """Ask a store what the matrix, a worklist page and the unforeseen measure answer."""

    def timed(what: str, work: Callable[[], object]) -> None:
        started = time.perf_counter()
        work()
        report.add(f"{name} {what}", (time.perf_counter() - started) * 1e3, "ms")

    def column(measure: str) -> None:
        found = {(_qid(partner), measure): int(count) for partner, count in ask(_column(measure))}
        _compare(found, [measure], ours)

    def by_column() -> None:
        for measure in MEASURES:
            column(measure)

    def grouped() -> None:
        found = {}
        for query in _grouped():
            for partner, what, count in ask(query):
                found[_qid(partner), _MEASURE_OF.get(what, f"L{what}")] = int(count)
        _compare(found, MEASURES, ours)

    def page() -> None:
        assert len(list(ask(_page()))) == 100

    timed("matrix, a query a column", by_column)
    timed("matrix, grouped", grouped)
    timed("unforeseen measure", lambda: column(UNFORESEEN))
    timed("worklist page", page)
    for form in ("a query a column", "grouped"):
        report.compare(
            f"{name} {form}/kgtool over HTTP", "kgtool matrix over HTTP", f"{name} matrix, {form}"
        )
    for what in ("unforeseen measure", "worklist page"):
        report.compare(f"{name} {what}/kgtool", f"kgtool {what}", f"{name} {what}")
    report.compare(
        f"{name} worklist page/kgtool over HTTP",
        "kgtool worklist page over HTTP",
        f"{name} worklist page",
    )


def _compare(found: Cells, measures: list[str], ours: Cells) -> None:
    """Every cell of these measures is the same; a store says nothing of those that are empty."""
    wanted = {cell: count for cell, count in ours.items() if cell[1] in measures and count}
    assert {cell: count for cell, count in found.items() if cell[1] in measures} == wanted


def _qid(iri: str) -> str:
    return iri.rpartition("/")[2]


def _column(measure: str) -> str:
    having = f"?item <{WDT}{measure}> ?value"
    if measure == "Senwiki":
        having = _ARTICLE
    elif measure.startswith("L"):
        having = f'?item <{_LABEL}> ?l . FILTER(LANG(?l) = "{measure[1:]}")'
    return (
        "SELECT ?partner (COUNT(DISTINCT ?item) AS ?count) "
        f"WHERE {{ ?item <{WDT}P195> ?partner . {having} }} GROUP BY ?partner"
    )


def _grouped() -> list[str]:
    of_partner = f"?item <{WDT}P195> ?partner"
    listed = " ".join(f"<{WDT}{measure}>" for measure in MEASURES if measure[0] == "P")
    return [
        "SELECT ?partner ?p (COUNT(DISTINCT ?item) AS ?count) "
        f"WHERE {{ VALUES ?p {{ {listed} }} {of_partner} ; ?p ?value . }} GROUP BY ?partner ?p",
        "SELECT ?partner ?code (COUNT(DISTINCT ?item) AS ?count) "
        f"WHERE {{ {of_partner} ; <{_LABEL}> ?l . BIND(LANG(?l) AS ?code) }} "
        "GROUP BY ?partner ?code",
        "SELECT ?partner ?wiki (COUNT(DISTINCT ?item) AS ?count) "
        f"WHERE {{ {of_partner} . {_ARTICLE} BIND(<{columnar.WIKI}> AS ?wiki) }} "
        "GROUP BY ?partner ?wiki",
    ]


def _page() -> str:
    return (
        f"SELECT ?item WHERE {{ ?item <{WDT}P195> <http://www.wikidata.org/entity/{LARGEST}> . "
        f"FILTER NOT EXISTS {{ ?item <{WDT}P18> ?image }} }} ORDER BY ?item LIMIT 100 OFFSET 100"
    )
