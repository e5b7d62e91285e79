"""Ingestion: how fast entities become columns, cube and a whole workspace, beside ``qwikidata``.

One world of artworks of about 8.5 KB, gzipped as dumps are. Single steps run on one core, on at
most 100,000 items, and are given per second of processor time; the complete load is the command, in
a process of its own, and is given per second of wall time, with the processor time of all its
threads and processes.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

from kgtool.bench.loads import alone, ran
from kgtool.bench.report import Report, peer
from kgtool.bench.worlds import FIRST_PARTNER, World
from kgtool.entities import load_profile
from kgtool.entities.bulk import parse_bulk
from kgtool.settings import Settings
from kgtool.sources.dump import Dump
from kgtool.sources.subset import members
from kgtool.views.extract.extractor import Extractor
from kgtool.views.segment import blocks_of, write_segment
from kgtool.wiring import build

_STEPS = 100_000  # items that single steps are measured with, at most
_ALONE = 1_000_000  # items up to which each view is built once more, by itself
_LINES, _AHEAD = 1_000, 16  # lines that a process makes at a time, and such parts in hand

_READ = """
import json, sys, time
from qwikidata.json_dump import WikidataJsonDump
started = time.process_time()
count = sum(1 for _ in WikidataJsonDump(sys.argv[1]))
print(json.dumps([count, time.process_time() - started]))
"""
_SUBSET = """
import json, sys, time
from qwikidata.json_dump import WikidataJsonDump
wanted = sys.argv[2]
started = time.process_time()
count = 0
for entity in WikidataJsonDump(sys.argv[1]):
    for claim in entity["claims"].get("P195", []):
        if claim["mainsnak"].get("datavalue", {}).get("value", {}).get("id") == wanted:
            count += 1
            break
print(json.dumps([count, time.process_time() - started]))
"""


def run(items: int = 20_000) -> Report:
    """Measure with a world of ``items`` artworks; needs some 2 KB of disk an item."""
    report = Report("ingest")
    settings = Settings.from_environment()
    profile = load_profile("wikidata")
    folder = Path(tempfile.mkdtemp(prefix="kgtool-bench-"))
    try:
        path = folder / "world.json.gz"
        size = _write(path, items)
        report.add("items", items, "1")
        report.add("bytes an item", size / items, "1")
        some = min(items, _STEPS)
        part = path if some == items else folder / "part.json.gz"
        if some < items:
            _write(part, some)
            report.add("items of single steps", some, "1")

        taken = _cpu(lambda: sum(1 for _ in Dump([part])))
        report.add("read lines", some / taken, "1/s")
        taken = _cpu(lambda: sum(parse_bulk(line) is not None for _, line in Dump([part])))
        report.add("read and decode", some / taken, "1/s")
        extractor = Extractor(profile)
        extractor.add(b"\n")  # compiled before the clock runs
        taken = _cpu(lambda: _extract(extractor, Dump([part])))
        report.add("cube extraction, one core", some / taken, "1/s")
        taken = _cpu(lambda: write_segment(folder / "segment", profile, blocks_of(Dump([part]))))
        report.add("kept entities and columns, one core", some / taken, "1/s")

        shutil.rmtree(folder / "segment")
        few = folder / "few.json.gz"
        _write(few, 10)
        ran(folder / "compiled", "load", str(few))  # what is compiled once a machine
        start = ran(folder / "start", "load", str(few))
        report.add("load of ten items", start.seconds, "s")
        whole = ran(folder / "home", "load", str(path))
        report.add("complete load without the graph", items / whole.seconds, "1/s")
        report.add("complete load: processor time an item", 1e6 * whole.cpu / items, "us")
        report.add("… but for what ten items take", 1e6 * (whole.cpu - start.cpu) / items, "us")
        report.add("peak memory of all processes", whole.memory, "MB")
        report.add("… of the largest one, with mapped files", whole.largest, "MB")
        if items <= _ALONE:
            tool = build(Settings(home=folder / "home", graph_entities=0))
            for name, taken in alone(tool, folder / "alone"):
                report.add(f"{name}: processor time an item", 1e6 * taken / items, "us")

        partner = f"Q{FIRST_PARTNER + 20}"  # about one item in a hundred
        found = 0

        def subset() -> None:
            nonlocal found
            found = sum(1 for _ in members(Dump([part]), [partner], ["P195"]))

        taken = _cpu(subset)
        report.add("subset of a partner", some / taken, "1/s")
        report.add("items in the subset", found, "1")
        _peers(report, settings.peers_python, part, partner, some, found)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report


def _peers(report: Report, python: Path, path: Path, partner: str, items: int, found: int) -> None:
    read = peer(python, _READ, [str(path)], limit=600)
    chosen = peer(python, _SUBSET, [str(path), partner], limit=600)
    if read is None or chosen is None:
        report.absent.append("qwikidata")
        return
    if (read[0], chosen[0]) != (items, found):
        raise AssertionError(f"qwikidata found {read[0]} and {chosen[0]}, not {items} and {found}")
    report.add("qwikidata: read", items / read[1], "1/s")
    report.add("qwikidata: subset", items / chosen[1], "1/s")
    for ours, theirs in (
        ("cube extraction, one core", "qwikidata: read"),
        ("kept entities and columns, one core", "qwikidata: read"),
        ("subset of a partner", "qwikidata: subset"),
    ):
        report.ratios[f"{ours}/{theirs}"] = (
            report.figures[ours].value / report.figures[theirs].value
        )


def _extract(extractor: Extractor, dump: Dump) -> None:
    """From the bytes of a dump to columns in memory, all that a cube is made of and more."""
    for block in dump.blocks():
        data = block.data if block.data.endswith(b"\n") else block.data + b"\n"
        if not extractor.fits(len(data)):
            extractor.take()
        extractor.add(data)
    extractor.take()


def _write(path: Path, items: int) -> int:
    """Write a world's first items as a dump, by a process for each core; gives their bytes."""
    size = 0
    starts = range(0, items, _LINES)
    with gzip.open(path, "wb", compresslevel=6) as file, ProcessPoolExecutor() as pool:
        file.write(b"[\n")
        # Some at a time: the pool itself would make all of them before the first is written.
        for at in range(0, len(starts), _AHEAD):
            several = starts[at : at + _AHEAD]
            for block in pool.map(_block, several, [items] * len(several)):
                file.write(b",\n" * (size > 0) + block)
                size += len(block)
        file.write(b"\n]\n")
    return size


def _block(first: int, items: int) -> bytes:
    return b",\n".join(islice(World(items).lines(first), _LINES))


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
