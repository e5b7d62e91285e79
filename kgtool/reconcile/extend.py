"""Data extension: what the entities say along property paths, as cells of a table."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import Struct

from kgtool.entities import (
    CoordinateValue,
    DataValue,
    EntityIdValue,
    Item,
    MonolingualValue,
    QuantityValue,
    Statement,
    StringValue,
    TimeValue,
    best_statements,
)
from kgtool.errors import ExpressionError
from kgtool.messages import say
from kgtool.reconcile import paths
from kgtool.reconcile.paths import Either, Follow, Path, Step, parse_path
from kgtool.reconcile.protocol import Cell, ExtendRequest, Extension, Meta
from kgtool.views.names.record import NameRecord, plain

_INT_MAX = 2**31 - 1  # OpenRefine keeps integers in 32 bits and wraps silently


class Wish(Struct, frozen=True):
    """The settings of one column, as the Wikidata service has them."""

    limit: int = 0
    rank: str = "best"
    references: str = "any"
    count: bool = False
    lang: str = ""
    content: str = "value"


class Lookup(Struct, frozen=True):
    """Where entities come from. ``entity`` gives the whole one if it was loaded, ``record`` what
    the name index knows, ``name`` a label in a language and ``poor`` the properties that do not
    make a reference."""

    entity: Callable[[str], Any]
    record: Callable[[str], NameRecord | None]
    name: Callable[[str, str], str]
    poor: frozenset[str]


# Settings by name: their kind, what they are if not given, and what may be chosen.
SETTINGS: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "limit": ("number", 0, ()),
    "rank": ("select", "best", ("best", "no_deprecated", "any")),
    "references": ("select", "any", ("any", "referenced", "no_wiki")),
    "count": ("checkbox", False, ()),
    "content": ("select", "value", ("value", "id")),
    "lang": ("text", "", ()),
}


def settings(language: str) -> list[dict[str, Any]]:
    """The settings of a column as the manifest of 0.2 offers them, in words of *language*."""
    offered: list[dict[str, Any]] = []
    for name, (kind, default, choices) in SETTINGS.items():
        key = f"recon-set-{name}"
        setting = {
            "name": name,
            "label": say(language, key),
            "type": kind,
            "default": default,
            "help_text": say(language, f"{key}-help"),
        }
        if choices:
            setting["choices"] = [
                {"value": one, "name": say(language, f"{key}-{one.replace('_', '-')}")}
                for one in choices
            ]
        offered.append(setting)
    return offered


def read_settings(raw: dict[str, Any]) -> Wish:
    """Settings as clients send them: numbers and truths as texts too; unknown ones are ignored."""
    text = str(raw.get("limit") or "0").strip()
    rank, references = str(raw.get("rank", "best")), str(raw.get("references", "any"))
    return Wish(
        limit=int(text) if text.isdecimal() else 0,
        rank=rank if rank in ("best", "no_deprecated", "any") else "best",
        references=references if references in ("any", "referenced", "no_wiki") else "any",
        count=str(raw.get("count", "")).lower() in ("on", "true", "1"),
        lang=str(raw.get("lang") or ""),
        content="id" if raw.get("content") == "id" else "value",
    )


def extend(request: ExtendRequest, lookup: Lookup, language: str) -> Extension:
    """Every requested property of every requested id; a list without cells where there is nothing.

    A property that is no path gives an empty column, so that the others stay in their places.
    """
    meta = []
    columns: list[tuple[str, Path | None, Wish]] = []
    for wanted in request.properties:
        wish = read_settings(wanted.settings)
        try:
            path: Path | None = parse_path(wanted.id)
        except ExpressionError:
            path = None
        columns.append((wanted.id, path, wish))
        meta.append(Meta(wanted.id, _title(wanted.id, path, lookup, language)))
    rows = {
        id: {
            property: _cells(path, id, wish, lookup, wish.lang or language) if path else []
            for property, path, wish in columns
        }
        for id in dict.fromkeys(request.ids)
    }
    return Extension(meta, rows)


def _title(id: str, path: Path | None, lookup: Lookup, language: str) -> str:
    if isinstance(path, Step) and not path.part and not path.qualifier:
        return lookup.name(id, language) or id
    return id


def _cells(path: Path, id: str, wish: Wish, lookup: Lookup, language: str) -> list[Cell]:
    item = lookup.entity(id)
    if item is None:
        record = lookup.record(id)
        texts = paths.values(path, record, lookup.record) if record else []
        cells = [_guessed(text, lookup, language) for text in texts]
    else:
        cells = list(_walk(path, item, wish, lookup, language))
    if wish.count:
        return [Cell(integer=len(cells))]
    if wish.content == "id":
        cells = [Cell(text=cell.id) if isinstance(cell.id, str) else cell for cell in cells]
    return cells[: wish.limit] if wish.limit else cells


def _guessed(text: str, lookup: Lookup, language: str) -> Cell:
    if text[:1] == "Q" and text[1:].isdecimal():
        return Cell(id=text, name=lookup.name(text, language) or text)
    return Cell(text=text)


def _walk(path: Path, item: Item, wish: Wish, lookup: Lookup, language: str) -> list[Cell]:
    match path:
        case Either():
            return [c for one in path.options for c in _walk(one, item, wish, lookup, language)]
        case Follow():
            here = [item]
            for step in path.steps[:-1]:
                ids = [
                    cell.id
                    for one in here
                    for cell in _walk(step, one, wish, lookup, language)
                    if isinstance(cell.id, str)
                ]
                found = [lookup.entity(id) for id in dict.fromkeys(ids)]
                here = [one for one in found if one is not None]
            return [c for one in here for c in _walk(path.steps[-1], one, wish, lookup, language)]
        case Step():
            return _step(path, item, wish, lookup, language)


def _step(step: Step, item: Item, wish: Wish, lookup: Lookup, language: str) -> list[Cell]:
    name, code = step.name, step.name[1:]
    if name == "qid":
        return [Cell(text=item.id)]
    if name == ".":
        return [Cell(id=item.id, name=lookup.name(item.id, language) or item.id)]
    if name[0] == "P" and code.isdecimal():
        snaks = [
            snak
            for statement in _chosen(item.claims.get(name, []), wish, lookup.poor)
            for snak in (
                statement.qualifiers.get(step.qualifier, [])
                if step.qualifier
                else [statement.mainsnak]
            )
        ]
        values = [snak.datavalue for snak in snaks if snak.datavalue is not None]
        if step.part:
            texts = (paths.part_of(plain(value), step.part) for value in values)
            return [_number(text) for text in texts if text]
        return [_cell(value, lookup, language) for value in values]
    terms = {"L": item.labels, "D": item.descriptions}.get(name[0])
    if terms is not None:
        return [Cell(text=terms[code].value)] if code in terms else []
    if name[0] == "A":
        return [Cell(text=alias.value) for alias in item.aliases.get(code, [])]
    if name[0] == "S" and code in item.sitelinks:
        return [Cell(text=item.sitelinks[code].title)]
    return []


def _chosen(statements: list[Statement], wish: Wish, poor: frozenset[str]) -> list[Statement]:
    if wish.rank == "best":
        statements = best_statements(statements)
    elif wish.rank == "no_deprecated":
        statements = [one for one in statements if one.rank != "deprecated"]
    if wish.references == "referenced":
        return [one for one in statements if one.references]
    if wish.references == "no_wiki":
        return [
            one
            for one in statements
            if any(not poor.issuperset(reference.snaks) for reference in one.references)
        ]
    return statements


def _cell(value: DataValue, lookup: Lookup, language: str) -> Cell:
    match value:
        case EntityIdValue(value=entity):
            return Cell(id=entity.id, name=lookup.name(entity.id, language) or entity.id)
        case StringValue(value=text):
            return Cell(text=text)
        case MonolingualValue(value=worded):
            return Cell(text=worded.text)
        case QuantityValue(value=quantity):
            return _number(quantity.amount)
        case TimeValue(value=time) if time.precision >= 11 and len(plain(value)) == 10:
            return Cell(date=f"{plain(value)}T00:00:00Z")
        case TimeValue() | CoordinateValue():
            return Cell(text=plain(value))


def _number(text: str) -> Cell:
    """A number where the client would keep every digit of it, else the text."""
    try:
        exact = Decimal(text)
    except ArithmeticError:
        return Cell(text=text)
    if not exact.is_finite():
        return Cell(text=text)
    if exact == exact.to_integral_value() and "." not in text:
        return Cell(integer=int(exact)) if abs(exact) <= _INT_MAX else Cell(text=text.lstrip("+"))
    return Cell(decimal=float(exact)) if Decimal(repr(float(exact))) == exact else Cell(text=text)
