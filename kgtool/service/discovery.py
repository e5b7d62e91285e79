"""Institutions in the workspace that may be partners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct

from kgtool.entities import Profile
from kgtool.partners import partner as rules


class Candidate(Struct, frozen=True):
    """An institution in the workspace that may be a partner."""

    qid: str
    label: str
    country: str | None
    isil: str


class Tables(Protocol):
    """Something that runs SQL over the columns."""

    def __call__(self) -> Any: ...


class Discovery:
    """Looks through the columns; changes nothing."""

    def __init__(
        self, profile: Profile, tables: Tables, below: Callable[[list[int]], list[int]]
    ) -> None:
        """``below`` gives classes with all their subclasses, as numbers."""
        self._profile = profile
        self._tables = tables
        self._below = below

    def candidates(
        self,
        *,
        project: str | None = None,
        country: str | None = None,
        kind: str | None = None,
        limit: int = 500,
    ) -> list[Candidate]:
        """Institutions in the workspace that may be partners, by label.

        Those with a content partnership category (P8464) or an ISIL (P791); with *project*, those
        on that project's focus list (P5008); with *kind*, only those of that class or a subclass.
        """
        roles = self._profile.properties
        wanted = [roles.focus_list] if project else [roles.partnership_category, roles.isil]
        numbers = [int(p[1:]) for p in wanted if p]
        classes = self._below([int(rules.qid(kind)[1:])]) if kind else []
        rows = (
            self._tables()
            .execute(
                """
            SELECT c.item, any_value(t.text), any_value(n.value_item), any_value(i.value)
            FROM (SELECT DISTINCT item FROM claims WHERE truthy AND kind = 0
                  AND list_contains(?, property)
                  AND (? IS NULL OR value_item = ?)
                  AND (len(?) = 0 OR item IN (
                      SELECT item FROM claims WHERE truthy AND property = ?
                      AND list_contains(?, value_item)))) c
            LEFT JOIN terms t ON t.item = c.item AND t.kind = 'L' AND t.language IN ('en', 'mul')
            LEFT JOIN claims n ON n.item = c.item AND n.truthy AND n.property = ?
            LEFT JOIN claims i ON i.item = c.item AND i.truthy AND i.property = ?
            GROUP BY c.item
            HAVING ? IS NULL OR list_contains(list(n.value_item), ?)
            ORDER BY 2 NULLS LAST, 1 LIMIT ?
            """,
                [
                    numbers,
                    *([int(rules.qid(project)[1:])] * 2 if project else [None, None]),
                    classes,
                    _number(roles.instance_of),
                    classes,
                    _number(roles.country),
                    _number(roles.isil),
                    *([int(rules.qid(country)[1:])] * 2 if country else [None, None]),
                    limit,
                ],
            )
            .fetchall()
        )
        return [
            Candidate(
                qid=f"Q{item}",
                label=label or f"Q{item}",
                country=f"Q{of}" if of else None,
                isil=isil or "",
            )
            for item, label, of, isil in rows
        ]

    def parts(self, qid: str) -> list[str]:
        """QIDs in the workspace that say they are part of an institution (P361), in order."""
        part_of = self._profile.properties.part_of
        rows = self._tables().execute(
            "SELECT DISTINCT item FROM claims WHERE truthy AND property = ? AND value_item = ? "
            "ORDER BY item LIMIT 1000",
            [_number(part_of), int(rules.qid(qid)[1:])],
        )
        return [f"Q{item}" for (item,) in rows.fetchall()]

    def label(self, qid: str) -> str | None:
        """An item's label, in English where it has one; none if it was never loaded."""
        row = (
            self._tables()
            .execute(
                "SELECT text FROM terms WHERE item = ? AND kind = 'L' "
                "ORDER BY language = 'en' DESC, language = 'mul' DESC, language LIMIT 1",
                [int(qid[1:])],
            )
            .fetchone()
        )
        return None if row is None else row[0]


def _number(property: str) -> int:
    return int(property[1:]) if property else 0
