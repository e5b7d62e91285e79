"""Names from files: JSON lines, and tables whose columns are found by their headings."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import msgspec

from kgtool.errors import InputError
from kgtool.views.names.record import NO_LANGUAGE, STATED, NameRecord, StatedName

_PROPERTY = re.compile(r"^P\d+$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[a-z0-9]+)*$")
_YEAR = re.compile(r"^\s*([+-]?)(\d{1,6})")

# Headings that are understood, folded to lower case without blanks and underscores.
_HEADINGS = {
    "id": "id", "qid": "id", "item": "id", "identifier": "id",
    "label": "label", "name": "label", "title": "label", "preferredlabel": "label",
    "aliases": "aliases", "alias": "aliases", "altlabel": "aliases", "alsoknownas": "aliases",
    "description": "description",
    "types": "types", "type": "types", "instanceof": "types", "p31": "types",
    "begin": "begin", "beginyear": "begin", "birth": "begin", "birthyear": "begin",
    "inception": "begin", "start": "begin",
    "end": "end", "endyear": "end", "death": "end", "deathyear": "end", "dissolved": "end",
    "country": "country",
    "parents": "parents", "subclassof": "parents", "p279": "parents",
    "sameas": "same_as", "redirect": "same_as",
    "officialname": "official", "shortname": "short", "nativename": "native",
    "nativelabel": "native", "birthname": "birth", "marriedname": "married",
    "pseudonym": "pseudonym", "nickname": "nickname", "othername": "other",
    "formername": "former", "formernames": "former",
}  # fmt: skip
SEPARATOR = "|"  # between several values of one cell


class _Line(msgspec.Struct):
    """A line of the ``kb/`` format: values stand alone or in lists."""

    id: str
    labels: dict[str, str] = {}
    aliases: dict[str, list[str]] = {}
    description: str | dict[str, str] = ""
    types: list[str] = []
    begin: int | list[int] | None = None
    end: int | list[int] | None = None
    ids: dict[str, str | int | float | list[str | int | float]] = {}
    country: str | list[str] = ""
    parents: list[str] = []
    sitelinks: int = 0
    same_as: str = ""


def read_names(path: Path, kinds: Mapping[str, str]) -> Iterator[NameRecord]:
    """The records of a ``.jsonl`` or ``.csv``/``.tsv`` file, plain or ``.gz``.

    :param kinds: properties whose values are names, too, and the kind of each
        (:attr:`kgtool.entities.Profile.name_kinds`).
    :raises InputError: the file is of another kind, or a line is not right; says which.
    """
    if not path.exists():
        raise InputError(f"There is no file {path}.")
    kind = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    if kind in ("jsonl", "ndjson"):
        records = _json_lines(path)
    elif kind in ("csv", "tsv", "tab"):
        records = _table(path, "," if kind == "csv" else "\t")
    else:
        raise InputError(
            f"{path} is neither JSON lines (.jsonl) nor a table (.csv, .tsv).",
            hint="For a Wikidata dump, say which types to take: --type Q33506.",
        )
    properties = kinds.keys()
    for record in records:
        if not properties.isdisjoint(record.ids):
            record.stated += [
                StatedName(kinds[property], NO_LANGUAGE, text)
                for property, texts in record.ids.items()
                if property in kinds
                for text in texts
            ]
        yield record


def holds_names(path: Path) -> bool:
    """Whether a file is one for :func:`read_names`, not a dump of whole entities.

    :raises InputError: it cannot be read.
    """
    name = path.name.removesuffix(".gz").lower()
    if name.endswith((".csv", ".tsv", ".tab")):
        return True
    if not name.endswith((".jsonl", ".ndjson")):
        return False
    with _open(path) as file:
        for _, line in _lines(path, file):
            if line.strip():
                return '"claims"' not in line and '"type":"item"' not in line
    return True


def _open(path: Path) -> TextIO:
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None


def _json_lines(path: Path) -> Iterator[NameRecord]:
    decode = msgspec.json.Decoder(_Line).decode
    with _open(path) as file:
        for number, line in _lines(path, file):
            if not line.strip():
                continue
            try:
                yield _record(decode(line))
            except msgspec.DecodeError as error:
                raise InputError(
                    f"{path}, line {number}: {error}.",
                    hint="Entities of a dump are taken by type: --type Q33506."
                    if '"claims"' in line
                    else "",
                ) from None


def _lines(path: Path, file: TextIO) -> Iterator[tuple[int, str]]:
    try:
        yield from enumerate(file, 1)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None


def _record(line: _Line) -> NameRecord:
    described = line.description
    return NameRecord(
        id=line.id,
        labels=line.labels,
        aliases=line.aliases,
        descriptions=described
        if isinstance(described, dict)
        else {"en": described}
        if described
        else {},
        types=line.types,
        parents=line.parents,
        begin=_many(line.begin),
        end=_many(line.end),
        ids={
            property: [str(value) for value in _many(found)] for property, found in line.ids.items()
        },
        country=[country for country in _many(line.country) if country],
        sitelinks=line.sitelinks,
        same_as=line.same_as,
    )


def _many(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _table(path: Path, delimiter: str) -> Iterator[NameRecord]:
    with _open(path) as file:
        rows = csv.reader(
            (line for _, line in _lines(path, file)), delimiter=delimiter, strict=True
        )
        try:
            heading = next(rows, [])
            columns = [_column(path, i, cell) for i, cell in enumerate(heading)]
            roles = [role for role, _ in columns]
            if "id" not in roles or "label" not in roles:
                raise InputError(
                    f"{path} needs a column “id” and a column “label” or “name”; "
                    f"it has {', '.join(f'“{cell}”' for cell in heading) or 'none'}."
                )
            for row in rows:
                if any(cell.strip() for cell in row):
                    yield _from_row(path, rows.line_num, columns, row)
        except csv.Error as error:
            raise InputError(f"{path}, line {rows.line_num}: {error}.") from None


def _column(path: Path, number: int, heading: str) -> tuple[str, str]:
    """What a column holds, and its property or language.

    ``P214`` is a property, ``label:fr`` or ``aliases:fr`` says the language; other columns are
    kept as values under their heading.
    """
    cell = heading.strip()
    if _PROPERTY.match(cell):
        return ("types" if cell == "P31" else "parents" if cell == "P279" else "ids"), cell
    name, _, language = cell.partition(":")
    role = _HEADINGS.get(re.sub(r"[\s_]+", "", name).lower(), "ids")
    if role in ("label", "aliases", "description") or role in STATED:
        if language and not _LANGUAGE.match(language):
            raise InputError(f"{path}, column {number + 1}: “{language}” is no language code.")
        return role, language or NO_LANGUAGE
    return role, cell


def _from_row(
    path: Path, number: int, columns: list[tuple[str, str]], row: list[str]
) -> NameRecord:
    if len(row) > len(columns):
        raise InputError(
            f"{path}, line {number}: {len(row)} cells where the heading has {len(columns)}."
        )
    found: dict[str, Any] = {"labels": {}, "aliases": {}, "descriptions": {}, "ids": {}}
    for (role, code), cell in zip(columns, row, strict=False):
        values = [value.strip() for value in cell.split(SEPARATOR) if value.strip()]
        if not values:
            continue
        match role:
            case "id" | "same_as":
                found[role] = values[0]
            case "label":
                found["labels"].setdefault(code, values[0])
                if len(values) > 1:
                    found["aliases"].setdefault(code, []).extend(values[1:])
            case "aliases":
                found["aliases"].setdefault(code, []).extend(values)
            case "description":
                found["descriptions"][code] = cell.strip()
            case "begin" | "end":
                found.setdefault(role, []).extend(_year(path, number, v) for v in values)
            case "types" | "parents" | "country":
                found.setdefault(role, []).extend(values)
            case _ if role in STATED:
                found.setdefault("stated", []).extend(StatedName(role, code, v) for v in values)
            case _:
                found["ids"].setdefault(code, []).extend(values)
    if "id" not in found:
        raise InputError(f"{path}, line {number}: the id is missing.")
    return NameRecord(**found)


def _year(path: Path, number: int, text: str) -> int:
    match = _YEAR.match(text)
    if not match:
        raise InputError(f"{path}, line {number}: “{text}” is no year.")
    return -int(match[2]) if match[1] == "-" else int(match[2])
