"""``kgtool bench reconcile``: how right and how quick the matcher is, beside its peers.

Accuracy on gold sets, three ways to ask. Speed at 100,000 and at a million names, made up from
parts of names: half of the queries have a mistake, a third stand inverted; each has a type and two
properties. One thread, in processor time; features are on, as they always are.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kgtool.bench.report import Report, peer
from kgtool.entities import Profile, load_profile
from kgtool.reconcile.gold import WAYS, Gold, read_gold, read_kb
from kgtool.reconcile.matcher import BATCH, Reconciler
from kgtool.reconcile.query import Answer, Condition, Query
from kgtool.settings import Settings
from kgtool.views.names.index import Index, Origin, build_index, open_index
from kgtool.views.names.record import NameRecord

SIZES = (100_000, 1_000_000)
QUERIES = 3_000
WARMED = 500  # queries before the clock starts
PEER_QUERIES = 40
_HUMAN = "Q5"
_IDENTIFIER = "P214"
_SYLLABLES = [
    "al",
    "an",
    "ar",
    "as",
    "ba",
    "bel",
    "ber",
    "bo",
    "bra",
    "can",
    "car",
    "che",
    "chi",
    "cor",
    "da",
    "de",
    "del",
    "der",
    "di",
    "do",
    "dor",
    "du",
    "el",
    "en",
    "er",
    "es",
    "fa",
    "fer",
    "fi",
    "fo",
    "fran",
    "ga",
    "ge",
    "ger",
    "gi",
    "go",
    "gra",
    "gu",
    "ha",
    "har",
    "hel",
    "hen",
    "her",
    "hi",
    "ho",
    "hu",
    "in",
    "ja",
    "je",
    "jo",
    "ka",
    "kel",
    "ker",
    "ki",
    "ko",
    "kra",
    "la",
    "lan",
    "le",
    "len",
    "li",
    "lin",
    "lo",
    "lu",
    "ma",
    "man",
    "mar",
    "me",
    "mel",
    "mi",
    "mo",
    "mon",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "nor",
    "o",
    "ol",
    "or",
    "os",
    "pa",
    "pe",
    "per",
    "pi",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "ros",
    "ru",
    "sa",
    "san",
    "sch",
    "se",
    "sel",
    "si",
    "so",
    "sta",
    "ste",
    "su",
    "ta",
    "te",
    "ter",
    "ti",
    "to",
    "tor",
    "tra",
    "u",
    "ul",
    "un",
    "va",
    "van",
    "ve",
    "ver",
    "vi",
    "vo",
    "wa",
    "we",
    "wi",
    "win",
    "wo",
    "ya",
    "ye",
    "za",
    "ze",
    "zi",
    "zo",
]


def run(
    settings: Settings,
    *,
    gold: Path | None = None,
    kb: Path | None = None,
    sizes: Sequence[int] = SIZES,
) -> Report:
    """Measure; without *gold* and *kb* the speed alone, with them the accuracy alone."""
    report = Report("reconcile")
    profile = load_profile(settings.wikibase)
    with tempfile.TemporaryDirectory() as folder:
        if gold and kb:
            report.more["sets"] = accuracy(report, profile, gold, kb, Path(folder) / "gold")
        else:
            for size in sizes:
                speed(report, profile, settings, size, Path(folder) / str(size))
                shutil.rmtree(Path(folder) / str(size))
    return report


def accuracy(
    report: Report, profile: Profile, gold: Path, kb: Path, folder: Path
) -> dict[str, Any]:
    """Figures per set and way, as the contract has them; ``nil_f1`` takes “no match” as “none”."""
    records, parents = read_kb(kb)
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


def speed(report: Report, profile: Profile, settings: Settings, size: int, folder: Path) -> None:
    """Build, open and query an index of *size* made-up names."""
    label = f"{size:,} names"
    started = time.perf_counter()
    # In a process of its own, so that its memory can be told.
    built = subprocess.run(
        [sys.executable, "-c", _BUILD, str(folder), str(size)], check=True, capture_output=True
    )
    report.add(f"{label}: build", time.perf_counter() - started, "s")
    report.add(f"{label}: memory to build", int(built.stdout) / 1024, "MB")
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
    if size <= SIZES[0]:
        _peers(report, settings, label, index, asked)


_BUILD = """
import resource, sys
from pathlib import Path
from kgtool.bench.reconcile import people
from kgtool.views.names.index import Origin, build_index
build_index(Path(sys.argv[1]), people(int(sys.argv[2])), Origin("made up", complete=True))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


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


def people(count: int) -> Iterator[NameRecord]:
    """Made-up persons with years and an identifier; the same ones every time."""
    for number in range(count):
        forename, surname = _name(number)
        born = 1400 + number * 7919 % 600
        yield NameRecord(
            f"Q{number + 1}",
            {"en": f"{forename} {surname}"},
            types=[_HUMAN],
            begin=[born],
            end=[born + 30 + number % 50],
            ids={_IDENTIFIER: [str(10_000_000 + number)]},
        )


def queries(size: int, count: int) -> Iterator[tuple[Query, str]]:
    """Queries for some of the :func:`people`, with the id that is meant."""
    chance = random.Random(size)
    for _ in range(count):
        number = chance.randrange(size)
        forename, surname = _name(number)
        if chance.random() < 0.5:
            surname = _mistyped(surname, chance)
        name = f"{surname}, {forename}" if chance.random() < 0.33 else f"{forename} {surname}"
        born = 1400 + number * 7919 % 600
        years = (
            Condition("P569", (str(born),)),
            Condition("P570", (str(born + 30 + number % 50),)),
        )
        yield Query(name=name, types=(_HUMAN,), properties=years), f"Q{number + 1}"


def _name(number: int) -> tuple[str, str]:
    chance = random.Random(number)
    surname = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(2, 4)))
    # Given names come from few, the common ones often, as in life.
    rank = int(3000 * chance.random() ** 3)
    again = random.Random(-rank - 1)
    forename = "".join(again.choice(_SYLLABLES) for _ in range(again.randint(2, 3)))
    return forename.capitalize(), surname.capitalize()


def _mistyped(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word))
    match chance.randrange(3):
        case 0:
            return word[:place] + word[place + 1 :]
        case 1:
            return word[:place] + chance.choice("aeiounrstl") + word[place:]
        case _:
            return word[:place] + chance.choice("aeiounrstl") + word[place + 1 :]


def _resident() -> float:
    """Memory of this process in MB, mapped files counted as far as they were read."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")
