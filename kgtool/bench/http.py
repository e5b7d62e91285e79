"""Pages and routes: how long the service takes to answer, and how many bytes go over the wire.

A generated world with two hundred registered partners, a month of history and a helpdesk in use,
served by a process of its own; asked over one connection that is kept, on this machine. Each kind
of page is asked for many partners, in several languages, so that hardly an answer is a repeated
one. Times are from the question to the last byte, packing (gzip)
included; beside them stands the processor time that the server spent. All but the first figure are
those of a service that is warm, as ``/health/ready`` tells.
"""

from __future__ import annotations

import datetime
import gzip
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path

from kgtool.bench.busy import QIDS, SIGNED_IN, workspace
from kgtool.bench.coverage import LARGEST
from kgtool.bench.report import Report
from kgtool.bench.serving import await_answer, free_port, start
from kgtool.errors import UsageError

_TIMES = 40  # that each kind is asked
_LANGUAGES = ("en", "ar", "ja", "sv")
_SOME = QIDS[:20]  # the largest: half of the world is theirs

# Kind → paths without their language; {q} is a partner.
PAGES: dict[str, list[str]] = {
    "front": ["/"],
    "partners": ["/partners", "/partners?kind=library", "/partners?country=Q34"],
    "map": ["/partners/map"],
    "partner": ["/partners/{q}"],
    "partner by creator": ["/partners/{q}?by=P170"],
    "partner by decade": ["/partners/{q}?by=decade"],
    "history": ["/partners/{q}/history"],
    "comparison": ["/coverage"],
    "comparison, own measures": ["/coverage?measures=P18%3B+Lja%3B+P170.goodref%3B+P571"],
    "worklist": ["/worklists?of={q}&missing=P18&expected=true"],
    "worklist of two": ["/worklists?of={q}&missing=P18+or+Lja&having=P170"],
    "worklist form": ["/worklists"],
    "search": ["/search?q=winter", "/search?q=museum", "/search?q=work+10000"],
    "query catalogue": ["/queries"],
    "query form": ["/queries/gaps/no-image?partner={q}"],
    "drafts": ["/drafts"],
    "plan": ["/drafts/{plan}", "/drafts/{plan}?outcome=complete"],
    "batch": ["/batches/{plan}"],
    "changes": ["/partners/{q}/changes"],
    "checks": ["/partners/{q}/checks"],
    "selection": ["/selections/bench", "/selections/bench?by=P170"],
    "changes of a selection": ["/selections/bench/changes"],
    "requests": ["/requests"],
    "request": ["/requests/1", "/requests/2"],
    "request form": ["/requests/new"],
    "request figures": ["/requests/statistics"],
    "reports": ["/reports"],
    "month report": ["/reports/{month}"],
    "glossary": ["/glossary"],
    "programs": ["/docs"],
    "sign-in": ["/sign-in"],
    "nothing there": ["/nothing"],
    "feed of partners": ["/partners.atom"],
    "feed of a partner": ["/partners/{q}.atom"],
    "feed of a worklist": ["/worklists.atom?of={q}&missing=P18"],
}
_OF_STAFF = {"plan", "batch"}
ROUTES: dict[str, list[str]] = {
    "api partners": ["/api/v1/partners"],
    "api partner": ["/api/v1/partners/{q}"],
    "api coverage": ["/api/v1/partners/{q}/coverage"],
    "api coverage by type": ["/api/v1/partners/{q}/coverage?by=type"],
    "api gaps": ["/api/v1/partners/{q}/gaps?missing=P18"],
    "api collections": ["/api/v1/partners/{q}/collections"],
    "api history": ["/api/v1/partners/{q}/history"],
    "api requests": ["/api/v1/requests"],
    "api queries": ["/api/v1/queries"],
    "api claims": ["/api/v1/claims"],
    "api selections": ["/api/v1/selections"],
    "health": ["/health/ready"],
}


def run(items: int = 100_000, pages: Sequence[str] = ()) -> Report:
    """Measure with a world of ``items``; needs some 150 bytes of disk an item.

    ``pages`` are kinds of pages and routes; without any, all.

    :raises UsageError: there is no such kind.
    """
    for name in pages:
        if name not in PAGES | ROUTES:
            raise UsageError(
                f"There is no kind of page “{name}”.", hint=f"One of: {', '.join(PAGES | ROUTES)}."
            )
    report = Report("http")
    report.add("items", items, "1")
    folder = Path(tempfile.mkdtemp(prefix="kgtool-bench-"))
    try:
        workspace(folder, items)
        ask(report, folder, pages)
    finally:
        shutil.rmtree(folder)
    return report


