"""A workspace in use: two hundred registered partners, a month of history, a helpdesk, a batch."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

from kgtool.bench import columnar
from kgtool.bench.coverage import LARGEST
from kgtool.bench.worlds import FIRST_PARTNER, PARTNERS
from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    DataValue,
    EntityId,
    EntityIdValue,
    Item,
    Quantity,
    QuantityValue,
    Snak,
    Statement,
    Term,
    to_json,
)
from kgtool.service.callers import OPERATOR
from kgtool.settings import Settings
from kgtool.store import HistoryStore, PastMatrix
from kgtool.views.generation import Generation, Meta
from kgtool.views.segment import blocks_of, write_segment
from kgtool.wiring import Kgtool, build

SIGNED_IN = "bench.json"  # a file of the workspace: who may see its plan

_COUNTRIES = ("Q34", "Q55", "Q142", "Q183", "Q29", "Q17", "Q30", "Q79", "Q155", "Q414")
_DAYS = 30
_ROWS = 1000  # of the plan
_MAPPING = """
name = "pages"
title = "Pages of a catalogue"
key = "item"
item = "item"
[source]
title = "Catalogue"
[license]
name = "CC0"
[notability]
ground = "works of museums"
[[statements]]
property = "P973"
type = "url"
column = "page"
"""
QIDS = [f"Q{FIRST_PARTNER + number}" for number in range(PARTNERS)]


def workspace(home: Path, items: int) -> None:
    """A workspace of that many items, whose two hundred partners are registered and recorded."""
    tool = build(Settings(home=home))
    with tool.workspace.writing() as stage:
        segments = stage.path / "segments"
        columnar.write(items, segments / "0000")
        lines = (to_json(one) for one in _institutions())
        write_segment(segments / "0001", tool.profile, blocks_of(enumerate(lines, start=1)))
        draft = Generation(
            stage.path, Meta(stage.number, "2026-01-01T00:00:00+00:00", items=items + PARTNERS)
        )
        for view in tool.views():
            if view.name != "graph":  # loaded by those who want it, at this size
                view.build(draft, None, None)
        stage.publish(draft.meta)
    _register(tool)
    (home / SIGNED_IN).write_text(json.dumps(_work(tool, home)), encoding="utf-8")
    tool.close()


def _work(tool: Kgtool, home: Path) -> dict[str, str]:
    """A saved selection, a plan of a thousand rows with its batch, and who may see them."""
    gaps = tool.coverage.gaps(LARGEST, ["P973"], limit=_ROWS)
    ids = [one.id for one in gaps.items]
    chosen = {"kind": "items", "qids": ids}
    tool.saved_selections.save("bench", "Works without a page", chosen, OPERATOR)
    (home / "rows.csv").write_text(
        "item,page\n" + "".join(f"{id},https://example.org/{id}\n" for id in ids), encoding="utf-8"
    )
    (home / "rows.toml").write_text(_MAPPING, encoding="utf-8")
    plan = tool.drafts.plan(home / "rows.csv", str(home / "rows.toml"))
    tool.drafts.keep(plan)
    tool.batches.start(plan)
    secret, _ = tool.accounts.add_token("bench", role="admin", scopes=[], days=1, by=OPERATOR)
    return {"plan": plan.id, "token": secret}


def _institutions() -> Iterator[Item]:
    for number, qid in enumerate(QIDS):
        country = _COUNTRIES[number % len(_COUNTRIES)]
        place = Coordinate(
            -45 + number * 37 % 105,
            -120 + number * 61 % 260,
            0.01,
            "http://www.wikidata.org/entity/Q2",
        )
        values: dict[str, DataValue] = {
            "P31": EntityIdValue(EntityId("Q33506")),
            "P17": EntityIdValue(EntityId(country)),
            "P625": CoordinateValue(place),
            "P1436": QuantityValue(Quantity(f"+{1_000_000 // (number + 1)}")),
        }
        yield Item(
            id=qid,
            labels={
                "en": Term("en", f"Museum of Number {number}"),
                "sv": Term("sv", f"Museum nummer {number}"),
            },
            claims={p: [Statement(Snak("value", p, datavalue=v))] for p, v in values.items()},
        )


def _register(tool: Kgtool) -> None:
    kinds = ("museum", "library", "archive")
    for number, qid in enumerate(QIDS):
        tool.partners.add(
            qid,
            name=None,
            kind=kinds[number % len(kinds)],
            country=_COUNTRIES[number % len(_COUNTRIES)],
            status="active",
            caller=OPERATOR,
        )
        tool.partners.change(qid, OPERATOR, publish=["listed", "status"])
    _record(tool)
    for number in range(100):
        made = tool.requests.make(
            OPERATOR,
            title=f"Request {number}",
            description="Photographs with metadata in a spreadsheet.",
            country=_COUNTRIES[number % len(_COUNTRIES)],
            partner=QIDS[number],
        )
        tool.requests.change(made.id, OPERATOR, publish=["listed", "description", "partner"])


def _record(tool: Kgtool) -> None:
    """A month of states in which a hundred gaps of each partner are closed each day."""
    store = HistoryStore(tool.database)
    now = datetime.datetime.now(datetime.UTC)
    for matrix in tool.coverage.totals(QIDS):
        total = matrix.groups[0]
        missing = tool.coverage.missing(matrix.partner)
        lacking = missing.by_measure.get("P18", [])
        for day in range(_DAYS):
            closed = lacking[100 * day : 100 * day + 100]
            kept = {"items": [missing.items if not day else [], []], "P18": [[], closed]}
            store.add(
                PastMatrix(
                    matrix.partner,
                    now - datetime.timedelta(days=_DAYS - day),
                    "daily",
                    matrix.generation,
                    total.items,
                    {
                        m: (c.missing + 100 * (_DAYS - day), c.share)
                        for m, c in total.measures.items()
                    },
                    kept,
                )
            )
