"""``kgtool bench reconcile``: how right and how quick the matcher is, beside its peers.

Accuracy on gold sets, three ways to ask. Speed at 100,000 and at a million names, made up from
parts of names: half of the queries have a mistake, a third stand inverted; each has a type and two
properties. One thread, in processor time; features are on, as they always are.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from kgtool.bench.loads import ran
from kgtool.bench.people import people, queries
from kgtool.bench.report import Report, peer
from kgtool.bench.serving import serving
from kgtool.entities import Profile, load_profile
from kgtool.reconcile.gold import WAYS, Gold, read_gold, read_kb
from kgtool.reconcile.matcher import BATCH, Reconciler
from kgtool.reconcile.query import Answer, Query
from kgtool.settings import Settings
from kgtool.views.names.index import Index, Origin, build_index, open_index

SIZES = (100_000, 1_000_000)
QUERIES = 3_000
WARMED = 500  # queries before the clock starts
PEER_QUERIES = 40


def run(
    settings: Settings,
    *,
    gold: Path | None = None,
    kb: Path | None = None,
    sizes: Sequence[int] = SIZES,
    peers: bool = True,
) -> Report:
    """Measure; without *gold* and *kb* the speed alone, with them the accuracy alone."""
    report = Report("reconcile")
    profile = load_profile(settings.wikibase)
    with tempfile.TemporaryDirectory() as folder:
        if gold and kb:
            report.more["sets"] = accuracy(report, profile, gold, kb, Path(folder) / "gold")
        else:
            for size in sizes:
                home = Path(folder) / str(size)
                index, asked = speed(report, profile, size, home)
                if size <= SIZES[0]:
                    _over_http(report, f"{size:,} names", home, asked)
                if peers and size <= SIZES[0]:
                    _peers(report, settings, f"{size:,} names", index, asked)
                shutil.rmtree(home)
    return report


def accuracy(
    report: Report, profile: Profile, gold: Path, kb: Path, folder: Path
) -> dict[str, Any]:
    """Figures per set and way, as the contract has them; ``nil_f1`` takes “no match” as “none”."""
    records, parents = read_kb(kb, profile)
    started = time.perf_counter()
    build_index(folder, records, Origin(str(kb), complete=True), parents=parents)
    report.add("gold: build", time.perf_counter() - started, "s")
    reconciler = Reconciler(open_index(folder), profile)
    sets: dict[str, Any] = {}
    for name, rows in read_gold(gold).items():
        sets[name] = {}
        for way in WAYS:
            queries = [row.query(way, profile) for row in rows]
            started = time.perf_counter()
            answers = reconciler.match(queries)
            taken = time.perf_counter() - started
            report.add(f"{name}, {way}: queries", len(queries) / taken, "1/s")
            sets[name][way] = _graded(rows, answers)
    return sets


def _graded(rows: list[Gold], answers: list[Answer]) -> dict[str, Any]:
    ranks: dict[str, list[int]] = {}
    made = right = found_none = said_none = were_none = 0
    for row, answer in zip(rows, answers, strict=True):
        ids = [candidate.id for candidate in answer] if isinstance(answer, list) else []
        match = isinstance(answer, list) and bool(answer) and answer[0].match
        made += match
        right += match and row.in_kb and ids[0] == row.answer
        said_none += not match
        were_none += not row.in_kb
        found_none += not match and not row.in_kb
        if row.in_kb:
            rank = ids.index(row.answer) + 1 if row.answer in ids else 0
            ranks.setdefault("all", []).append(rank)
            ranks.setdefault(row.difficulty, []).append(rank)
    graded: dict[str, Any] = {
        difficulty: {
            "n": len(found),
            "top1": _share(found.count(1), len(found)),
            "top5": _share(sum(0 < rank <= 5 for rank in found), len(found)),
            "mrr": _share(sum(1 / rank for rank in found if rank), len(found)),
        }
        for difficulty, found in ranks.items()
    }
    precision = _share(found_none, said_none) or 0.0
    recall = _share(found_none, were_none) or 0.0
    graded["auto_precision"] = _share(right, made)
    graded["auto_recall"] = _share(right, len(ranks.get("all", ())))
    graded["nil_f1"] = (
        round(2 * precision * recall / (precision + recall), 4) if precision + recall else None
    )
    return graded


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def speed(
    report: Report, profile: Profile, size: int, home: Path
) -> tuple[Index, list[tuple[Query, str]]]:
    """Build, open and query an index of *size* made-up names; gives it and the queries.

    It is built as users do, by ``kgtool names`` from a file, into the new workspace *home*.
    """
    label = f"{size:,} names"
    table = home / "people.jsonl"
    home.mkdir(parents=True)
    with table.open("wb") as file:
        file.writelines(msgspec.json.encode(one) + b"\n" for one in people(size))
    built = ran(home, "names", str(table))
    report.add(f"{label}: build", built.seconds, "s")
    report.add(f"{label}: processor time to build", built.cpu, "s")
    report.add(f"{label}: memory to build", built.memory, "MB")
    folder = home / "names"
    bytes_taken = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    report.add(f"{label}: size on disk", bytes_taken / 2**20, "MB")
    started = time.perf_counter()
    index = open_index(folder)
    report.add(f"{label}: open", 1000 * (time.perf_counter() - started), "ms")
    started = time.perf_counter()
    reconciler = Reconciler(index, profile)
    report.add(f"{label}: ready", 1000 * (time.perf_counter() - started), "ms")
    asked = list(queries(size, WARMED + QUERIES))
    reconciler.match([query for query, _ in asked[:WARMED]])
    taken: list[float] = []
    busy = 0.0
    right = 0
    for start in range(WARMED, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        begun, used = time.perf_counter(), time.process_time()
        answers = reconciler.match([query for query, _ in batch])
        busy += time.process_time() - used
        taken.append(time.perf_counter() - begun)
        for answer, (_, id) in zip(answers, batch, strict=True):
            right += isinstance(answer, list) and bool(answer) and answer[0].id == id
    taken_sorted = sorted(taken)
    report.add(f"{label}: kgtool", QUERIES / busy, "1/s")
    report.add(f"{label}: batch of {BATCH}, p50", 1000 * taken_sorted[len(taken) // 2], "ms")
    report.add(f"{label}: batch of {BATCH}, p95", 1000 * taken_sorted[int(len(taken) * 0.95)], "ms")
    report.add(f"{label}: top-1", right / QUERIES, "1")
    report.add(f"{label}: memory to serve", _resident(), "MB")
    return index, asked


def _over_http(report: Report, label: str, home: Path, asked: list[tuple[Query, str]]) -> None:
    """Ask as OpenRefine does: forms of :data:`BATCH` queries, one after another, one connection."""
    batches = [asked[start : start + BATCH] for start in range(0, len(asked), BATCH)]
    bodies = [
        urlencode({"queries": json.dumps({f"q{n}": _sent(q) for n, (q, _) in enumerate(batch)})})
        for batch in batches
    ]
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    warm = WARMED // BATCH
    taken: list[float] = []
    right = 0
    with serving(home) as connection:
        for body, batch in zip(bodies, batches, strict=True):
            started = time.perf_counter()
            connection.request("POST", "/reconcile/en", body, headers)
            answer = connection.getresponse()
            content = answer.read()
            taken.append(time.perf_counter() - started)
            assert answer.status == 200, content
            answers = json.loads(content)
            for n, (_, id) in enumerate(batch):
                result = answers[f"q{n}"].get("result")
                right += bool(result) and result[0]["id"] == id
    measured = sorted(taken[warm:])
    report.add(f"{label}: over HTTP", len(measured) * BATCH / sum(measured), "1/s")
    p95 = measured[int(len(measured) * 0.95)]
    report.add(f"{label}: batch of {BATCH} over HTTP, p95", 1000 * p95, "ms")
    report.add(f"{label}: top-1 over HTTP", right / len(asked), "1")


def _sent(query: Query) -> dict[str, Any]:
    return {
        "query": query.name,
        "type": list(query.types),
        "properties": [{"pid": one.path, "v": list(one.values)} for one in query.properties],
        "limit": query.limit,
    }


def _peers(
    report: Report, settings: Settings, label: str, index: Index, asked: list[tuple[Query, str]]
) -> None:
    from rapidfuzz import process

    segment = index.segments[0]
    names = [segment.name_text[i] for i in range(segment.names)]
    texts = [query.name or "" for query, _ in asked[:PEER_QUERIES]]
    started = time.process_time()
    for text in texts:
        process.extract(text, names, limit=5)
    taken = time.process_time() - started
    report.add(f"{label}: rapidfuzz.process.extract", len(texts) / taken, "1/s")
    report.ratios["kgtool/rapidfuzz.process.extract"] = (
        report.figures[f"{label}: kgtool"].value
        / report.figures[f"{label}: rapidfuzz.process.extract"].value
    )
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "names.tsv"
        rows = "".join(f"{n}\t{name}\n" for n, name in enumerate(names))
        table.write_text(f"id\tname\n{rows}", encoding="utf-8")
        arguments = [str(table), *texts[: PEER_QUERIES // 4]]
        found = peer(settings.peers_python, _CSV_RECONCILE, arguments, limit=240)
    if found is None:
        report.absent.append("csv-reconcile")
        return
    report.add(f"{label}: csv-reconcile", found, "1/s")
    report.ratios["kgtool/csv-reconcile"] = (
        report.figures[f"{label}: kgtool"].value / report.figures[f"{label}: csv-reconcile"].value
    )


# Its own index and matcher, called in a batch as its server calls them, without HTTP.
_CSV_RECONCILE = """
import json, sqlite3, sys, time
from csv_reconcile import pickScorer
pickScorer("dice")
from csv_reconcile.initdb import init_db
from csv_reconcile.score import processQueryBatch
db = sqlite3.connect(":memory:")
db.row_factory = sqlite3.Row
init_db(db, sys.argv[1], "id", "name", csvencoding="utf-8", scoreOptions={},
        csvkwargs={"delimiter": "\\t"})
batch = {"q%d" % n: {"query": text} for n, text in enumerate(sys.argv[2:])}
started = time.process_time()
processQueryBatch(db, batch, limit=5)
print(json.dumps(len(batch) / (time.process_time() - started)))
"""


def _resident() -> float:
    """Memory of this process in MB, mapped files counted as far as they were read."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")
