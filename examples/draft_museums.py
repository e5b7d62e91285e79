"""Bring three museums to a Wikibase by script: plan, look, apply, see what became of each.

Run it against a wiki to rehearse on (kgtool sandbox prints its address and an account)::

    KGTOOL_WIKIBASE=sandbox.toml KGTOOL_WIKI_USER=Name@app KGTOOL_WIKI_PASSWORD=… \\
        python examples/draft_museums.py

The same steps work with a table: ``kgtool.drafts.plan(Path("museums.csv"), "museum", …)``.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from kgtool.drafts import Complete, Create, Row, load_mapping
from kgtool.drafts.rules import Notability, Permission
from kgtool.settings import Settings
from kgtool.wiring import Kgtool, build

MUSEUMS = [
    {"key": "1", "name": "Rehearsal Museum of Lund", "founded": "1882", "isil": "SE-R1"},
    {"key": "2", "name": "Rehearsal Museum of Kiruna", "founded": "21 March 1953", "isil": "SE-R2"},
    {"key": "3", "name": "Rehearsal Museum of Visby", "founded": "1875", "isil": "SE-R3"},
]


def main(tool: Kgtool) -> list[tuple[str, str]]:
    """Plan and apply; returns (key, item) of each row."""
    # 1. Say how columns become statements, where the data are from, and why they may be given.
    mapping = load_mapping("museum")
    columns = mapping.columns()
    allowed = Permission("A. Curator", date(2026, 11, 20), "https://example.org/mail/7")
    ground = Notability(ground="museums are notable as clearly identifiable institutions")
    mapping = replace(mapping, permission=allowed, notability=ground)
    rows = [Row(n, {**dict.fromkeys(columns, ""), **cells}) for n, cells in enumerate(MUSEUMS, 1)]

    # 2. Plan against the wiki as it is now. Nothing is written.
    plan = tool.drafts.plan_table(
        rows,
        mapping,
        parameters={"reference_url": "https://example.org/museums", "retrieved": "2026-11-24"},
        against="wiki",
    )
    print(plan.counts())
    for row in plan.rows:
        if not isinstance(row, Create | Complete):
            print(f"{row.label}: {[finding.message for finding in row.findings]}")

    # 3. Apply. Every edit is journaled first; if this is killed, run `kgtool draft resume`.
    batch = tool.batches.start(plan)
    print(tool.batches.apply(batch))

    # 4. Which row became which item?
    return [(line.key, line.item) for line in batch.report()]


if __name__ == "__main__":
    for key, item in main(build(Settings.from_environment())):
        print(key, item)
