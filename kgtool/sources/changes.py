"""What changed on a wiki since a point in time: recent changes, or revisions compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from kgtool.errors import RemoteError
from kgtool.messages.words import Words
from kgtool.sources.wikibase import Wikibase, batches

_FORM = "%Y-%m-%dT%H:%M:%SZ"
# Changes reach the list a little after they are made, and clocks differ.
_OVERLAP = timedelta(seconds=60)


class Changes:
    """Finds out which of known entities differ on the wiki."""

    def __init__(self, wiki: Wikibase) -> None:
        self._wiki = wiki

    def now(self) -> datetime:
        """The wiki's own time."""
        for part in self._wiki.query(meta="siteinfo"):
            try:
                return _time(part["general"]["time"])
            except (KeyError, TypeError, ValueError):
                break
        raise RemoteError(Words("error-wiki-time"), hint=Words("error-is-it-wikibase"))

    def stale(self, known: Mapping[str, int], since: datetime | None) -> set[str]:
        """Those of ``known`` (id → revision here) that changed, were deleted or merged.

        Recent changes are read where they reach back to ``since`` and that takes no more requests
        than comparing the revisions of all that is known, which is done otherwise.
        """
        if not known:
            return set()
        if since is not None and self._reaches(since):
            changed = self._read(known, since, limit=len(known) // 50 + 1)
            if changed is not None:
                return changed
        return self._compared(known)

    def _reaches(self, since: datetime) -> bool:
        """Whether recent changes go back that far; a wiki forgets them after a time."""
        parts = self._wiki.query(
            list="recentchanges", rcdir="newer", rclimit="1", rcprop="timestamp"
        )
        oldest = next(parts).get("recentchanges", [])
        return bool(oldest) and _time(oldest[0]["timestamp"]) <= since

    def _read(self, known: Mapping[str, int], since: datetime, limit: int) -> set[str] | None:
        """What changed, or None where it takes more than ``limit`` requests to know."""
        changed: set[str] = set()
        parts = self._wiki.query(
            list="recentchanges",
            rcdir="newer",
            rcstart=(since - _OVERLAP).strftime(_FORM),
            rcprop="title|ids|loginfo",
            rctype="edit|new|log",
            rclimit="max",
        )
        for number, part in enumerate(parts):
            if number == limit:
                return None
            for change in part.get("recentchanges", []):
                id = str(change.get("title", "")).rpartition(":")[2]
                # Of the logs only deletions matter: entities cannot be moved or imported.
                logged = change.get("logtype") == "delete"
                if id in known and (logged or int(change.get("revid", 0)) > known[id]):
                    changed.add(id)
        return changed

    def _compared(self, known: Mapping[str, int]) -> set[str]:
        changed: set[str] = set()
        for batch in batches(known):
            now = self._wiki.revisions(batch)
            changed |= {id for id in batch if now.get(id) != known[id]}
        return changed


def _time(text: str) -> datetime:
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
