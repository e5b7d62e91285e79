"""The messages of the Reconciliation Service API, both dialects, typed in this one file.

``0.1`` and ``0.2`` speak alike (batches as objects, ``query``, ``pid`` and ``v``); ``1.0-draft``
speaks of conditions and keeps batches in order. The specifications are those of the W3C Entity
Reconciliation Community Group (reconciliation-api.github.io/specs, versions 0.1, 0.2 and draft).

What no dialect forbids is what makes clients hang or shift columns, and is kept here: ``type`` is
always a list, every requested property of every id has a list, names are never null, scores finite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from kgtool.errors import UsageError
from kgtool.reconcile.explanation import explanation, feature_name
from kgtool.reconcile.query import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    NAME,
    NAME_QUALIFIERS,
    Answer,
    Candidate,
    Condition,
    Failure,
    Qualifier,
    Query,
    Suggestion,
)

Dialect: TypeAlias = Literal["0.2", "1.0"]
MAX_TEXT = 2000  # characters in a name or a value
MAX_NAMES = 10  # in one query
NOT = "!"  # before a type: “none of these”

QUALIFIERS: tuple[Qualifier, ...] = tuple(q for q in get_args(Qualifier) if q)


class OldValue(Struct, gc=False, forbid_unknown_fields=True):
    """0.x: one property and what it should say: a text, number, truth, entity, or several."""

    pid: str
    v: Any


class OldQuery(Struct):
    """0.x: one query. OpenRefine sends only these keys; others are passed over."""

    query: str | int | float | None = None
    type: str | list[str] | None = None
    type_strict: Literal["any", "all", "should"] | None = None
    limit: int | float | None = None
    properties: list[OldValue] | None = None


class NewCondition(Struct):
    """1.0-draft: one condition on the name, the id or a property."""

    matchType: Literal["name", "id", "property"]
    propertyValue: Any
    propertyId: str | None = None
    required: bool = False
    matchQuantifier: Literal["any", "all", "none"] = "any"
    matchQualifier: str = ""
    lang: str | None = None
    dir: str | None = None


class NewQuery(Struct):
    """1.0-draft: one query."""

    conditions: list[NewCondition]
    type: str | None = None
    limit: int | float | None = None
    lang: str | None = None
    dir: str | None = None


class PropertyRequest(Struct):
    """Data extension: a property (or path) wanted, with the settings that a person chose."""

    id: str
    settings: dict[str, Any] = {}


class ExtendRequest(Struct):
    """Data extension: these properties of these entities."""

    ids: list[str]
    properties: list[PropertyRequest]


class Named(Struct, gc=False):
    """An id with a name."""

    id: str
    name: str


class Cell(
    Struct, omit_defaults=True, rename={"text": "str", "integer": "int", "decimal": "float"}
):
    """One value of an extended column; exactly one of the fields (``id`` with ``name``) is set."""

    id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    integer: int | UnsetType = UNSET
    decimal: float | UnsetType = UNSET
    date: str | UnsetType = UNSET


class Meta(Struct, omit_defaults=True):
    """A column of an extension; ``type`` is what its entities are."""

    id: str
    name: str
    type: Named | UnsetType = UNSET


class Extension(Struct):
    """Data extension, answered: ``rows[id][property]`` holds cells, for every id and property."""

    meta: list[Meta]
    rows: dict[str, dict[str, list[Cell]]]


def read_query(dialect: Dialect, raw: Any, language: str) -> Query | Failure:
    """One query of a batch; what is wrong with it concerns it alone."""
    try:
        if dialect == "0.2":
            return _from_old(msgspec.convert(raw, OldQuery), language)
        return _from_new(msgspec.convert(raw, NewQuery), language)
    except msgspec.ValidationError as error:
        return Failure(f"This query does not follow the specification: {error}.")
    except UsageError as error:
        return Failure(str(error))


def read_extension(raw: Any) -> ExtendRequest:
    """A request for data extension.

    :raises UsageError: it does not follow the specification; says where.
    """
    try:
        return msgspec.convert(raw, ExtendRequest)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"This extension request does not follow the specification: {error}."
        ) from None


def _from_old(raw: OldQuery, language: str) -> Query:
    types = [raw.type] if isinstance(raw.type, str) else raw.type or []
    name = (_text(raw.query) or None) if raw.query is not None else None
    properties = tuple(Condition(p.pid, _texts(p.v)) for p in raw.properties or [])
    if not (name or properties):
        raise UsageError("A query needs a name or a property.")
    wanted, excluded = _types(types)
    return Query(
        name=name,
        types=wanted,
        excluded_types=excluded,
        type_strict=raw.type_strict or "should",
        properties=properties,
        limit=_limit(raw.limit),
        language=language,
    )


def _from_new(raw: NewQuery, language: str) -> Query:
    if not raw.conditions:
        raise UsageError("A query needs at least one condition.")
    names: list[str] = []
    naming: list[NewCondition] = []
    named: list[Condition] = []
    ids: list[str] = []
    properties: list[Condition] = []
    for condition in raw.conditions:
        values = _texts(condition.propertyValue)
        none = condition.matchQuantifier == "none"
        match condition.matchType:
            case "name":
                qualifier = _qualifier(condition, NAME_QUALIFIERS)
                if none or qualifier:
                    named.append(_condition(NAME, condition, values, qualifier))
                if not none and qualifier != "RegexMatch":  # which tells, but finds nothing
                    names += values
                    naming.append(condition)
                    language = condition.lang or language
            case "id":
                _qualifier(condition, ("ExactMatch",))  # which is how ids are compared
                if none:
                    properties.append(_condition("qid", condition, values))
                else:
                    ids += values
            case "property":
                if not condition.propertyId:
                    raise UsageError("A condition on a property needs its propertyId.")
                qualifier = _qualifier(condition, QUALIFIERS)
                properties.append(_condition(condition.propertyId, condition, values, qualifier))
    if len(naming) > 1:
        raise UsageError(
            "A query can have one condition on the name.",
            hint="Give its names as a list: any of them will do, or all with matchQuantifier.",
        )
    if len(names) > MAX_NAMES:
        raise UsageError(f"A query can give {MAX_NAMES} names; this one has {len(names)}.")
    if ids and any(one.matchType == "id" and one.required for one in raw.conditions):
        names, named, properties = [], [], []  # nothing but these ids will do
    if not (names or ids or properties):
        raise UsageError("A query needs a name or a property.")
    wanted, excluded = _types([raw.type] if raw.type else [])
    return Query(
        name=names[0] if names else None,
        also=tuple(names[1:]),
        all_names=any(one.matchQuantifier == "all" for one in naming) and len(names) > 1,
        # Where it is said how to compare, that alone decides.
        name_required=any(one.required and not one.matchQualifier for one in naming)
        and bool(names),
        named=tuple(named),
        ids=tuple(ids),
        types=wanted,
        excluded_types=excluded,
        properties=tuple(properties),
        limit=_limit(raw.limit),
        language=raw.lang or language,
    )


def _condition(
    path: str, raw: NewCondition, values: tuple[str, ...], qualifier: Qualifier = ""
) -> Condition:
    return Condition(path, values, raw.required, raw.matchQuantifier, qualifier)


def _qualifier(raw: NewCondition, known: tuple[Qualifier, ...]) -> Qualifier:
    """The match qualifier of a condition, one of those *known* for its kind."""
    text = raw.matchQualifier
    if text and text not in known:
        raise UsageError(
            f"A condition on the {raw.matchType} has no match qualifier “{text}”.",
            hint=f"Known: {', '.join(known)}.",
        )
    return next((one for one in known if one == text), "")


def _types(types: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted = tuple(type for type in types if type and not type.startswith(NOT))
    return wanted, tuple(type.removeprefix(NOT) for type in types if type.startswith(NOT))


def _limit(limit: float | None) -> int:
    if not limit or limit != limit or limit < 1:  # OpenRefine sends 0 for “as you like”
        return DEFAULT_LIMIT
    return int(min(limit, MAX_LIMIT))


def _texts(value: Any) -> tuple[str, ...]:
    several = value if isinstance(value, list) else [value]
    return tuple(text for one in several if (text := _text(one)))


def _text(value: Any) -> str:
    match value:
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case int():
            text = str(value)
        case float():
            text = str(int(value)) if value.is_integer() else repr(value)
        case {"id": str(id)} if id:
            text = id
        case {"name": str(name)}:
            text = name
        case None:
            text = ""
        case _:
            raise UsageError("A value is a text, a number, true or false, or {id, name}.")
    if len(text) > MAX_TEXT:
        raise UsageError(f"A text is longer than {MAX_TEXT} characters.")
    return text.strip()


class WrittenFeature(Struct, gc=False, omit_defaults=True):
    """A part of a score; ``name`` only in 1.0-draft, ``points`` only where a score is explained."""

    id: str
    value: float | bool
    name: str | UnsetType = UNSET
    points: float | UnsetType = UNSET


class WrittenCandidate(Struct, gc=False):
    """A candidate, as all dialects have it."""

    id: str
    name: str
    description: str
    type: list[Named]
    score: float
    match: bool
    features: list[WrittenFeature]
    explanation: str


def write_answers(
    dialect: Dialect, answers: Mapping[str, Answer], language: str = "en"
) -> dict[str, Any]:
    """A batch, answered, explained in *language*. What failed says so and has no candidates: that
    is not “nothing found”."""
    if dialect == "0.2":
        return {
            key: {"error": answer.reason}
            if isinstance(answer, Failure)
            else {"result": [_candidate(dialect, one, language) for one in answer]}
            for key, answer in answers.items()
        }
    return {
        "results": [
            {"candidates": [], "error": answer.reason}
            if isinstance(answer, Failure)
            else {"candidates": [_candidate(dialect, one, language) for one in answer]}
            for answer in answers.values()
        ]
    }


def _candidate(dialect: Dialect, candidate: Candidate, language: str) -> WrittenCandidate:
    features = candidate.features
    return WrittenCandidate(
        candidate.id,
        candidate.name or candidate.id,
        candidate.description,
        [Named(id, name or id) for id, name in candidate.types],
        candidate.score,
        candidate.match,
        [WrittenFeature(feature.id, feature.value) for feature in features]
        if dialect == "0.2"
        else [
            WrittenFeature(
                feature.id, feature.value, feature_name(feature.id, feature.value, language)
            )
            for feature in features
        ],
        explanation(candidate, language),
    )


def write_explanation(candidate: Candidate, language: str = "en") -> WrittenCandidate:
    """One candidate with what each feature adds to its score, or takes."""
    told = _candidate("1.0", candidate, language)
    for written, feature in zip(told.features, candidate.features, strict=True):
        written.points = feature.points
    return told


def write_suggestions(
    suggestions: Sequence[Suggestion], *, cursor: int | None, qualifiers: bool = False
) -> dict[str, Any]:
    """Suggestions; ``cursor`` says where the next page begins, if there is one.

    ``qualifiers`` adds those that a condition on a property may use (1.0-draft).
    """
    result: list[dict[str, Any]] = []
    for one in suggestions:
        entry: dict[str, Any] = {"id": one.id, "name": one.name or one.id}
        if one.description:
            entry["description"] = one.description
        if one.notable:
            entry["notable"] = [{"id": id, "name": name or id} for id, name in one.notable]
        if one.broader:
            entry["broader"] = [{"id": id, "name": name or id} for id, name in one.broader]
        if qualifiers:
            entry["matchQualifiers"] = [{"id": name, "name": name} for name in QUALIFIERS]
        result.append(entry)
    return {"result": result} if cursor is None else {"result": result, "cursor": cursor}


def write_extension(dialect: Dialect, extension: Extension) -> dict[str, Any]:
    """An extension; every row has every property, in the order of ``meta``."""
    meta = msgspec.to_builtins(extension.meta)
    rows = msgspec.to_builtins(extension.rows)
    if dialect == "0.2":
        return {"meta": meta, "rows": rows}
    return {
        "meta": meta,
        "rows": [
            {
                "id": id,
                "properties": [
                    {"id": property, "values": cells} for property, cells in row.items()
                ],
            }
            for id, row in rows.items()
        ],
    }
