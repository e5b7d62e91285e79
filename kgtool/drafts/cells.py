"""One row's cells → texts → values, by the rules of a mapping; what fails becomes a finding."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from functools import cache
from typing import Any

from re2 import compile as compile_re2

from kgtool.drafts.dates import Span, order, parse_date, parse_span
from kgtool.drafts.draft import Finding, Level, finding, local_id
from kgtool.drafts.matching import Found, Wanted
from kgtool.drafts.periods import Period, parse_period
from kgtool.drafts.rules import Mapping, SnakRule, Value
from kgtool.drafts.table import Row
from kgtool.drafts.values import (
    is_item_id,
    item_value,
    parse_coordinate,
    parse_entity_id,
    parse_media,
    parse_quantity,
    parse_string,
    parse_text,
    parse_url,
)
from kgtool.drafts.words import Unreadable, words
from kgtool.entities import DataValue, EntityId, EntityIdValue, Profile, Snak, TimeValue
from kgtool.messages.words import Words

_FIELD = re.compile(r"\{([^{}]+)\}")
_UNIT = re.compile(r"^([+-]?\d.*?)\s*([^\W\d_]+[²³]?|%|″|′)$")  # 12,5 cm
_LEVELS: dict[str, Level] = {"refuse": "refuse", "doubt": "doubt", "skip": "info"}


class Names:
    """Names to be reconciled: collected first (``asking``), then answered."""

    def __init__(self) -> None:
        self.asking: dict[Wanted, None] | None = None
        self.answers: dict[Wanted, list[Found]] = {}


class _Left(Exception):
    """A text that gives no value, for a reason."""

    def __init__(self, code: str, said: Words, level: Level | None = None) -> None:
        super().__init__(code)
        self.code, self.said, self.level = code, said, level


class Reading:
    """Reads one row; ``findings`` collects what was wrong."""

    def __init__(
        self,
        row: Row,
        mapping: Mapping,
        parameters: Dict[str, str],
        lookups: Dict[str, Dict[str, str]],
        names: Names,
        profile: Profile,
    ) -> None:
        self.row = row
        self.mapping = mapping
        self.profile = profile
        self.parameters = parameters
        self.lookups = lookups
        self.names = names
        self.findings: list[Finding] = []

    def add(self, level: Level, code: str, said: Words, where: str = "") -> None:
        """Note something about the row; the same is noted once."""
        noted = finding(level, code, said, where)
        if noted not in self.findings:
            self.findings.append(noted)

    def filled(self, template: str) -> str:
        """A column's text, or a template with its fields filled; ``""`` if one is empty."""
        if "{" not in template:
            return self.row.text(template).strip()
        parts = {field: self._field(field) for field in _FIELD.findall(template)}
        if not all(parts.values()):
            return ""
        return _FIELD.sub(lambda match: parts[match.group(1)], template)

    def _field(self, field: str) -> str:
        """A column's text; ``column|table`` looks it up in a second table."""
        column, _, table = field.partition("|")
        text = self.row.text(column).strip()
        return self.lookups.get(table, {}).get(text, "") if table else text

    def texts(self, rule: Value, where: str) -> list[str]:
        """The texts of a rule after split, ignore, pattern, map, lookup and format."""
        found = []
        for text in self._raw(rule):
            try:
                found.append(self._refined(rule, text))
            except _Left as left:
                self._leave(rule, left, where)
        return found

    def snaks(self, rule: SnakRule) -> list[tuple[Snak, list[Snak]]]:
        """Snaks of a rule, each with the qualifiers that its text brings along (spans, circa)."""
        made: list[tuple[Snak, list[Snak]]] = []
        for text in self._raw(rule):
            if text in rule.some_value:
                made.append((Snak("somevalue", rule.property, datatype=rule.type), []))
                continue
            if text in rule.no_value:
                made.append((Snak("novalue", rule.property, datatype=rule.type), []))
                continue
            try:
                refined = self._refined(rule, text)
                if rule.range or rule.until:
                    made.append(self._span(rule, refined))
                elif rule.type == "time" and (period := parse_period(refined, rule.calendar)):
                    made.append(self._period(rule, refined, period))
                else:
                    value, extra = self._value(rule, refined)
                    made.append((_snak(rule.property, rule.type, value), extra))
            except _Left as left:
                self._leave(rule, left, rule.property)
            except Unreadable as error:
                self._leave(rule, _Left("unreadable", error.words), rule.property)
        return made

    def _raw(self, rule: Value) -> list[str]:
        if any(self.row.text(column).strip() != text for column, text in rule.when.items()):
            return []
        if rule.draft is not None:
            given: str | list[str] = self.row.cells.get(rule.draft, "")
        elif rule.constant is not None:
            given = rule.constant
        elif rule.parameter is not None:
            given = self.parameters.get(rule.parameter, "")
        elif rule.template is not None:
            given = self.filled(rule.template)
        else:
            given = self.row.cells.get(rule.column or "", "")
        texts = given if isinstance(given, list) else [given]
        if rule.split and not rule.until:
            texts = [part for text in texts for part in text.split(rule.split)]
        stripped = (text.strip() for text in texts)
        return [text for text in dict.fromkeys(stripped) if text and text not in rule.ignore]

    def _refined(self, rule: Value, text: str) -> str:
        if rule.pattern:
            match = _compiled(rule.pattern).search(text)
            if not match or match.group(1) is None:
                raise _Left("no-match", words("bad-format", text, rule.pattern))
            text = match.group(1).strip()
        if rule.map:
            if text not in rule.map:
                if rule.reconcile is None:
                    raise _Left("not-in-map", words("not-in-map", text))
            else:
                text = rule.map[text]
        if rule.lookup:
            table = self.lookups.get(rule.lookup, {})
            if not table.get(text):
                raise _Left("not-in-lookup", words("not-in-lookup", text, rule.lookup))
            text = table[text]
        if rule.format and not _compiled(rule.format).fullmatch(text):
            raise _Left("bad-format", words("bad-format", text, rule.format))
        return text

    def _value(self, rule: SnakRule, text: str) -> tuple[DataValue, list[Snak]]:
        match rule.type:
            case "wikibase-item" if rule.draft is not None:
                return EntityIdValue(EntityId(local_id(text))), []
            case "wikibase-item" if rule.reconcile is not None and not is_item_id(text):
                return item_value(self._reconciled(rule, text)), []
            case "time":
                parsed = parse_date(text, rule.calendar)
                return TimeValue(parsed.time), self._circa(rule, text) if parsed.circa else []
            case "monolingualtext":
                return parse_text(text, rule.language or self.mapping.language), []
        return self._plain_value(rule, text), []

    def _plain_value(self, rule: SnakRule, text: str) -> DataValue:
        match rule.type:
            case "wikibase-item" | "wikibase-property":
                return parse_entity_id(text)
            case "quantity":
                number, unit = _with_unit(rule, text)
                iri = unit if unit == "1" else self.profile.entity_iri(unit)
                return parse_quantity(number, iri, rule.decimal, rule.thousands)
            case "globe-coordinate":
                return parse_coordinate(text, rule.precision)
            case "url":
                return parse_url(text)
            case "commonsMedia":
                return parse_media(text)
            case _:
                return parse_string(text)

    def _circa(self, rule: SnakRule, text: str) -> list[Snak]:
        if not (rule.circa and rule.circa_item):
            raise _Left("circa", words("no-circa", text))
        return [_snak(rule.circa, "wikibase-item", item_value(rule.circa_item))]

    def _period(self, rule: SnakRule, text: str, period: Period) -> tuple[Snak, list[Snak]]:
        """A period as the value that covers it, else *unknown value*; its limits as qualifiers."""
        ends = ((rule.earliest, period.earliest), (rule.latest, period.latest))
        if not (rule.earliest and rule.latest):
            raise _Left("period", words("no-limits", text))
        extra = [_snak(property, "time", TimeValue(end)) for property, end in ends if end]
        extra += self._circa(rule, text) if period.circa else []
        if period.value is None:
            return Snak("somevalue", rule.property, datatype=rule.type), extra
        exact = period.earliest == period.latest
        value = _snak(rule.property, rule.type, TimeValue(period.value))
        return value, extra[2:] if exact else extra

    def _span(self, rule: SnakRule, text: str) -> tuple[Snak, list[Snak]]:
        """A span as one value with its limits as qualifiers; equal ends are a plain date."""
        if rule.until:
            # Columns of earliest and latest may list several spans: the outermost count.
            sign = rule.split or "|"
            ends = [t for t in self.row.text(rule.until).split(sign) if t.strip()] or [text]
            begins = [t for t in text.split(sign) if t.strip()]
            first = min(begins, key=lambda t: _ordered(t, rule))
            last = max(ends, key=lambda t: _ordered(t, rule))
        else:
            first, _, last = text.partition(rule.range)
            last = last or first
        span: Span = parse_span(first, last, rule.calendar)
        limits = [
            _snak(rule.earliest, "time", TimeValue(span.earliest)),
            _snak(rule.latest, "time", TimeValue(span.latest)),
        ]
        if span.value is None:
            return Snak("somevalue", rule.property, datatype=rule.type), limits
        exact = span.earliest == span.latest
        return _snak(rule.property, rule.type, TimeValue(span.value)), [] if exact else limits

    def _reconciled(self, rule: SnakRule, text: str) -> str:
        assert rule.reconcile is not None
        evidence = tuple(
            (property, self.row.text(column))
            for property, column in sorted(rule.reconcile.properties.items())
            if self.row.text(column)
        )
        wanted = Wanted(text, tuple(rule.reconcile.types), evidence)
        if self.names.asking is not None:
            self.names.asking[wanted] = None
            return "Q0"
        found = self.names.answers.get(wanted, [])
        sure = [one for one in found if one.match]
        if len(sure) == 1:
            return sure[0].id
        if not found:
            raise _Left("no-candidate", words("no-candidate", text))
        named = ", ".join(f"{one.id} ({one.name}, {one.score:.0f})" for one in found[:3])
        # Near matches are for a person, unless the mapping can do without the value.
        level: Level | None = "info" if rule.otherwise == "skip" else "doubt"
        raise _Left("unsure", words("unsure", text, named), level)

    def _leave(self, rule: Value, left: _Left, where: str) -> None:
        level = left.level or _LEVELS[rule.otherwise]
        said = words("left-out", left.said) if level == "info" else left.said
        self.add(level, left.code, said, where)


def _with_unit(rule: SnakRule, text: str) -> tuple[str, str]:
    """The number in a cell and its unit: the one that stands after it, else the rule's.

    Where cells bring their units, a bare number is not taken to be a mere number unless that is
    stated: it is more likely one whose unit was forgotten.
    """
    match = _UNIT.match(text)
    if not match:
        if rule.units and not rule.unit:
            raise _Left("unit", words("unit-lacks", text))
        return text, rule.unit or "1"
    number, sign = match.groups()
    if sign not in rule.units:
        raise _Left("unit", words("unit-in-cell", text, sign))
    return number, rule.units[sign]


def _snak(property: str, datatype: str, value: DataValue) -> Snak:
    return Snak("value", property, datavalue=value, datatype=datatype)


def _ordered(text: str, rule: SnakRule) -> tuple[int, int, int]:
    return order(parse_date(text.strip(), rule.calendar).time)


@cache
def _compiled(pattern: str) -> Any:
    return compile_re2(pattern)