def ask(report: Report, home: Path, pages: Sequence[str] = ()) -> None:
    """Serve that workspace and note what these pages and routes take, or all."""
    port = free_port()
    # Clients are not limited here: what is measured is the service, not its patience.
    server = start(home, port, env={"KGTOOL_REQUESTS_PER_MINUTE": "0"})
    connection = HTTPConnection("127.0.0.1", port)
    try:
        await_answer(port)
        started = time.perf_counter()
        _get(connection, "/en/")
        report.add("front, right after a start", (time.perf_counter() - started) * 1e3, "ms")
        _await_warmth(connection)
        told = json.loads((home / SIGNED_IN).read_text(encoding="utf-8"))
        _ask(report, connection, server.pid, told, pages)
    finally:
        connection.close()
        server.terminate()
        server.wait(60)


def _await_warmth(connection: HTTPConnection) -> None:
    """Wait until what is usually asked is at hand: the first seconds are no measure."""
    for _ in range(600):
        connection.request("GET", "/health/ready")
        if json.loads(connection.getresponse().read())["warm"]:
            return
        time.sleep(0.5)


def _ask(
    report: Report,
    connection: HTTPConnection,
    pid: int,
    told: Mapping[str, str],
    pages: Sequence[str],
) -> None:
    for name, (first, times, size, processor) in measured(connection, pid, told, pages).items():
        report.add(f"{name}, first", first * 1e3, "ms")
        report.add(f"{name}, p50", _at(times, 0.5) * 1e3, "ms")
        report.add(f"{name}, p95", _at(times, 0.95) * 1e3, "ms")
        if processor is not None:
            report.add(f"{name}, processor", processor * 1e3, "ms")
        report.add(f"{name}, size", size / 1e3, "KB")
    shown = [name for name in PAGES if f"{name}, p95" in report.figures]
    if not shown:
        return
    slowest = max(shown, key=lambda name: report.figures[f"{name}, p95"].value)
    report.add("slowest page, p95", report.figures[f"{slowest}, p95"].value, "ms")
    report.more["slowest page"] = slowest
    parts = sum(len(_get(connection, path)[1]) for path in _parts(connection))
    largest = max(report.figures[f"{name}, size"].value for name in shown)
    report.add("style sheet, mark, map", parts / 1e3, "KB")
    report.add("largest first load", largest + parts / 1e3, "KB")


def measured(
    connection: HTTPConnection, pid: int, told: Mapping[str, str], pages: Sequence[str] = ()
) -> dict[str, tuple[float, list[float], int, float | None]]:
    """Kind → seconds of the first answer, of the next ones, largest bytes, processor time of one.

    Processor time is the mean of all but the first, over all threads of the server: it hardly
    depends on what else the machine does.
    """
    month = datetime.datetime.now(datetime.UTC).strftime("%Y-%m")
    token = told["token"]
    found = {}
    for name in pages or PAGES | ROUTES:
        paths = (PAGES | ROUTES)[name]
        prefixes = [f"/{code}" for code in _LANGUAGES] if name in PAGES else [""]
        asked = [
            prefix + path.format(q=qid, month=month, plan=told["plan"])
            for qid in (_SOME if "{q}" in paths[0] else [LARGEST])
            for prefix in prefixes
            for path in paths
        ]
        times, size = [], 0
        used: float | None = None
        for path in islice(cycle(asked), _TIMES + 1):
            started = time.perf_counter()
            status, body = _get(connection, path, token if name in _OF_STAFF else "")
            times.append(time.perf_counter() - started)
            size = max(size, len(body))
            assert status < 400 or name == "nothing there", f"{path} answered {status}"
            if len(times) == 1:
                used = processor_seconds(pid)
        after = processor_seconds(pid)
        mean = None if used is None or after is None else (after - used) / _TIMES
        found[name] = (times[0], sorted(times[1:]), size, mean)
    return found


def processor_seconds(pid: int) -> float | None:
    """Seconds of processor time that a process has used; none where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _parts(connection: HTTPConnection) -> Iterator[str]:
    """What a first visit to the map loads besides the page."""
    page = gzip.decompress(_get(connection, "/en/partners/map")[1]).decode()
    for name in ("style.css", "mark.svg", "world.svg"):
        found = re.search(rf"/static/{name}\?v=\w+", page)
        assert found is not None, name
        yield found[0]


def _get(connection: HTTPConnection, path: str, token: str = "") -> tuple[int, bytes]:
    signed_in = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", **signed_in})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _at(times: list[float], share: float) -> float:
    """The time that this share of the answers did not pass; *times* are sorted."""
    return times[min(len(times) - 1, round(share * len(times)))]
