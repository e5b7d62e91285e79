"""Atoms answered from the columns in SQL, values bound, for all items at once.

In the scope *truthy*, statements of best rank count; in *any*, all but deprecated ones. An item has
``P18`` if a statement has a value; else its value is unknown if one has an unknown value; else it
is said to have none. Qualifiers are told apart in the same way; other atoms hold or do not. One
statement answers both scopes, and many atoms of a form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import duckdb
import numpy as np
import numpy.typing as npt

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
from kgtool.messages.words import Words
from kgtool.views.classes import Classes, Numbers
from kgtool.views.cube import Answer
from kgtool.views.membership import number

Rank: TypeAlias = Literal["truthy", "any"]
RANKS: tuple[Rank, ...] = get_args(Rank)
SCOPES: dict[Rank, str] = {"truthy": "c.truthy", "any": "c.rank > 0"}

# Items that conform to a shape, or have nothing to mend at one of its properties.
Conforming = Callable[[str, str], Numbers]

_ROWS = 8_000_000  # that a statement about several properties may give at a time

# States of a statement's snak (3 have, 2 unknown, 1 none) or of what holds (3), by scope.
_BY_SCOPE = """coalesce(max({state}) FILTER (c.truthy), 0)::UTINYINT AS truthy,
               coalesce(max({state}) FILTER (c.rank > 0), 0)::UTINYINT AS "any" """


@dataclass(frozen=True, slots=True)
class Barred:
    """Why a property cannot be filled now: for ``P18``, that the work is in copyright.

    That is: P6216 says copyrighted, in the configured jurisdiction or without naming one (P1001),
    or P6500 stands.
    """

    property: str

    def __str__(self) -> str:
        return f"barred:{self.property}"


Question: TypeAlias = Atom | Barred
_OfProperty: TypeAlias = HasProperty | HasReference | HasGoodReference
Found: TypeAlias = dict[str, npt.NDArray[Any]]


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

    def answer(self, atom: Question) -> Answer:
        """The items that have something of an atom, sorted, with their states in both scopes.

        What names ``@partner`` has no answer of its own: see :meth:`qualifier_values`.

        :raises UsageError: a shape was asked for and shapes cannot be checked here.
        """
        return next(iter(self.answers([atom])))[1]

    def answers(self, atoms: Iterable[Question]) -> Iterator[tuple[Question, Answer]]:
        """The answers to many atoms, in an order that reads the tables as seldom as possible."""
        plain: dict[type, list[_OfProperty]] = {}
        values: dict[str, list[HasValue]] = {}
        labels: list[HasTerm] = []
        for atom in atoms:
            match atom:
                case HasTerm(kind="L", own=False):
                    labels.append(atom)
                case HasProperty() | HasGoodReference() | HasReference(source=""):
                    plain.setdefault(type(atom), []).append(atom)
                case HasValue(property=property):
                    values.setdefault(property, []).append(atom)
                case Conforms(shape=shape, property=property):
                    yield atom, self._conforms(shape, property)
                case _:
                    yield atom, _answer(self._ask(*self._alone(atom)))
        for alike in plain.values():
            yield from self._of_properties(alike)
        for property, asked in values.items():
            yield from self._of_values(property, asked)
        yield from self._of_labels(labels)

    def sites(self) -> list[str]:
        """Ids of the sites that any item has a page on."""
        return [str(one) for one in self._ask("SELECT DISTINCT site FROM sitelinks", {})["site"]]

    def languages(self) -> list[str]:
        """Codes of the languages that any item has a term in."""
        found = self._ask("SELECT DISTINCT language FROM terms", {})
        return [str(one) for one in found["language"]]

    def qualifier_values(self, atom: HasQualifier, rank: Rank) -> tuple[Numbers, Numbers]:
        """Items and the items that such a qualifier of theirs names, no pair twice."""
        found = self._ask(
            f"""SELECT DISTINCT c.item, q.value_item AS value
                FROM claims c JOIN qualifiers q USING (item, statement)
                WHERE c.property = $property AND q.property = $qualifier
                  AND {SCOPES[rank]} AND q.value_item IS NOT NULL""",
            {"property": number(atom.property), "qualifier": number(atom.qualifier)},
        )
        return found["item"].astype(np.uint32), found["value"].astype(np.uint32)

    def _of_properties(self, atoms: list[_OfProperty]) -> Iterator[tuple[Question, Answer]]:
        """Atoms of one form, each about all statements with one property."""
        by_number = {number(atom.property): atom for atom in atoms}
        match atoms[0]:
            case HasProperty():
                condition, state = "true", "3 - c.kind"
            case HasReference():
                condition, state = "c.reference_count > 0", "3"
            case _:
                condition, state = "c.good_references > 0", "3"
        at_once = self._at_once()
        wanted = sorted(by_number)
        for start in range(0, len(wanted), at_once):
            found = self._ask(
                f"""SELECT c.property AS key, c.item, {_BY_SCOPE.format(state=state)}
                    FROM claims c WHERE c.property IN (SELECT unnest($properties)) AND {condition}
                    GROUP BY c.property, c.item""",
                {"properties": wanted[start : start + at_once]},
            )
            for property in wanted[start : start + at_once]:
                yield by_number[property], _answer(found, found["key"] == property)

    def _of_labels(self, atoms: list[HasTerm]) -> Iterator[tuple[Question, Answer]]:
        """Labels in a language, or in none of its own (``mul``) with letters that it is read in."""
        at_once = self._at_once()
        for start in range(0, len(atoms), at_once):
            some = atoms[start : start + at_once]
            codes = [atom.language for atom in some]
            own = self._ask(
                """SELECT t.item, w.key FROM terms t JOIN
                   (SELECT unnest($languages) AS code, unnest(range(len($languages))) AS key) w
                   ON t.language = w.code WHERE t.kind = 'L'""",
                {"languages": codes},
            )
            patterns = list(dict.fromkeys(letters(code) for code in codes))
            # A pattern of its own for each column: it is compiled once, not row by row.
            fits = ", ".join(
                f"regexp_full_match(text, $p{n}) AS p{n}" for n in range(len(patterns))
            )
            mul = self._ask(
                f"SELECT item, {fits} FROM terms WHERE kind = 'L' AND language = 'mul'",
                {f"p{n}": pattern for n, pattern in enumerate(patterns)},
            )
            for place, atom in enumerate(some):
                fit = mul[f"p{patterns.index(letters(atom.language))}"].astype(np.bool_)
                found = [own["item"][own["key"] == place], mul["item"][fit]]
                items = np.unique(np.concatenate(found)).astype(np.uint32)
                states = np.full(len(items), 3, np.uint8)
                yield atom, Answer(items, dict.fromkeys(RANKS, states))

    def _at_once(self) -> int:
        """How many properties or languages may be asked about together."""
        items = self._tables().execute("SELECT count(*) FROM items").fetchone()
        return max(1, _ROWS // max(1, items[0] if items else 1))

    def _of_values(self, property: str, atoms: list[HasValue]) -> Iterator[tuple[Question, Answer]]:
        """Atoms about the values of one property."""
        sets = [
            self._classes.below([number(atom.item)])
            if atom.below
            else np.array([number(atom.item)], dtype=np.uint32)
            for atom in atoms
        ]
        found = self._ask(
            f"""SELECT c.value_item AS key, c.item, {_BY_SCOPE.format(state="3")}
                FROM claims c WHERE c.property = $property
                  AND c.value_item IN (SELECT unnest($items)) GROUP BY c.value_item, c.item""",
            {"property": number(property), "items": np.unique(np.concatenate(sets)).tolist()},
        )
        for atom, wanted in zip(atoms, sets, strict=True):
            yield atom, _answer(found, np.isin(found["key"], wanted))

    def _conforms(self, shape: str, property: str) -> Answer:
        if self._conforming is None:
            raise UsageError(Words("error-not-measurable", (str(Conforms(shape, property)),)))
        items = np.unique(self._conforming(shape, property))
        states = np.full(len(items), 3, dtype=np.uint8)
        return Answer(items, {"truthy": states, "any": states})

    def _alone(self, atom: Question) -> tuple[str, dict[str, Any]]:
        qualified = "FROM claims c JOIN qualifiers q USING (item, statement)"
        holds = f"SELECT c.item, {_BY_SCOPE.format(state='3')}"
        always = '3::UTINYINT AS truthy, 3::UTINYINT AS "any"'
        match atom:
            case HasReference(property=property, source=source):
                return (
                    f"""{holds} FROM claims c JOIN reference_snaks r USING (item, statement)
                        WHERE c.property = $property AND r.property = $source AND r.kind < 2
                        GROUP BY c.item""",
                    {"property": number(property), "source": number(source)},
                )
            case HasQualifier(property=property, qualifier=qualifier, item=""):
                return (
                    f"""SELECT c.item, {_BY_SCOPE.format(state="3 - q.kind")} {qualified}
                        WHERE c.property = $property AND q.property = $qualifier GROUP BY c.item""",
                    {"property": number(property), "qualifier": number(qualifier)},
                )
            case HasQualifier(property=property, qualifier=qualifier, item=item):
                return (
                    f"""{holds} {qualified} WHERE c.property = $property
                        AND q.property = $qualifier AND q.value_item = $item GROUP BY c.item""",
                    {
                        "property": number(property),
                        "qualifier": number(qualifier),
                        "item": number(item),
                    },
                )
            case HasTerm(kind=kind, language=language):
                return (
                    f"""SELECT DISTINCT item, {always} FROM terms
                        WHERE kind = $kind AND language = $language""",
                    {"kind": kind, "language": language},
                )
            case HasSitelink(site=site):
                return f"SELECT item, {always} FROM sitelinks WHERE site = $site", {"site": site}
            case Barred():
                return f"{holds} FROM claims c WHERE {_BARRED} GROUP BY c.item", self._barring()
            case _:
                raise AssertionError(atom)  # answered together with others

    def _barring(self) -> dict[str, Any]:
        roles, items = self._profile.properties, self._profile.items
        return {
            "url": number(roles.non_free_artwork_image),
            "status": number(roles.copyright_status),
            "copyrighted": number(items.copyrighted),
            "in": number(roles.copyright_jurisdiction),
            "jurisdiction": number(items.jurisdiction),
        }

    def _ask(self, text: str, values: dict[str, Any]) -> Found:
        found: Found = self._tables().execute(text, values).fetchnumpy()
        return found


_BARRED = """(c.property = $url AND c.kind < 2)
    OR (c.property = $status AND c.value_item = $copyrighted AND (
        NOT EXISTS (SELECT 1 FROM qualifiers q WHERE q.item = c.item
            AND q.statement = c.statement AND q.property = $in AND q.kind < 2)
        OR EXISTS (SELECT 1 FROM qualifiers q WHERE q.item = c.item
            AND q.statement = c.statement AND q.property = $in
            AND q.value_item = $jurisdiction)))"""


def _answer(found: Found, rows: npt.NDArray[np.bool_] | None = None) -> Answer:
    """Rows of items and states as an answer; an item may stand in several rows."""
    chosen = slice(None) if rows is None else np.flatnonzero(rows)
    items = np.asarray(found["item"][chosen], dtype=np.uint32)
    states = {rank: np.asarray(found[rank][chosen], dtype=np.uint8) for rank in RANKS}
    order = np.argsort(items, kind="stable")
    return Answer(items[order], {rank: state[order] for rank, state in states.items()})
