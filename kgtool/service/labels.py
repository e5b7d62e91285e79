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
