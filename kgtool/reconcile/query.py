"""What is asked and what is answered, as plain values."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Quantifier: TypeAlias = Literal["any", "all", "none"]
Qualifier: TypeAlias = Literal[
    "", "ExactMatch", "PrefixMatch", "FuzzyMatch", "RegexMatch", "WithinPlace", "DatePrecision"
]
Strictness: TypeAlias = Literal["should", "any", "all"]

NAME = "name"  # the path of a condition on names
NAME_QUALIFIERS: tuple[Qualifier, ...] = (
    "ExactMatch", "PrefixMatch", "FuzzyMatch", "RegexMatch"
)  # fmt: skip
UNLIKE = 30.0  # best score below which none of the candidates is likely meant
DEFAULT_LIMIT = 5
MAX_LIMIT = 100


class Condition(Struct, frozen=True, gc=False):
    """What a property should say.

    ``path`` is a property or a path (see :mod:`kgtool.reconcile.paths`), ``values`` texts, ids or
    dates. ``required`` leaves out entities that do not meet the condition; else it is evidence.
    ``quantifier``: one of the values, all of them, or none may be found. ``qualifier`` says how to
    compare; ``""`` lets the form of the values decide.
    """

    path: str
    values: tuple[str, ...]
    required: bool = False
    quantifier: Quantifier = "any"
    qualifier: Qualifier = ""


class Query(Struct, frozen=True, gc=False):
    """One thing to be found: a name, ids, conditions, or any of these together.

    ``also`` are more names of the same thing: any of them may be met, or must be with
    ``all_names``; ``name_required`` leaves out what only something else brings. ``named`` says
    more of the names: how they must be compared, and which must not be among them.
    ``types`` are alternatives. With ``type_strict="any"`` (or ``"all"`` of them) entities of other
    types are left out; with ``"should"`` a wrong type counts against a candidate. Entities whose
    type is not known are never left out.
    """

    name: str | None = None
    also: tuple[str, ...] = ()
    all_names: bool = False
    name_required: bool = False
    named: tuple[Condition, ...] = ()
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    excluded_types: tuple[str, ...] = ()
    type_strict: Strictness = "should"
    properties: tuple[Condition, ...] = ()
    limit: int = DEFAULT_LIMIT
    language: str = ""


class Feature(Struct, frozen=True, gc=False):
    """One part of a score: ``points`` is what it adds (or takes), ``value`` what was measured."""

    id: str
    value: float | bool
    points: float = 0.0


class Candidate(Struct, frozen=True, gc=False):
    """An entity that may be meant.

    ``score`` runs from 0 to 100; ``match`` says that nothing more need be asked. ``name`` is the
    label in the language asked for, ``matched_name`` the name that was found, in ``language``;
    ``name_kind`` says what it is of the entity (``label``, ``alias``, ``official`` …).
    ``redirected_from`` is the id that was asked for where it has been merged into this one;
    ``twins`` are other entities with the same identifier.
    """

    id: str
    name: str
    description: str
    types: tuple[tuple[str, str], ...]
    score: float
    match: bool
    features: tuple[Feature, ...]
    matched_name: str
    language: str
    name_kind: str = ""
    redirected_from: str = ""
    twins: tuple[str, ...] = ()


class Failure(Struct, frozen=True):
    """A query that could not be answered; ``reason`` is for the person who asked.

    Never an empty list of candidates: that would say that the thing does not exist.
    """

    reason: str
    retry_after: float | None = None


class Suggestion(Struct, frozen=True, gc=False):
    """An entity, property or type to choose from."""

    id: str
    name: str
    description: str = ""
    notable: tuple[tuple[str, str], ...] = ()
    broader: tuple[tuple[str, str], ...] = ()


Answer: TypeAlias = list[Candidate] | Failure
Decision: TypeAlias = Literal["match", "choose", "none", "error"]


def decision(answer: Answer) -> Decision:
    """What an answer means to who asked: settled, to be chosen, nothing likely, or not known."""
    if isinstance(answer, Failure):
        return "error"
    if answer and answer[0].match:
        return "match"
    return "choose" if answer and answer[0].score >= UNLIKE else "none"
