"""Gold sets of any kind: those that nobody has seen are answered, and what is wrong is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgtool.bench.reconcile import run
from kgtool.errors import InputError
from kgtool.reconcile.gold import read_gold
from kgtool.settings import Settings

HEAD = (
    "query_id,query,lang,kind,entity_type,begin_year,end_year,nationality,country,other_ids,qid,"
    "in_kb,in_other_kb,difficulty,namesakes"
)
KB = [
    {"id": "Q900000101", "labels": {"de": "Stadtarchiv Musterstadt"}, "ids": {"P791": "DE-Mus1"}},
    {"id": "Q900000102", "labels": {"de": "Staatsarchiv Musterstadt"}, "country": ["DE"]},
    {"id": "Q900000103", "labels": {"ar": "نجيب محفوظ"}, "types": ["Q5"], "begin": 1911},
    {"id": "Q900000105", "labels": {"en": "Springfield"}, "ids": {"P625": "39.79,-89.64"}},
    {"id": "Q900000106", "labels": {"en": "Springfield"}, "ids": {"P625": "42.1,-72.59"}},
    {"id": "Q900000107", "labels": {}},
    {"id": "Q900000108", "labels": {"en": "Julius Caesar"}, "begin": -100, "end": -44},
]
ROWS = [
    "1,Stadtarchiv Musterstadt,de,display,archive,,,,DE,P791=DE-Mus1,Q900000101,1,0,exact,0",
    '2,"Musterstadt, Staatsarchiv",de,display,archive,,,,DE,,Q900000102,1,0,fold,0',
    "3,Naguib Mahfouz,en,translit,person,c. 1911,2006,Egyptian,,,Q900000103,1,0,none,0",
    '4,Springfield,en,display,place,,,,,"P625=42.1,-72.59",Q900000106,1,0,exact,1',
    "5,Caesar,en,display,person,-100,-44,,,,Q900000108,1,0,partial,0",
    "6,Atlantis,en,display,,,,,,,,0,0,nil,0",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("gold", "kb"):
        (tmp_path / name).mkdir()
    lines = [json.dumps(one, ensure_ascii=False) for one in KB]
    (tmp_path / "kb" / "some.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def written(folder: Path, *rows: str) -> Path:
    gold = folder / "gold"
    (gold / "some.csv").write_text("\ufeff" + "\n".join([HEAD, *rows]), encoding="utf-8")
    return gold


def test_sets_of_another_kind_are_answered(folder: Path) -> None:
    # Archives, another script, coordinates, years before the era; no classes, and a byte order
    # mark as spreadsheets write it.
    report = run(Settings(home=folder), gold=written(folder, *ROWS), kb=folder / "kb")
    ways = report.more["sets"]["some"]
    assert ways["name"]["all"]["n"] == 5
    assert ways["+ids"]["all"]["top1"] == 1.0  # the coordinates choose between the namesakes
    assert ways["+ids"]["auto_precision"] == 1.0
    assert set(ways["name"]) >= {"exact", "fold", "partial", "none", "auto_recall", "nil_f1"}


@pytest.mark.parametrize(
    ("text", "told"),
    [("short,row", "line 3: there are fewer cells"), ("", "no gold set")],
)
def test_what_is_wrong_with_a_set_is_told(folder: Path, text: str, told: str) -> None:
    gold = written(folder, ROWS[0], text) if text else folder / "gold"
    with pytest.raises(InputError, match=told):
        read_gold(gold)


def test_a_column_that_is_missing_is_named(folder: Path) -> None:
    (folder / "gold" / "some.csv").write_text("query_id,query\n1,x\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2: the column 'other_ids' is missing"):
        read_gold(folder / "gold")
