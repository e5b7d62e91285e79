"""A generation's columns as DuckDB views: ``claims``, ``terms`` and the other TABLES."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import numpy as np

from kgtool.views.columns import OUTSIDE_SUBCLASS, TABLES
from kgtool.views.generation import Generation
from kgtool.views.kept import PROPERTIES


def connect(generation: Generation, *, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that sees one view for each of TABLES and can read nothing but this generation.

    One connection serves one thread at a time; ``.cursor()`` gives another cheaply.
    """
    connection = duckdb.connect(":memory:")
    if threads:
        connection.execute(f"SET threads = {int(threads)}")
    for segment in generation.segments:
        dead = generation.dead(segment)
        if dead is not None:
            items = (dead[dead < PROPERTIES]).astype(np.uint32)
            connection.execute(
                f"CREATE TABLE dead_{segment.name} AS SELECT unnest(?) AS item", [items.tolist()]
            )
    for name, schema in TABLES.items():
        parts = [
            f"SELECT * FROM read_parquet({_quoted(segment / 'columns' / f'{name}.parquet')})"
            + (
                f" WHERE item NOT IN (SELECT item FROM dead_{segment.name})"
                if generation.dead(segment) is not None
                else ""
            )
            for segment in generation.segments
        ]
        if not parts:
            connection.register(f"empty_{name}", schema.empty_table())
            parts = [f"SELECT * FROM empty_{name}"]
        if name == "subclass":
            parts += _outside(generation)
        connection.execute(f"CREATE VIEW {name} AS {' UNION ALL '.join(parts)}")
    folder = _quoted(generation.path)
    connection.execute(f"SET allowed_directories = [{folder}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


class Tables:
    """The columns of a generation, connected to when they are first asked for."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._guard = threading.Lock()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for the calling thread alone."""
        with self._guard:
            if self._connection is None:
                self._connection = connect(self._generation)
            return self._connection.cursor()


def _outside(generation: Generation) -> list[str]:
    for segment in reversed(generation.segments):
        path = segment / "columns" / OUTSIDE_SUBCLASS
        if path.exists():
            # What an entity itself says counts more.
            return [
                f"SELECT * FROM read_parquet({_quoted(path)})"
                " WHERE item NOT IN (SELECT item FROM items)"
            ]
    return []


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
