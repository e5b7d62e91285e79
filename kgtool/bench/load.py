"""The whole service under load: 200 clients and four writers on the sample, for a minute.

Limits are those that it has by default. Each client has an address of its own, as behind a web
server that says whose request it is; then, for a sixth of the time, all have one address, as behind
one that does not.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from kgtool import sample
from kgtool.bench.clients import Load, mixed, titles
from kgtool.bench.report import Report
from kgtool.bench.serving import served
from kgtool.entities import to_json
from kgtool.service.callers import OPERATOR
from kgtool.settings import Settings
from kgtool.wiring import Kgtool, build

CLIENTS = 200
WRITERS = 4


def run(items: int = 60) -> Report:
    """Ask a service of two processes on this machine for ``items`` seconds."""
    report = Report("load")
    with tempfile.TemporaryDirectory(prefix="kgtool-bench-") as folder:
        home = Path(folder)
        tool = sample_service(home)
        token, _ = tool.accounts.add_token("load", role="admin", scopes=[], days=1, by=OPERATOR)
        asks = mixed(sample.institutions(), names(tool), json.dumps)
        tool.close()
        with served(home, workers=2) as address:
            seen = Load(address, asks, token).run(items, CLIENTS, WRITERS)
            there = titles(address, token)
            together = Load(address, asks, token, seed=2, apart=False).run(items / 6, CLIENTS, 0)
    report.add("clients", CLIENTS, "1")
    report.add("requests", seen.all, "1")
    report.add("requests a second", seen.all / items, "1/s")
    for kind in sorted(seen.seconds):
        for share in (0.5, 0.95, 0.99):
            name = f"{kind}, p{share * 100:g}"
            report.add(name, seen.percentile(kind, share) * 1e3, "ms")
    for status, count in sorted(seen.statuses.items()):
        report.add(f"answers {status}" if status else "no answer", count, "1")
    report.add("put off", seen.put_off, "1")
    report.add("put off without Retry-After", seen.without_retry_after, "1")
    report.add("put off, all from one address", together.put_off, "1")
    report.add("writes", len(seen.kept), "1")
    report.add("writes lost", len(seen.kept - set(there)), "1")
    report.more["examples"] = seen.examples
    return report


def sample_service(home: Path) -> Kgtool:
    """A workspace with the sample, its institutions in the registry."""
    tool = build(Settings(home=home))
    lines = enumerate((to_json(entity) for entity in sample.entities()), start=1)
    tool.loading.load(lines, source="the sample", sample=True)
    for qid in sample.institutions():
        tool.partners.add(qid, name=None, kind="museum", caller=OPERATOR)
        tool.partners.change(qid, OPERATOR, publish=["listed"])
    return tool


def names(tool: Kgtool, most: int = 100) -> list[str]:
    """Names of items of the workspace, to be found again."""
    rows = tool.snapshots.current().tables().execute("SELECT item FROM items LIMIT ?", [most])
    labels = tool.labels.of([f"Q{item}" for (item,) in rows.fetchall()], "en")
    return [label for label, _ in labels.values()]
