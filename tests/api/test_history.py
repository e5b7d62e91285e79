"""What changed: the page of gaps that opened and closed."""

from __future__ import annotations

import csv
import datetime
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.api.pages.history import moves_since
from kgtool.coverage.trends import Move, Step
from kgtool.entities import to_json
from kgtool.messages import day
from tests.builders import item

DAY = datetime.datetime(2026, 10, 3, tzinfo=datetime.UTC)


def step(days: int, **moves: Move) -> Step:
    at = DAY + datetime.timedelta(days=days)
    return Step(at, "daily", 1, 10, {"P18": 5 - days}, {"P18": 0.5}, moves)


def test_a_gap_that_opened_and_closed_again_did_not_move() -> None:
    steps = [
        step(0, P18=Move(closed=[9])),
        step(1, P18=Move(opened=[1, 2])),
        step(2, P18=Move(closed=[1, 3]), P170=Move(opened=[4])),
    ]
    moved = moves_since(steps, DAY.date() + datetime.timedelta(days=1), {"P18": "image"})
    assert [(m.name, m.closed, m.opened) for m in moved] == [
        ("image", ["Q3"], ["Q2"]),
        ("P170", [], ["Q4"]),
    ]


def test_the_page_names_what_was_closed(app: FastAPI) -> None:
    tool = app.state.kgtool

    def load(*, image: bool) -> None:
        given: dict[str, Any] = {"P18": "Night.jpg"} if image else {}
        museum = item("Q190804", labels={"en": "Rijksmuseum"})
        work = item(
            "Q219831", P31="Q3305213", P195="Q190804", labels={"en": "The Night Watch"}, **given
        )
        lines = [(n, to_json(one)) for n, one in enumerate((museum, work), 1)]
        tool.loading.load(iter(lines), source="test")

    client = TestClient(app)
    load(image=False)
    assert "Nothing has been recorded" in client.get("/partners/Q190804/history").text
    tool.history.record("Q190804", "before-batch")
    load(image=True)
    tool.history.record("Q190804", "after-batch")
    page = client.get("/partners/Q190804/history").text
    assert "1 gap was closed" in page and "The Night Watch" in page
    assert '<svg class="lines"' in page and "The figures" in page
    states = page.split('id="states"', 1)[1]
    assert "after a batch" in states and "image</span> <a" in states and "The Night Watch" in states
    today = datetime.datetime.now(datetime.UTC).date()
    assert f"Gaps on {day('en', today)}" in page or "Gaps from" in page  # at midnight
    assert f"Luckor den {day('sv', today)}" in client.get("/sv/partners/Q190804/history").text
    later = client.get("/partners/Q190804/history?since=2999-01-01").text
    assert "0 gaps were closed" in later
    assert client.get("/partners/Q190804/history?since=x").status_code == 422
    states = client.get("/api/v1/partners/Q190804/history?measure=not  not P18&measure=P18").json()
    assert [list(one["measures"]) for one in states["steps"]] == [["P18"], ["P18"]]
    route = "/api/v1/partners/Q190804/history"
    assert client.get(f"{route}?measure=P18x").status_code == 400
    first = client.get(f"{route}?measure=P18&limit=1").json()
    second = client.get(route, params={"measure": "P18", "after": first["next"]}).json()
    assert [*first["steps"], *second["steps"]] == states["steps"] and second["next"] is None
    table = list(csv.DictReader(client.get("/partners/Q190804/history.csv").text.splitlines()))
    told = [
        (one["reason"], one["missing"], one["closed"]) for one in table if one["measure"] == "P18"
    ]
    assert told == [("before-batch", "1", "0"), ("after-batch", "0", "1")]
    assert "/partners/Q190804/history.csv?since=" in page
    same = client.get(route, headers={"Accept": "text/csv"})
    assert list(csv.DictReader(same.text.splitlines())) == table
    assert client.get("/api/v1/partners/Q999999999/history").status_code == 404
