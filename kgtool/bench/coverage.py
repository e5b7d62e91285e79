"""Coverage: the matrix of 200 partners, worklists and unforeseen measures, beside triple stores.

One world of artworks, the same for all. The stores hold its truthy statements and labels; they are
asked one query a column, as tools on the wiki do, and in the best grouped form. Every answer is
compared cell by cell.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import pyoxigraph as ox

from kgtool.bench import columnar
from kgtool.bench.report import Report, seconds
from kgtool.bench.serving import serving
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
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
WDT = "http://www.wikidata.org/prop/direct/"

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
    started = time.perf_counter()
    matrices = service.totals(partners, MEASURES)
    report.add("kgtool matrix, first time", (time.perf_counter() - started) * 1e3, "ms")

    def note(name: str, work: Callable[[], object], runs: int = 9) -> None:
        report.add(name, seconds(work, runs=runs) * 1e3, "ms")

    note("kgtool matrix", lambda: service.totals(partners, MEASURES))
    note("kgtool one partner by type", lambda: service.matrix(LARGEST, "type", MEASURES))
    note("kgtool one partner by creator", lambda: service.matrix(LARGEST, "P170", MEASURES))
    middle = service.gaps(LARGEST, ["P18"], limit=None).items
    after = middle[len(middle) // 2].id
    note("kgtool worklist page", lambda: service.gaps(LARGEST, ["P18"], after=after))
    note(
        "kgtool worklist of three",
        lambda: service.gaps(LARGEST, ["P18", "Lsv"], ["P170"], after=after),
    )

    report.add("kgtool unforeseen measure", _unforeseen(tool, partners) * 1e3, "ms")
    matrices = [*matrices, *service.totals(partners, [UNFORESEEN])]
    return {
        (matrix.partner, measure): cell.have
        for matrix in matrices
        for measure, cell in matrix.groups[0].measures.items()
    }


def _partners(tool: Kgtool) -> list[str]:
    """All that have an item; in a small world some have none."""
    rows = (
        tool.snapshots.current()
        .tables()
        .execute("SELECT DISTINCT value_item FROM claims WHERE property = 195 ORDER BY 1")
        .fetchall()
    )
    return [f"Q{number}" for (number,) in rows]


def _unforeseen(tool: Kgtool, partners: list[str]) -> float:
    """Seconds for a measure that was never asked before; the median of three."""
    taken = []
    for _ in range(3):
        service = build(tool.settings).coverage
        service.totals(partners, [MEASURES[0], "P136.ref"])  # opens the cube and the columns
        started = time.perf_counter()
        service.totals(partners, [UNFORESEEN])
        taken.append(time.perf_counter() - started)
    return median(taken)


def _ask_http(report: Report, tool: Kgtool) -> None:
    many = [("partner", qid) for qid in _partners(tool)]
    many += [("measure", measure) for measure in MEASURES]
    page = [("missing", "P18"), ("limit", "100")]
    with serving(tool.settings.home) as connection:

        def get(path: str) -> Callable[[], bytes]:
            def work() -> bytes:
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200, body
                return body

            return work

        matrix = get(f"/api/v1/coverage?{urlencode(many)}")
        report.add("kgtool matrix over HTTP", seconds(matrix, runs=9) * 1e3, "ms")
        gaps = get(f"/api/v1/partners/{LARGEST}/gaps?{urlencode(page)}")
        report.add("kgtool worklist page over HTTP", seconds(gaps, runs=9) * 1e3, "ms")


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
    started = time.perf_counter()
    for measure in (*COLUMNS, *(f"L{code}" for code in TONGUES)):
        _compare(ask(_one_column(measure)), measure, ours)
    report.add(f"{name} matrix, a query a column", (time.perf_counter() - started) * 1e3, "ms")
    started = time.perf_counter()
    for query in _grouped():
        for partner, what, count in ask(query):
            measure = what.removeprefix(WDT) if what.startswith(WDT) else f"L{what}"
            if measure in MEASURES:
                assert ours[_qid(partner), measure] == int(count)
    report.add(f"{name} matrix, grouped", (time.perf_counter() - started) * 1e3, "ms")
    started = time.perf_counter()
    _compare(ask(_one_column(UNFORESEEN)), UNFORESEEN, ours)
    report.add(f"{name} unforeseen measure", (time.perf_counter() - started) * 1e3, "ms")
    started = time.perf_counter()
    assert len(list(ask(_page()))) == 100
    report.add(f"{name} worklist page", (time.perf_counter() - started) * 1e3, "ms")
    for form in ("a query a column", "grouped"):
        report.compare(
            f"{name} {form}/kgtool over HTTP", "kgtool matrix over HTTP", f"{name} matrix, {form}"
        )
    for what in ("unforeseen measure", "worklist page"):
        report.compare(f"{name} {what}/kgtool", f"kgtool {what}", f"{name} {what}")


def _compare(rows: Iterator[tuple[str, ...]], measure: str, ours: Cells) -> None:
    for partner, count in rows:
        assert ours[_qid(partner), measure] == int(count), (partner, measure)


def _qid(iri: str) -> str:
    return iri.rpartition("/")[2]


def _one_column(measure: str) -> str:
    if measure.startswith("P"):
        having = f"<{WDT}{measure}> ?value ."
    else:
        having = f'<{_LABEL}> ?l . FILTER(LANG(?l) = "{measure[1:]}")'
    return (
        "SELECT ?partner (COUNT(DISTINCT ?item) AS ?count) "
        f"WHERE {{ ?item <{WDT}P195> ?partner ; {having} }} GROUP BY ?partner"
    )


def _grouped() -> list[str]:
    of_partner = f"?item <{WDT}P195> ?partner"
    listed = " ".join(f"<{WDT}{property}>" for property in COLUMNS)
    return [
        "SELECT ?partner ?p (COUNT(DISTINCT ?item) AS ?count) "
        f"WHERE {{ VALUES ?p {{ {listed} }} {of_partner} ; ?p ?value . }} GROUP BY ?partner ?p",
        "SELECT ?partner ?code (COUNT(DISTINCT ?item) AS ?count) "
        f"WHERE {{ {of_partner} ; <{_LABEL}> ?l . BIND(LANG(?l) AS ?code) }} "
        "GROUP BY ?partner ?code",
    ]


def _page() -> str:
    return (
        f"SELECT ?item WHERE {{ ?item <{WDT}P195> <http://www.wikidata.org/entity/{LARGEST}> . "
        f"FILTER NOT EXISTS {{ ?item <{WDT}P18> ?image }} }} ORDER BY ?item LIMIT 100 OFFSET 100"
    )
