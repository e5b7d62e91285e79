"""The database: schema and migrations agree, errors are in our words, nothing gets lost."""

from __future__ import annotations

import datetime
import gc
import re
import sqlite3
import threading
from pathlib import Path
from typing import ClassVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from kgtool.errors import Unsure, UsageError, WorkspaceError
from kgtool.store import AuditStore, Database, Event, schema
from kgtool.store.schema import metadata
from tests.conftest import ROOT

NOW = datetime.datetime(2026, 10, 3, tzinfo=datetime.UTC)


def test_migrations_lead_to_the_stated_schema(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_go_both_ways(database: Database) -> None:
    assert database.revisions()[0] is None
    database.upgrade()
    current, newest = database.revisions()
    assert current == newest
    database.downgrade("base")
    with database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == set(metadata.tables) | {
            "alembic_version"
        }, "a database without schema gets one when it is first used"


def test_an_older_schema_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    first = Database("", path)
    with first.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    first.close()
    with pytest.raises(WorkspaceError, match="kgtool db upgrade"):
        _ = Database("", path).engine


def test_sqlite_is_set_up_for_many_readers_and_one_writer(tmp_path: Path) -> None:
    database = Database("", tmp_path / "r.sqlite")
    with database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    database.close()


def test_writers_take_turns_and_lose_nothing(database: Database) -> None:
    row = {"qid": "Q1", "name": "0", "kind": "museum", "status": "active", "published": []}
    with database.begin() as connection:
        connection.execute(schema.partner.insert().values(**row, updated=NOW))

    def count() -> None:
        for _ in range(20):
            with database.begin() as connection:
                n = int(connection.execute(select(schema.partner.c.name)).scalar_one())
                connection.execute(schema.partner.update().values(name=str(n + 1)))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(select(schema.partner.c.name)).scalar_one() == "80"


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.begin() as writer:
        writer.execute(text("UPDATE alembic_version SET version_num = version_num"))
        with database.read() as reader:
            assert reader.execute(text("SELECT count(*) FROM partner")).scalar() == 0


class _Told(sqlite3.Connection):
    """A connection that tells when it is closed, not only left to the garbage collector."""

    closed: ClassVar[list[int]] = []

    def close(self) -> None:
        self.closed.append(id(self))
        super().close()


def test_a_database_that_is_dropped_closes_its_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Python 3.13 wants it, which warns of those that it finds open."""
    connect = sqlite3.dbapi2.connect
    monkeypatch.setattr(
        sqlite3.dbapi2, "connect", lambda *given, **more: connect(*given, factory=_Told, **more)
    )
    _Told.closed.clear()

    def use() -> int:
        with Database("", tmp_path / "r.sqlite").read() as connection:
            return id(connection.connection.driver_connection)

    used = use()
    gc.collect()
    assert used in _Told.closed


def test_a_url_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="KGTOOL_DATABASE_URL"):
        Database("not a url", tmp_path / "x")


def test_a_database_out_of_reach_is_said_without_its_password(tmp_path: Path) -> None:
    database = Database("mysql+pymysql://me:secret@127.0.0.1:1/kgtool", tmp_path / "x")
    with pytest.raises(WorkspaceError) as caught:
        database.upgrade()
    assert "secret" not in str(caught.value)


def test_every_released_version_has_a_schema_to_upgrade_from() -> None:
    """Nothing is released: there is one migration, which is edited in place until then.

    Each release keeps what ``kgtool backup`` made with it as ``released/VERSION.tar.zst``, from
    which this folder's tests then upgrade.
    """
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = set(re.findall(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE))
    kept = {path.name.removesuffix(".tar.zst") for path in Path(__file__).parent.glob("released/*")}
    assert released == kept
    versions = ROOT / "kgtool/store/migrations/versions"
    assert released or len(list(versions.glob("[0-9]*.py"))) == 1


def test_what_is_begun_within_a_transaction_joins_it(database: Database) -> None:
    audit = AuditStore(database)
    event = Event(NOW, "Ann", "tried", "thing", {})
    with pytest.raises(UsageError), audit.together():
        audit.note(event)
        raise UsageError("no")
    assert audit.events() == []
    with audit.together():
        audit.note(event)
        assert audit.events() == [event]
        audit.note(event)
    assert len(audit.events()) == 2
    with pytest.raises(RuntimeError, match="apart from its change"):
        audit.note(event)


def test_a_database_that_goes_away_at_the_very_end_leaves_doubt_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database("", tmp_path / "registry.sqlite")
    audit = AuditStore(database)

    def note(action: str) -> None:
        with audit.together():
            audit.note(Event(NOW, "Ann", action, "thing", {}))

    note("before")
    dialect = database.engine.dialect

    def lost(*_: object) -> None:
        raise sqlite3.OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(dialect, "do_commit", lost)
        patch.setattr(dialect, "is_disconnect", lambda *_: True)
        with pytest.raises(Unsure, match="while this was being kept"):
            note("tried")
    note("after")
    assert {one.action for one in audit.events()} >= {"before", "after"}
    database.close()
