"""One database: connections, errors in our words, migrations."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from kgtool.disk import is_full, is_shared
from kgtool.errors import Busy, DiskFull, Unsure, UsageError, WorkspaceError
from kgtool.messages.words import Words


class Database:
    """A database by URL; an empty URL means SQLite at *path*. Connects when first used."""

    def __init__(self, url: str, path: Path) -> None:
        self._path = path
        self._begun: ContextVar[Connection | None] = ContextVar("begun", default=None)
        try:
            self.url = make_url(url or f"sqlite:///{path}")
        except ArgumentError:
            raise UsageError(
                "KGTOOL_DATABASE_URL is not the URL of a database.",
                hint="For example: postgresql+psycopg://name@host/kgtool",
            ) from None

    @cached_property
    def engine(self) -> Engine:
        """The engine, with its schema brought up to date if the database is new.

        :raises WorkspaceError: the database cannot be reached, or is not of this version.
        """
        engine = self._connectable
        with self._explained():
            current, newest = self._revisions(engine)
            if current is None:
                self._migrate(engine, "head")
            elif current != newest:
                raise WorkspaceError(
                    Words("error-database-schema", (current, newest)),
                    operator=Words("operator-run", ("kgtool db upgrade",)),
                )
        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the database, which waits for no writer.

        Within a transaction it is that transaction's.

        :raises WorkspaceError: the database cannot be reached.
        """
        if (outer := self._begun.get()) is not None:
            yield outer
            return
        with self._explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: kept at the end of the block, undone when the block raises.

        One that is begun within another joins it: both are kept, or neither.

        :raises Busy: another process holds the database for longer than we wait.
        :raises WorkspaceError: the database cannot be reached; nothing was kept.
        :raises Unsure: it went away at the very end; perhaps all was kept.
        """
        if (outer := self._begun.get()) is not None:
            yield outer
            return
        writing = self.engine.execution_options(kgtool_writes=True)
        with self._explained(), writing.connect() as connection, _turn(connection):
            ending = False
            token = self._begun.set(connection)
            try:
                with connection.begin():
                    yield connection
                    ending = True
            except DBAPIError as error:
                if ending and error.connection_invalidated:
                    raise Unsure(
                        Words("error-database-unsure"),
                        hint=Words("error-see-there"),
                    ) from error
                raise
            finally:
                self._begun.reset(token)

    @property
    def begun(self) -> bool:
        """Whether a transaction goes on here: what is kept now joins it."""
        return self._begun.get() is not None

    def upgrade(self, to: str = "head") -> None:
        """Bring the schema to revision *to*; the newest by default."""
        with self._explained():
            self._migrate(self._connectable, to)

    def downgrade(self, to: str) -> None:
        """Take the schema back to revision *to* (``base`` for nothing)."""
        with self._explained():
            self._migrate(self._connectable, to, down=True)

    def revisions(self) -> tuple[str | None, str]:
        """The revision that the database has (``None``: it is empty) and the newest there is."""
        with self._explained():
            return self._revisions(self._connectable)

    def exists(self) -> bool:
        """Whether there is a database; of one on a server it is assumed."""
        path = self.url.database
        return self.url.get_backend_name() != "sqlite" or bool(path and Path(path).exists())

    @property
    def written(self) -> set[str]:
        """How messages, ours and drivers', write where it is."""
        host = str(self.url.host or "")
        ours = {self.url.render_as_string(hide_password=True), f"{host}:{self.url.port}"}
        if self.url.get_backend_name() == "sqlite":
            ours.add(str(self.url.database or ""))
        elif "." in host:  # a bare word may be any word of a sentence
            ours.add(host)
        return ours - {"", ":None"}

    def check(self) -> str:
        """The revision of a database that answers.

        :raises WorkspaceError: it does not, or is not of this version.
        """
        with self.read() as connection:
            found: str = connection.exec_driver_sql(
                "SELECT version_num FROM alembic_version"
            ).scalar_one()
        return found

    def damage(self) -> str:
        """What SQLite finds broken in its file; empty where it is whole or on a server."""
        if self.url.get_backend_name() != "sqlite":
            return ""
        with self.read() as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(5)").scalars().first())
        return "" if found == "ok" else f"the file is damaged: {found}"

    def compact(self) -> None:
        """Leave nothing of deleted rows in the file; other databases see to it by themselves."""
        if self.url.get_backend_name() != "sqlite":
            return
        with self._explained(), self._connectable.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            connection.rollback()
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close what is open."""
        if "_connectable" in self.__dict__:
            self._connectable.dispose()

    @cached_property
    def _connectable(self) -> Engine:
        """The engine, whatever schema there is."""
        engine = self._made()
        # Who drops a database without closing it leaves no connection open either.
        weakref.finalize(self, engine.dispose)
        return engine

    def _made(self) -> Engine:
        if self.url.get_backend_name() == "sqlite":
            if self.url.database:
                folder = Path(self.url.database).parent
                if is_shared(folder):
                    raise WorkspaceError(
                        f"{folder} is on a disk that machines share, where SQLite loses data.",
                        operator=Words("operator-database-server", ("KGTOOL_DATABASE_URL",)),
                    )
                folder.mkdir(parents=True, exist_ok=True)
            engine = create_engine(self.url, connect_args={"timeout": 10})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        try:
            return create_engine(self.url, pool_pre_ping=True, pool_recycle=1800)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise UsageError(
                f"There is no driver for this database: {error}.",
                hint="For PostgreSQL: pip install 'kgtool[postgresql]'",
            ) from None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            where = self.url.render_as_string(hide_password=True)
            if "database is locked" in str(error.orig):
                raise Busy(Words("error-database-busy"), hint=Words("error-try-again")) from error
            if is_full(error):
                raise DiskFull(
                    Words("error-database-full"),
                    operator=Words("operator-space-for", (where,)),
                ) from error
            raise WorkspaceError(
                Words("error-database-unused", (str(error.orig),)),
                operator=Words("operator-database", (where, "KGTOOL_DATABASE_URL")),
            ) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise WorkspaceError(Words("error-database-lost")) from error
            raise

    def _config(self, folder: Path) -> Any:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        return config

    def _revisions(self, engine: Engine) -> tuple[str | None, str]:
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        with as_file(files("kgtool.store") / "migrations") as folder:
            newest = ScriptDirectory.from_config(self._config(folder)).get_current_head()
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        assert newest is not None
        return current, newest

    def _migrate(self, engine: Engine, to: str, *, down: bool = False) -> None:
        from alembic import command

        with as_file(files("kgtool.store") / "migrations") as folder:
            config = self._config(folder)
            # Two processes that start together take turns; the second finds nothing to do.
            with engine.execution_options(kgtool_writes=True).begin() as connection:
                config.attributes["connection"] = connection
                (command.downgrade if down else command.upgrade)(config, to)


def number_of(inserted: CursorResult[Any]) -> int:
    """The number that the database gave to a row that was inserted."""
    assert inserted.inserted_primary_key is not None  # one row, and no text of SQL
    return int(inserted.inserted_primary_key[0])


@contextmanager
def _turn(connection: Connection) -> Iterator[None]:
    """Writers take turns on every database, as they do on SQLite: what is read stays true.

    The registry is written by people, a few times a minute at most.
    """
    match connection.dialect.name:
        case "postgresql":
            take, give = "SELECT pg_advisory_lock(727471)", "SELECT pg_advisory_unlock(727471)"
        case "mysql" | "mariadb":
            take, give = "SELECT GET_LOCK('kgtool', 10)", "SELECT RELEASE_LOCK('kgtool')"
        case _:
            yield
            return
    if connection.exec_driver_sql(take).scalar() == 0:
        raise Busy(Words("error-database-busy"), hint=Words("error-try-again"))
    connection.commit()
    try:
        yield
    finally:
        try:
            connection.exec_driver_sql(give)
            connection.commit()
        except DBAPIError:  # what was kept is kept; the turn goes with its connection
            connection.invalidate()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # We say BEGIN ourselves (below): the driver's own would come too late for consistent reads.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its place in the queue at once; if it read first, another could get between.
    writes = connection.get_execution_options().get("kgtool_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
