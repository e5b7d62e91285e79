"""What constraints ask for, in words for people; :mod:`kgtool.checks.wording` has it in ShEx's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from kgtool.checks.references import constraints_of
from kgtool.checks.schema import (
    And,
    ClassOf,
    Language,
    NodeConstraint,
    Not,
    Or,
    Ref,
    Shape,
    ShapeExpr,
    Stem,
    ValueSetValue,
)
from kgtool.checks.terms import LANG_STRING, STRING, XSD, Blank, Iri, Literal, Term
from kgtool.checks.wording import MOST
from kgtool.messages.words import Param, Words

_ENTITY = re.compile(r"(?:wd|wdt|p|ps|pq|pr|psv|pqv|prv):([QP]\d+)")
_COUNTED = re.compile(r"(\d+) × (\S+)")
_LITERAL = re.compile(r'"(.*)"(?:@(\S+)|\^\^\S+)?', re.DOTALL)
_MORE = re.compile(r"… (\d+) more")
_NO_LANGUAGE = "zxx"  # BCP 47's word for what is in none
_UNNAMED = "zxx-x-id"
_KINDS = {"iri": "link", "nonliteral": "link", "bnode": "unknown", "literal": "literal"}
_DATATYPES = {
    STRING: "text",
    LANG_STRING: "language-text",
    f"{XSD}dateTime": "date",
    f"{XSD}date": "date",
    f"{XSD}gYear": "date",
    f"{XSD}decimal": "number",
    f"{XSD}double": "number",
    f"{XSD}integer": "whole-number",
    f"{XSD}boolean": "boolean",
    "http://www.opengis.net/ont/geosparql#wktLiteral": "coordinates",
}
_BOUNDS = {
    "mininclusive": "at-least",
    "minexclusive": "above",
    "maxinclusive": "at-most",
    "maxexclusive": "below",
    "length": "length",
    "minlength": "min-length",
    "maxlength": "max-length",
    "totaldigits": "digits",
    "fractiondigits": "decimals",
}


class Wanted:
    """Words for what schemas ask for.

    ``iri`` writes an IRI as a prefixed name, ``named`` says what a label refers to and what that is
    called. Items and properties stand as :func:`entity` until :func:`naming` names them.
    """

    def __init__(
        self, iri: Callable[[str], str], named: Callable[[str], tuple[ShapeExpr, Words | None]]
    ) -> None:
        self._iri, self._named = iri, named

    def number(self, low: int, high: int | None, value: ShapeExpr | None) -> Words:
        """So many values, and what they are like."""
        count = cardinality(low, high)
        if value is None:
            return count
        what = self.what(value)
        # Of one or more, what they are like says it all.
        return what if (low, high) == (1, None) else Words("check-of", (count, what))

    def what(self, expr: ShapeExpr) -> Words:
        """What a node must be like."""
        match expr:
            case NodeConstraint():
                return self._node(expr)
            case ClassOf(roots):
                return Words("check-class", (either(map(entity, roots)),))
            case Ref(label):
                meant, called = self._named(label)
                if called is None and isinstance(meant, NodeConstraint | ClassOf):
                    return self.what(meant)
                return Words("check-shape", (called or label.rpartition("#")[2] or label,))
            case And(parts):
                return _list(map(self.what, parts))
            case Or(parts):
                return either(map(self.what, parts))
            case Not(part):
                return Words("check-not", (self.what(part),))
            case Shape(expression):
                if expression is None:
                    return Words("check-anything")
                return self.having(_predicates(expr))

    def having(self, predicates: Iterable[str]) -> Words:
        """Something that has these; IRIs."""
        return Words("check-having", (_list(map(self.predicate, dict.fromkeys(predicates))),))

    def only(self, predicates: Iterable[str]) -> Words:
        """Nothing but these; IRIs."""
        told = [self.predicate(one) for one in sorted(predicates)]
        return Words("check-only", (_list(told),)) if told else Words("check-many-none")

    def together(self, predicates: Iterable[str]) -> Words:
        """A permitted combination of these; IRIs."""
        told = map(self.predicate, dict.fromkeys(predicates))
        return Words("check-combination-of", (_list(told),))

    def predicate(self, iri: str) -> Words:
        """What a predicate is called."""
        return value(self._iri(iri))

    def _node(self, constraint: NodeConstraint) -> Words:
        parts: list[Words] = []
        if constraint.datatype:
            known = _DATATYPES.get(constraint.datatype)
            said = self._iri(constraint.datatype)
            parts.append(Words(f"check-a-{known}") if known else Words("check-a", (said,)))
        elif constraint.kind:
            parts.append(Words(f"check-a-{_KINDS[constraint.kind]}"))
        if constraint.values is not None:
            told = [self._value(one) for one in constraint.values[:MOST]]
            if len(constraint.values) > MOST:
                told.append(Words("check-more", (len(constraint.values) - MOST,)))
            parts.append(either(told))
        if constraint.pattern is not None:
            parts.append(Words("check-pattern", (constraint.pattern,)))
        parts += [
            Words(f"check-{_BOUNDS[name]}", (str(bound),))
            for name, bound in (*constraint.lengths, *constraint.facets)
        ]
        return _list(parts) if parts else Words("check-anything")

    def _value(self, one: ValueSetValue) -> Words:
        match one:
            case Language(tag):
                return Words("check-language", (tag,))
            case Stem(kind, stem, exclusions):
                begins = Words("check-anything")
                if stem is not None:
                    key = "check-language" if kind == "language" else "check-begins"
                    begins = Words(key, (stem,))
                if not exclusions:
                    return begins
                return Words("check-but", (begins, _list(map(self._value, exclusions))))
            case _:
                return term(one, self._iri)


def term(one: Term, iri: Callable[[str], str]) -> Words:
    """A term of a schema."""
    match one:
        case Iri(address):
            return value(iri(address))
        case Blank():
            return Words("check-a-unknown")
        case Literal(text, _, language):
            return Words("check-named", (text, language)) if language else _as_is(text)


def value(told: str) -> Words:
    """A value that was found, as :meth:`kgtool.checks.wording.Names.term` writes it."""
    if found := _ENTITY.fullmatch(told):
        return entity(found[1])
    if found := _COUNTED.fullmatch(told):
        return Words("check-times", (int(found[1]), value(found[2])))
    if found := _MORE.fullmatch(told):
        return Words("check-more", (int(found[1]),))
    if told == "unknown value":
        return Words("check-a-unknown")
    if found := _LITERAL.fullmatch(told):
        return Words("check-named", (found[1], found[2])) if found[2] else _as_is(found[1])
    return _as_is(told)


def values(told: Iterable[str]) -> Words:
    """Several values that were found."""
    return _list(map(value, told))


def cardinality(low: int, high: int | None) -> Words:
    """How many are wanted."""
    if high is None:
        return Words("check-many-or-more", (low,))
    if low == high:
        return Words("check-many-exactly", (low,)) if low else Words("check-many-none")
    return Words("check-many-between", (low, high)) if low else Words("check-many-at-most", (high,))


def entity(id: str) -> Words:
    """An item or a property that is not named yet."""
    return Words(texts=((_UNNAMED, id),))


def entities(words: str | Words | None) -> set[str]:
    """Ids of those that stand in words and are not named yet."""
    if not isinstance(words, Words):
        return set()
    if words.texts:
        return {text for language, text in words.texts if language == _UNNAMED}
    return {id for one in words.params if isinstance(one, Words) for id in entities(one)}


def naming(words: Words, names: Mapping[str, str | Words]) -> Words:
    """The same words with what items and properties are called, as far as that is known."""
    if words.texts:
        ((language, text), *_) = words.texts
        if language != _UNNAMED or text not in names:
            return words
        return Words("check-named", (names[text], text))
    given: tuple[Param, ...] = tuple(
        naming(one, names) if isinstance(one, Words) else one for one in words.params
    )
    return Words(words.key, given)


def _predicates(shape: Shape) -> list[str]:
    assert shape.expression is not None
    return [one.predicate for one in constraints_of(shape.expression)]


def _as_is(text: str) -> Words:
    return Words(texts=((_NO_LANGUAGE, text),))


def _list(parts: Iterable[Words]) -> Words:
    """``a, b, c``."""
    whole, *others = dict.fromkeys(parts)
    for one in others:
        whole = Words("check-list", (whole, one))
    return whole


def either(parts: Iterable[Words]) -> Words:
    """One of these: ``a, b or c``."""
    told = list(dict.fromkeys(parts))
    if not told:
        return Words("check-many-none")
    *first, last = told
    return Words("check-or", (_list(first), last)) if first else last
