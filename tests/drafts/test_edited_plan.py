"""A plan file that a person has edited: what is meant is done, what is wrong is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgtool.drafts import (
    Complete,
    Draft,
    MemoryWorld,
    Plan,
    plan_bytes,
    plan_rows,
    read_plan,
    write_plan,
)
from kgtool.entities import load_profile
from kgtool.errors import InputError
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
SOURCE = [[snak("P854", "https://example.org/1")]]
STANDING = [item(f"Q90000000{n}", statement("P217", "old"), labels={"en": "x"}) for n in (1, 2)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A plan: a and b to be created, c to be completed, d in conflict."""
    rows = plan_rows(
        [
            Draft("a", 1, item("", labels={"en": "first"})),
            Draft("b", 2, item("", labels={"en": "second"})),
            Draft("c", 3, item("Q900000001", labels={"sv": "tredje"})),
            Draft("d", 4, item("Q900000002", statement("P217", "new", references=SOURCE))),
        ],
        MemoryWorld(STANDING),
        WIKIDATA,
    )
    plan = Plan(id="0" * 12, title="t", wiki="w", made="2026", summary="s", rows=rows)
    write_plan(plan.sealed(), tmp_path / "plan.json")
    return tmp_path / "plan.json"


def _edit(path: Path, change: Callable[[Any], object]) -> None:
    raw = json.loads(path.read_bytes())
    change(raw)
    path.write_text(json.dumps(raw, indent=2), encoding="utf-8")


def _set(raw: Any, *way: Any) -> None:
    *names, last, value = way
    for name in names:
        raw = raw[name]
    raw[last] = value


def _draft_of_another_row(raw: Any) -> None:
    _set(raw, "rows", 0, "key", "z")
    _set(raw, "rows", 0, "draft", "key", "z")
    _set(raw, "rows", 0, "place", 2)


def _row_of_another_plan(raw: Any) -> None:
    """Whole in its own plan, where it had a place and a key that are free in this one."""
    world = MemoryWorld()
    drafts = [Draft(key, 1, item("", labels={"en": key})) for key in "vwxyz"]
    rows = plan_rows(drafts, world, WIKIDATA)
    other = Plan(id="9" * 12, title="t", wiki="w", made="2026", summary="s", rows=rows).sealed()
    raw["rows"].append(json.loads(plan_bytes(other))["rows"][4])


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (("rows", 0, "outcom", "create"), "unknown field `outcom`"),
        (("rows", 0, "outcome", "make"), "Invalid value 'make'"),
        (("aproval", "https://example.org"), "unknown field `aproval`"),
        (("rows", 2, "item", None), "Expected `str`, got `null`"),
        (("rows", 3, "outcome", "complete"), "row “d” is not as it was checked"),
        (
            ("rows", 0, "draft", "wanted", "labels", "en", "value", "other"),
            "row “a” is not as it was checked",
        ),
        (("rows", 2, "diff", "labels", "sv", "annat"), "row “c” is not as it was checked"),
        (("rows", 2, "item", "Q5"), "row “c” is not as it was checked"),
        (("rows", 2, "revision", 9), "row “c” is not as it was checked"),
        (("rows", 0, "key", "A"), "the row “A” holds the draft of “a”"),
        ((lambda raw: raw["rows"].append(raw["rows"][0]),), "two rows with the key “a”"),
        ((_draft_of_another_row,), "row “z” is not as it was checked in this plan"),
        ((_row_of_another_plan,), "row “z” is not as it was checked in this plan"),
        (("id", "1" * 12), "row “a” is not as it was checked in this plan"),
        (("rows", 3, "draft", "many", ["P217"]), "row “d” is not as it was checked"),
        (("rows", 0, "place", 7), "row “a” is not as it was checked"),
    ],
)
def test_what_would_not_be_as_it_was_checked_is_named_and_the_file_stays(
    way: tuple[Any, ...], told: str, path: Path
) -> None:
    _edit(path, way[0] if callable(way[0]) else lambda raw: _set(raw, *way))
    before = path.read_bytes()
    with pytest.raises(InputError, match=told):
        read_plan(path)
    assert path.read_bytes() == before


def test_rows_may_be_left_out_and_put_in_another_order(path: Path) -> None:
    _edit(path, lambda raw: raw["rows"].pop(0))
    _edit(path, lambda raw: raw["rows"].reverse())
    plan = read_plan(path)
    assert [(row.key, row.place) for row in plan.rows] == [("d", 4), ("c", 3), ("b", 2)]
    assert isinstance(plan.rows[1], Complete)


def test_the_head_may_be_changed(path: Path) -> None:
    _edit(path, lambda raw: _set(raw, "approval", "https://example.org/approved"))
    _edit(path, lambda raw: _set(raw, "summary", "better words"))
    plan = read_plan(path)
    assert (plan.approval, plan.summary) == ("https://example.org/approved", "better words")
