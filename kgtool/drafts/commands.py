"""Writing QuickStatements V1, in the forms that :mod:`kgtool.drafts.quickstatements` reads."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from math import isclose

from kgtool.drafts.dates import JULIAN
from kgtool.drafts.draft import Draft, local_key, snaks_of
from kgtool.drafts.values import EARTH
from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    EntityIdValue,
    Item,
    MonolingualValue,
    QuantityValue,
    Snak,
    Statement,
    StringValue,
    TimeValue,
)


def write_quickstatements(drafts: Iterable[Draft]) -> str:
    """The batch as QuickStatements V1.

    What the format cannot say is left as a comment: ranks, values of other rows except the last
    created, texts with tabs or line breaks, numbers with one bound, places on other globes, and
    precisions of places that their digits do not show.
    """
    lines: list[str] = []
    last = ""
    for draft in drafts:
        subject = draft.wanted.id
        if not subject:
            lines.append("CREATE")
            subject, last = "LAST", draft.key
        lines += _lines(subject, draft.wanted, last)
    return "".join(f"{line}\n" for line in lines)


def _lines(subject: str, item: Item, last: str) -> list[str]:
    said: list[list[str]] = []
    for prefix, terms in (("L", item.labels), ("D", item.descriptions)):
        said += [[f"{prefix}{code}", f'"{term.value}"'] for code, term in terms.items()]
    said += [[f"A{c}", f'"{t.value}"'] for c, terms in item.aliases.items() for t in terms]
    said += [[f"S{site}", f'"{link.title}"'] for site, link in item.sitelinks.items()]
    lines = []
    for statements in item.claims.values():
        for statement in statements:
            try:
                said.append(_said(statement, last))
            except ValueError as error:
                said.append(["#", f"{statement.mainsnak.property}: {error}"])
            if statement.rank != "normal":
                said.append(["#", f"{statement.mainsnak.property} had rank {statement.rank}"])
            said += [
                ["#", f"{snak.property}: {_lost(snak)}"]
                for snak in snaks_of(statement)
                if _lost(snak)
            ]
    for parts in said:
        if parts[0] == "#":
            lines.append(f"# {parts[1]}")
        elif any("\t" in part or "\n" in part or "\r" in part for part in parts):
            lines.append(f"# {parts[0]}: a tab or line break cannot be written")
        else:
            lines.append("\t".join([subject, *parts]))
    return lines


def _said(statement: Statement, last: str) -> list[str]:
    main = statement.mainsnak
    parts = [main.property, _written(main, last)]
    for snaks in statement.qualifiers.values():
        for snak in snaks:
            parts += [snak.property, _written(snak, last)]
    for n, reference in enumerate(statement.references):
        first = True
        for snaks in reference.snaks.values():
            for snak in snaks:
                mark = "!S" if n and first else "S"
                parts += [f"{mark}{snak.property[1:]}", _written(snak, last)]
                first = False
    return parts


def _written(snak: Snak, last: str) -> str:
    match snak.datavalue:
        case None:
            return snak.snaktype
        case EntityIdValue(value):
            key = local_key(value.id)
            if key is None:
                return value.id
            if key != last:
                raise ValueError(f"the row “{key}” cannot be named")
            return "LAST"
        case StringValue(value):
            return f'"{value}"'
        case MonolingualValue(value):
            return f'{value.language}:"{value.text}"'
        case TimeValue(value):
            mark = "/J" if value.calendarmodel == JULIAN else ""
            return f"{value.time}/{value.precision}{mark}"
        case QuantityValue(value):
            unit = "" if value.unit == "1" else f"U{value.unit.rsplit('/Q', 1)[-1]}"
            bounds = ""
            if value.lowerBound is not None and value.upperBound is not None:
                bounds = f"[{value.lowerBound},{value.upperBound}]"
            elif value.lowerBound is not None or value.upperBound is not None:
                raise ValueError("a number with one bound cannot be written")
            return f"{value.amount}{bounds}{unit}"
        case CoordinateValue(value):
            if value.globe != EARTH:
                raise ValueError("a place on another globe cannot be written")
            digits = _digits(value)
            return f"@{_degrees(value.latitude, digits)}/{_degrees(value.longitude, digits)}"
    raise ValueError("this kind of value cannot be written")


def _lost(snak: Snak) -> str:
    """What is not said of a value that is written."""
    match snak.datavalue:
        case CoordinateValue(value) if value.globe == EARTH and _digits(value) is None:
            return f"the precision {value.precision} of the place was not written"
    return ""


def _digits(place: Coordinate) -> int | None:
    """How many decimals say the precision of a place: there is no other way to say it."""
    for digits in range(10):
        if place.precision and isclose(place.precision, 10.0**-digits, rel_tol=1e-6):
            numbers = (place.latitude, place.longitude)
            exact = all(Decimal(_degrees(n, digits)) == Decimal(repr(n)) for n in numbers)
            return digits if exact else None
    return None


def _degrees(number: float, digits: int | None) -> str:
    exact = Decimal(repr(number))
    return format(exact if digits is None else exact.quantize(Decimal(1).scaleb(-digits)), "f")
