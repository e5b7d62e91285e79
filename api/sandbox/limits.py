"""Rate limits: how often an account edits and creates."""

from __future__ import annotations

import threading
from collections import deque

from .accounts import User
from .answers import ApiError, Message, failed_save
from .rules import Limit, Rules
from .store import Store


class Limits:
    """Counts what each account does, in memory."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self.rules = rules
        self._hits: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def edit(self, user: User) -> None:
        """Count an edit.

        :raises ApiError: there were too many.
        """
        if not self._count("edit", user, self.rules.edits):
            text = "Too many edits in a short time. Wait a while."
            raise failed_save("actionthrottledtext", [], text, also="ratelimited")

    def creation(self, user: User) -> None:
        """Count that a new id is given out.

        :raises ApiError: there were too many.
        """
        if not self._count("create", user, self.rules.creations):
            text = "Too many new entities in a short time. Wait a while."
            code = "no-automatic-entity-id"
            raise ApiError(code, text, Message(f"wikibase-api-{code}", [], text))

    def refused_creation(self, user: User) -> None:
        """Count what a creation costs that was refused after its id was given out."""
        for _ in range(self.rules.refused_creation_cost - 1):
            self._count("create", user, self.rules.creations)

    def forget(self) -> None:
        """Start to count anew."""
        with self._lock:
            self._hits.clear()

    def _count(self, action: str, user: User, limit: Limit | None) -> bool:
        if limit is None or user.may("noratelimit"):
            return True
        now = self._store.clock()
        with self._lock:
            hits = self._hits.setdefault((action, user.name), deque())
            while hits and hits[0] <= now - limit.seconds:
                hits.popleft()
            hits.append(now)
            return len(hits) <= limit.hits
