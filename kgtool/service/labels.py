"""What items are called, in a reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from kgtool.errors import WorkspaceError


class Tables(Protocol):
    """Something that gives a cursor over the columns."""

    def __call__(self) -> Any: ...


class Labels:
    """Labels by the fallback chain: the language, nearer ones, ``mul``, English, any."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def of(self, ids: Iterable[str], chain: tuple[str, ...]) -> dict[str, tuple[str, str]]:
        """Id → label and its language, of those items that are here and have one."""
        numbers = sorted({int(id[1:]) for id in ids})
        if not numbers:
            return {}
        order = [code for code in chain if code != "en"] + ["mul", "en"]
        try:
            cursor = self._tables()
        except WorkspaceError:  # nothing was loaded yet
            return {}
        rows = cursor.execute(
            """
            SELECT item, arg_min(text, place), arg_min(language, place)
            FROM (SELECT item, text, language::VARCHAR AS language,
                         coalesce(list_position(?, language::VARCHAR), 1000) AS place
                  FROM terms WHERE kind = 'L' AND item BETWEEN ? AND ?
                  AND list_contains(?, item))
            GROUP BY item
            """,
            [order, numbers[0], numbers[-1], numbers],
        ).fetchall()
        return {f"Q{item}": (text, language) for item, text, language in rows}

    def search(self, text: str, *, limit: int = 50) -> list[tuple[str, str, str]]:
        """Items whose label begins with *text*, shortest first: id, label, language."""
        begins = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        try:
            cursor = self._tables()
        except WorkspaceError:
            return []
        rows = cursor.execute(
            """
            SELECT item, arg_min(text, length(text)), arg_min(language::VARCHAR, length(text))
            FROM terms WHERE kind <> 'D' AND text ILIKE ? ESCAPE '\\'
            GROUP BY item ORDER BY min(length(text)), item LIMIT ?
            """,
            [begins, limit],
        ).fetchall()
        return [(f"Q{item}", label, language) for item, label, language in rows]
