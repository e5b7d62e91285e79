"""Atoms answered from the columns: one SQL statement each, values bound, for all items at once.

In the scope *truthy*, statements of best rank count; in *any*, all but deprecated ones. An item has
``P18`` if a statement has a value; else its value is unknown if one has an unknown value; else it
is said to have none. Qualifiers are told apart in the same way; other atoms hold or do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import duckdb
import numpy as np

from kgtool.coverage.measures import (
    Atom,
    Conforms,
    HasGoodReference,
    HasProperty,
    HasQualifier,
    HasReference,
    HasSitelink,
    HasTerm,
    HasValue,
)
from kgtool.entities.profile import Profile
from kgtool.entities.scripts import letters
from kgtool.errors import UsageError
from kgtool.views.classes import Classes, Numbers
from kgtool.views.cube import Answer
from kgtool.views.membership import number

Rank: TypeAlias = Literal["truthy", "any"]
RANKS: tuple[Rank, ...] = get_args(Rank)
SCOPES: dict[Rank, str] = {"truthy": "c.truthy", "any": "c.rank > 0"}

# Items that conform to a shape, or have nothing to mend at one of its properties.
Conforming = Callable[[str, str], Numbers]


@dataclass(frozen=True, slots=True)
class Barred:
    """Why a property cannot be filled now: for ``P18``, that the work is in copyright.

    That is: P6216 says copyrighted, in the configured jurisdiction or without naming one (P1001),
    or P6500 stands.
    """

    property: str

    def __str__(self) -> str:
        return f"barred:{self.property}"


class Columns:
    """Answers atoms from the tables of one generation."""

    def __init__(
        self,
        tables: Callable[[], duckdb.DuckDBPyConnection],
        classes: Classes,
        profile: Profile,
        conforming: Conforming | None = None,
    ) -> None:
        self._tables = tables
        self._classes = classes
        self._profile = profile
        self._conforming = conforming

    def answer(self, atom: Atom | Barred, rank: Rank = "truthy") -> Answer:
        """The items that have something of an atom, sorted, with their states.

        What names ``@partner`` has no answer of its own: see :meth:`qualifier_values`.

        :raises UsageError: a shape was asked for and shapes cannot be checked here.
        """
        if isinstance(atom, Conforms):
            if self._conforming is None:
                raise UsageError(f"“{atom}” cannot be measured here: no shapes are at hand.")
            items = np.unique(self._conforming(atom.shape, atom.property))
            return Answer(items, np.full(len(items), 3, dtype=np.uint8))
        text, values = self._statement(atom, SCOPES[rank])
        found = self._tables().execute(text, values).fetchnumpy()
        items = np.asarray(found["item"], dtype=np.uint32)
        order = np.argsort(items, kind="stable")
        return Answer(items[order], np.asarray(found["state"], dtype=np.uint8)[order])

    def qualifier_values(self, atom: HasQualifier, rank: Rank) -> tuple[Numbers, Numbers]:
        """Items and the items that such a qualifier of theirs names, no pair twice."""
        found = (
            self._tables()
            .execute(
                f"""SELECT DISTINCT c.item, q.value_item AS value
                    FROM claims c JOIN qualifiers q USING (item, statement)
                    WHERE c.property = $property AND q.property = $qualifier
                      AND {SCOPES[rank]} AND q.value_item IS NOT NULL""",
                {"property": number(atom.property), "qualifier": number(atom.qualifier)},
            )
            .fetchnumpy()
        )
        return (
            np.asarray(found["item"], dtype=np.uint32),
            np.asarray(found["value"], dtype=np.uint32),
        )

    def _statement(self, atom: Atom | Barred, scope: str) -> tuple[str, dict[str, Any]]:
        claims = f"FROM claims c WHERE c.property = $property AND {scope}"
        qualified = f"""FROM claims c JOIN qualifiers q USING (item, statement)
            WHERE c.property = $property AND q.property = $qualifier AND {scope}"""
        held = "SELECT DISTINCT c.item, 3 AS state "
        match atom:
            case HasProperty(property=property):
                return (
                    f"SELECT c.item, 3 - min(c.kind) AS state {claims} GROUP BY c.item",
                    {"property": number(property)},
                )
            case HasValue(property=property, item=item, below=True):
                return (
                    f"{held}{claims} AND c.value_item IN (SELECT unnest($items))",
                    {
                        "property": number(property),
                        "items": self._classes.below([number(item)]).tolist(),
                    },
                )
            case HasValue(property=property, item=item):
                return (
                    f"{held}{claims} AND c.value_item = $item",
                    {"property": number(property), "item": number(item)},
                )
            case HasReference(property=property, source=""):
                return f"{held}{claims} AND c.reference_count > 0", {"property": number(property)}
            case HasReference(property=property, source=source):
                return (
                    f"""{held}FROM claims c JOIN reference_snaks r USING (item, statement)
                        WHERE c.property = $property AND {scope}
                          AND r.property = $source AND r.kind < 2""",
                    {"property": number(property), "source": number(source)},
                )
            case HasGoodReference(property=property):
                return f"{held}{claims} AND c.good_references > 0", {"property": number(property)}
            case HasQualifier(property=property, qualifier=qualifier, item=""):
                return (
                    f"SELECT c.item, 3 - min(q.kind) AS state {qualified} GROUP BY c.item",
                    {"property": number(property), "qualifier": number(qualifier)},
                )
            case HasQualifier(property=property, qualifier=qualifier, item=item):
                return (
                    f"{held}{qualified} AND q.value_item = $item",
                    {
                        "property": number(property),
                        "qualifier": number(qualifier),
                        "item": number(item),
                    },
                )
            case HasTerm(kind=kind, language=language, own=own):
                shared = "" if own or kind != "L" else "OR (language = 'mul' AND $letters)"
                return (
                    f"""SELECT DISTINCT item, 3 AS state FROM terms
                        WHERE kind = $kind AND (language = $language {
                        shared.replace("$letters", "regexp_full_match(text, $letters)")
                    })""",
                    {"kind": kind, "language": language}
                    | ({"letters": letters(language)} if shared else {}),
                )
            case HasSitelink(site=site):
                return "SELECT item, 3 AS state FROM sitelinks WHERE site = $site", {"site": site}
            case Barred():
                roles = self._profile.properties
                return (
                    f"""{held}FROM claims c WHERE {scope} AND (
                        (c.property = $url AND c.kind < 2)
                        OR (c.property = $status AND c.value_item = $copyrighted AND (
                            NOT EXISTS (SELECT 1 FROM qualifiers q WHERE q.item = c.item
                                AND q.statement = c.statement AND q.property = $in AND q.kind < 2)
                            OR EXISTS (SELECT 1 FROM qualifiers q WHERE q.item = c.item
                                AND q.statement = c.statement AND q.property = $in
                                AND q.value_item = $jurisdiction))))""",
                    {
                        "url": number(roles.non_free_artwork_image),
                        "status": number(roles.copyright_status),
                        "copyrighted": number(self._profile.items.copyrighted),
                        "in": number(roles.copyright_jurisdiction),
                        "jurisdiction": number(self._profile.items.jurisdiction),
                    },
                )
            case Conforms():
                raise AssertionError(atom)  # answered before
