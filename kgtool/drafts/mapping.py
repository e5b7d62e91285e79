"""A *mapping*: how the columns of a partner's table become labels, statements and references.

It is a TOML file; ``docs/drafts.md`` explains it by example and the shipped ones lie in
``kgtool/drafts/mappings``. Everything is typed (:mod:`kgtool.drafts.rules`): an unknown or misspelt
key is an error that names the key and the place.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from kgtool.drafts.rules import Mapping, Permission, SnakRule, Value
from kgtool.drafts.values import VALUE_TYPES, is_item_id
from kgtool.drafts.words import words
from kgtool.errors import MappingError, NotFound, UsageError
from kgtool.messages.words import Words

_PROPERTY = re.compile(r"^P[1-9]\d*$")
_PLACE = re.compile(r" - at `\$\.?(.*)`$")

# Licences whose data may enter Wikidata, which is CC0 throughout, without more being asked.
_FREE = {"cc0", "cc0-1.0", "cc0 1.0", "pddl", "pddl-1.0", "public domain"}


def permission_problems(mapping: Mapping) -> list[Words]:
    """What keeps the mapping's data from being written: source, licence and ground must be named.

    Data under another licence than CC0 or PDDL need a permission: who gave it, when, and a link.
    Every statement has references, unless the mapping says that one needs none.
    """
    problems = []
    if mapping.source is None or not mapping.source.title.strip():
        problems.append(words("names-no-source"))
    if mapping.permission is not None:
        if not (mapping.permission.by.strip() and mapping.permission.link.strip()):
            problems.append(words("permission-by-whom"))
    elif mapping.license is None:
        problems.append(words("names-no-licence"))
    elif mapping.license.name.strip().lower() not in _FREE:
        problems.append(words("not-free", mapping.license.name))
    if mapping.notability is None or not mapping.notability.ground.strip():
        problems.append(words("names-no-ground"))
    bare = [one.property for one in mapping.statements if one.references is None]
    if bare and not mapping.references:
        problems.append(words("names-no-reference", ", ".join(dict.fromkeys(bare))))
    return problems


def parse_permission(by: str, when: str, link: str) -> Permission:
    """A permission from three texts.

    :raises UsageError: one is missing, or the date is none.
    """
    if not (by and when and link):
        raise UsageError("A permission says by whom, when, and where it is recorded.")
    try:
        return Permission(by, datetime.date.fromisoformat(when), link)
    except ValueError:
        raise UsageError(f"“{when}” is not a date such as 2026-11-24.") from None


def parse_mapping(text: str, where: str = "the mapping") -> Mapping:
    """Read a mapping from TOML.

    :raises MappingError: it is not TOML (with line and column), a key is unknown, missing or of
        the wrong kind, or a rule contradicts itself; names the key and its place.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(where, f"this is not TOML: {error}.") from None
    except RecursionError:
        raise MappingError(where, "this is nested too deeply.") from None
    try:
        mapping = msgspec.convert(raw, Mapping)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        raise MappingError(
            f"{where}, {place.group(1)}" if place and place.group(1) else where,
            _PLACE.sub("", message) + ".",
        ) from None
    for key, problem in _contradictions(mapping):
        raise MappingError(f"{where}, {key}", problem)
    return mapping


def load_mapping(name: str) -> Mapping:
    """The shipped mapping of that name, or the one in the TOML file at that path.

    :raises NotFound: neither is there.
    :raises MappingError: it is wrong.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise NotFound(f"There is no mapping at {path}.")
        return parse_mapping(path.read_text(encoding="utf-8"), str(path))
    if name not in mapping_names():
        raise NotFound(
            f"There is no mapping named “{name}”.",
            hint=f"Shipped: {', '.join(mapping_names())}; or give the path of a .toml file.",
        )
    text = files("kgtool.drafts").joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8")
    return parse_mapping(text, name)


def mapping_names() -> list[str]:
    """Names of the shipped mappings, sorted."""
    folder = files("kgtool.drafts").joinpath("mappings")
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def _contradictions(mapping: Mapping) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    terms: dict[str, list[Any]] = {
        "labels": mapping.labels,
        "descriptions": mapping.descriptions,
        "aliases": mapping.aliases,
        "sitelinks": mapping.sitelinks,
    }
    for name, rules in terms.items():
        for n, rule in enumerate(rules):
            found += _value_problems(f"{name}[{n}]", rule, mapping)
    for n, statement in enumerate(mapping.statements):
        place = f"statements[{n}] ({statement.property})"
        found += _snak_problems(place, statement, mapping)
        for m, qualifier in enumerate(statement.qualifiers):
            found += _snak_problems(f"{place}.qualifiers[{m}]", qualifier, mapping)
        for m, reference in enumerate(statement.references or []):
            for k, rule in enumerate(reference.snaks):
                found += _snak_problems(f"{place}.references[{m}].snaks[{k}]", rule, mapping)
    for m, reference in enumerate(mapping.references):
        for k, rule in enumerate(reference.snaks):
            found += _snak_problems(f"references[{m}].snaks[{k}]", rule, mapping)
    return found


def _snak_problems(place: str, rule: SnakRule, mapping: Mapping) -> list[tuple[str, str]]:
    found = []
    if not _PROPERTY.match(rule.property):
        found.append((f"{place}.property", f"“{rule.property}” is not a property id such as P31."))
    if rule.type not in VALUE_TYPES:
        known = ", ".join(sorted(VALUE_TYPES))
        found.append((f"{place}.type", f"“{rule.type}” is not a datatype; known: {known}."))
    if rule.type == "monolingualtext" and not (rule.language or mapping.language):
        found.append((f"{place}.language", "a monolingual text needs a language code."))
    if (rule.range or rule.until) and rule.type != "time":
        found.append((f"{place}.range", "only a time can be a span."))
    if (rule.range or rule.until) and not (rule.earliest and rule.latest):
        found.append((f"{place}.earliest", "a span needs the properties earliest and latest."))
    found += [
        (f"{place}.units", f"“{unit}” is not an item id such as Q174728.")
        for unit in rule.units.values()
        if not is_item_id(unit)
    ]
    if rule.unit not in ("", "1") and not is_item_id(rule.unit):
        found.append((f"{place}.unit", f"“{rule.unit}” is not an item id such as Q174728."))
    return found + _value_problems(place, rule, mapping)


def _value_problems(place: str, rule: Value, mapping: Mapping) -> list[tuple[str, str]]:
    from re2 import compile as compile_re2
    from re2 import error as pattern_error

    found = []
    given = [rule.constant, rule.column, rule.template, rule.parameter, rule.draft]
    if sum(one is not None for one in given) != 1:
        found.append(
            (place, "give exactly one of constant, column, template, parameter and draft.")
        )
    if rule.parameter is not None and rule.parameter not in mapping.parameters:
        found.append((f"{place}.parameter", f"[parameters] has no “{rule.parameter}”."))
    if rule.lookup and rule.lookup not in mapping.lookups:
        found.append((f"{place}.lookup", f"[lookups] has no “{rule.lookup}”."))
    for key, pattern in (("pattern", rule.pattern), ("format", rule.format)):
        try:
            if pattern and key == "pattern" and compile_re2(pattern).groups != 1:
                found.append((f"{place}.pattern", "it must have one group: the part to keep."))
            elif pattern:
                compile_re2(pattern)
        except pattern_error as error:
            found.append((f"{place}.{key}", f"this is not a regular expression (RE2): {error}."))
    return found
