"""What items are called, in a reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from kgtool.entities.language import fallback
from kgtool.errors import WorkspaceError
from kgtool.views import labels as view
from kgtool.views.snapshot import Snapshots


class Labels:
    """Labels of items in the current generation; none where nothing was loaded yet."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    def of(self, ids: Iterable[str], language: str) -> dict[str, tuple[str, str]]:
        """Id → label and its language, of those items that have one; by fallback and ``mul``."""
        wanted = list(dict.fromkeys(ids))
        try:
            labels = self._snapshots.current().once(view.Labels.open)
        except WorkspaceError:
            return {}
        found = labels.spoken([int(id[1:]) for id in wanted], fallback(language))
        return {id: one for id, one in zip(wanted, found, strict=True) if one[1]}

    def search(self, text: str, *, limit: int = 50) -> list[tuple[str, str, str]]:
        """Items that are called *text*…, shortest first: id, label or alias, its language."""
        begins = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        try:
            cursor = self._snapshots.current().tables()
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
