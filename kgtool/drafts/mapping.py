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
        raise UsageError(Words("error-permission-parts"))
    try:
        return Permission(by, datetime.date.fromisoformat(when), link)
    except ValueError:
        raise UsageError(Words("error-date", (when,)), hint=Words("error-date-form")) from None


def parse_mapping(text: str, where: str = "") -> Mapping:
    """Read a mapping from TOML; ``where`` is the name of its file, if it has one, for messages.

    :raises MappingError: it is not TOML (with line and column), a key is unknown, missing or of
        the wrong kind, or a rule contradicts itself; names the key and its place.
    """
    named = where or Words("error-the-mapping")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(named, Words("error-not-toml", (str(error),))) from None
    except RecursionError:
        raise MappingError(named, Words("error-nested-deep")) from None
    try:
        mapping = msgspec.convert(raw, Mapping)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        raise MappingError(
            Words("error-mapping-place", (named, place.group(1)))
            if place and place.group(1)
            else named,
            Words("error-not-of-mapping", (_PLACE.sub("", message),)),
        ) from None
    for key, problem in _contradictions(mapping):
        raise MappingError(Words("error-mapping-place", (named, key)), problem)
    return mapping


def load_mapping(name: str) -> Mapping:
    """The shipped mapping of that name, or the one in the TOML file at that path.

    :raises NotFound: neither is there.
    :raises MappingError: it is wrong.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise NotFound(Words("error-no-mapping-at", (str(path),)))
        return parse_mapping(path.read_text(encoding="utf-8"), str(path))
    if name not in mapping_names():
        raise NotFound(
            Words("error-no-mapping-named", (name,)),
            hint=Words("error-mappings-shipped", (", ".join(mapping_names()),)),
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


def _contradictions(mapping: Mapping) -> list[tuple[str, Words]]:
    found: list[tuple[str, Words]] = []
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


def _snak_problems(place: str, rule: SnakRule, mapping: Mapping) -> list[tuple[str, Words]]:
    found = []
    if not _PROPERTY.match(rule.property):
        found.append((f"{place}.property", Words("error-not-property", (rule.property,))))
    if rule.type not in VALUE_TYPES:
        known = ", ".join(sorted(VALUE_TYPES))
        found.append((f"{place}.type", Words("error-not-datatype", (rule.type, known))))
    if rule.type == "monolingualtext" and not (rule.language or mapping.language):
        found.append((f"{place}.language", Words("error-text-language")))
    if (rule.range or rule.until) and rule.type != "time":
        found.append((f"{place}.range", Words("error-only-time")))
    if (rule.range or rule.until) and not (rule.earliest and rule.latest):
        found.append((f"{place}.earliest", Words("error-span-ends")))
    found += [
        (f"{place}.units", Words("error-not-unit", (unit,)))
        for unit in rule.units.values()
        if not is_item_id(unit)
    ]
    if rule.unit not in ("", "1") and not is_item_id(rule.unit):
        found.append((f"{place}.unit", Words("error-not-unit", (rule.unit,))))
    return found + _value_problems(place, rule, mapping)


def _value_problems(place: str, rule: Value, mapping: Mapping) -> list[tuple[str, Words]]:
    from re2 import compile as compile_re2
    from re2 import error as pattern_error

    found = []
    given = [rule.constant, rule.column, rule.template, rule.parameter, rule.draft]
    if sum(one is not None for one in given) != 1:
        found.append((place, Words("error-one-of-five")))
    if rule.parameter is not None and rule.parameter not in mapping.parameters:
        found.append(
            (f"{place}.parameter", Words("error-section-lacks", ("parameters", rule.parameter)))
        )
    if rule.lookup and rule.lookup not in mapping.lookups:
        found.append((f"{place}.lookup", Words("error-section-lacks", ("lookups", rule.lookup))))
    for key, pattern in (("pattern", rule.pattern), ("format", rule.format)):
        try:
            if pattern and key == "pattern" and compile_re2(pattern).groups != 1:
                found.append((f"{place}.pattern", Words("error-one-group")))
            elif pattern:
                compile_re2(pattern)
        except pattern_error as error:
            found.append((f"{place}.{key}", Words("error-not-pattern", (str(error),))))
    return found
