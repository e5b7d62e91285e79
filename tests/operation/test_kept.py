"""Nothing is kept of which it is not stated why, until when, and whether people stand in it."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, Integer, LargeBinary, Table, delete, insert, select

from kgtool.service.kept_files import KINDS, kind_of, searched
from kgtool.store import Database, PersonStore, Seal
from kgtool.store.kinds import Moment
from kgtool.store.personal import PERSONAL, Personal
from kgtool.store.schema import metadata
from kgtool.wiring import Kgtool
from tests.conftest import ROOT

NAME = "Ann Lind"
NOW = datetime.datetime(2026, 10, 3, tzinfo=datetime.UTC)


def personal(kinds: set[str]) -> list[Personal]:
    return [field for field in PERSONAL if field.kind in kinds]


def row(table: Table, seal: Seal, named: Personal | None) -> dict[str, Any]:
    """A row in which somebody is named in one field; every other field holds something else."""
    return {column.name: value(table, column, seal, named) for column in table.columns}


def value(table: Table, column: Any, seal: Seal, named: Personal | None) -> Any:
    here = named is not None and (named.table, named.column) == (table.name, column.name)
    said = NAME if here else "x"
    sealed = [one for one in PERSONAL if one.at is column and one.kind == "sealed"]
    match column.type:
        case Integer():
            return 1
        case Boolean():
            return False
        case Moment():
            return NOW
        case Date():
            return NOW.date()
        case LargeBinary():
            return seal.close(f"to {said}") if sealed else b"x"
        case JSON():
            return {"a": [f"by {said}, and"]} if here else []
        case _ if here and named is not None and named.kind in ("prose", "owned"):
            return f"ask {said}"
    return said


def everything(database: Database) -> str:
    """All that stands in a database, what is encrypted as it was."""
    with database.read() as connection:
        return repr(
            {
                table.name: connection.execute(select(table)).all()
                for table in metadata.sorted_tables
            }
        )


@pytest.fixture(scope="module")
def seal() -> Seal:
    return Seal(Seal.new_key())


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database("", tmp_path_factory.mktemp("kept") / "registry.sqlite")
    yield made
    made.close()


@pytest.mark.parametrize(
    "field",
    personal({"account", "name", "sealed", "prose", "owned"}),
    ids=lambda field: f"{field.table}.{field.column}",
)
def test_whoever_is_forgotten_goes_from_every_field(
    database: Database, seal: Seal, field: Personal
) -> None:
    with database.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
        for table in metadata.sorted_tables:
            connection.execute(insert(table).values(row(table, seal, field)))
    people = PersonStore(database, seal)
    assert set(people.find(NAME)) >= {field.table}
    people.forget(NAME, "(forgotten)")
    assert people.find(NAME) == {}
    assert NAME not in everything(database)
    if field.kind == "account":
        with database.read() as connection:
            assert connection.execute(select(metadata.tables["session"])).all() == []


@pytest.mark.long
def test_every_file_of_a_full_workspace_is_of_a_stated_kind(tool: Kgtool, tmp_path: Path) -> None:
    home = tool.settings.home
    backup = tool.backups.make(tmp_path / "backups", entities=True)
    tool.worker().drain()
    assert stray(home) == []
    tool.backups.restore(backup, replace=True, forget_again=tool.people.take_out_again)
    assert stray(home) == []


def stray(home: Path) -> list[str]:
    """Files of a workspace that are of no stated kind."""
    files = (path.relative_to(home) for path in home.rglob("*") if path.is_file())
    return [str(path) for path in files if kind_of(path) is None]


def named_below_home() -> Iterator[tuple[str, str]]:
    """Where the code writes ``home / "name"``: the file, and the name."""
    elsewhere = {"bench", "sandbox"}  # their folders are no workspaces
    for folder in (ROOT / "kgtool", ROOT / "api"):
        for path in sorted(folder.rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if "home /" not in text or elsewhere & set(path.parts):
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                    left = ast.unparse(node.left)
                    if left.rpartition(".")[2] in ("home", "_home"):
                        yield str(path.relative_to(ROOT)), ast.unparse(node.right).strip("'\"")


def test_nothing_is_named_in_a_workspace_that_is_not_stated() -> None:
    constants = {
        "_REVISIONS": "revisions.sqlite",
        **{"FORGOTTEN": "forgotten.json", "FILE": "forgotten.json"},
        **{"_UNFINISHED": "restore.unfinished", "_WHERE": "backups.json"},
        "name": "plans",  # the folders of a backup, one by one
        "folder": "plans",
    }
    found = list(named_below_home())
    assert len(found) > 25
    for where, name in found:
        first = constants.get(name, name)
        known = kind_of(PurePath(first)) or any(
            one.pattern.startswith(f"{first}/") for one in KINDS
        )
        assert known, f"{where} names {name} in the workspace: state it in service/kept_files.py"


def test_what_may_name_people_is_searched() -> None:
    assert all(kind.purpose and kind.kept for kind in KINDS)
    assert set(searched()) == {"plans/*", "plans/wanted/*", "batches/*/*", "answers/*"}
