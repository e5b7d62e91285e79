"""The written form of measures → measures, with the position of whatever does not fit."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from kgtool.coverage.measures import (
    PARTNER,
    And,
    Atom,
    Conforms,
    HasGoodReference,
    HasProperty,
    HasQualifier,
    HasReference,
    HasSitelink,
    HasTerm,
    HasValue,
    Measure,
    Not,
    Or,
)
from kgtool.errors import ExpressionError
from kgtool.messages.words import Words

_LONGEST = 4000  # characters
_DEEPEST = 50  # brackets and nots within each other
_LARGEST = 2**32 - 1  # the number of an id that the columns can hold

_token = re.compile(r"\s*(?:([()])|([^\s()]+))")
_P = r"P[1-9]\d*"
_Q = r"Q[1-9]\d*"
_atom = re.compile(
    rf"(?P<property>{_P})"
    rf"(?:=(?P<value>{_Q})(?P<below>\*)?"
    rf"|\.(?P<ref>ref)(?:=(?P<source>{_P}))?"
    rf"|\.(?P<good>goodref)"
    rf"|\.(?P<qualifier>{_P})(?:=(?P<named>{_Q}|{PARTNER}))?"
    rf")?"
    r"|(?P<term>[LDA])(?P<language>[a-z]+(?:-[a-z0-9]+)*)(?P<own>\.own)?"
    r"|S(?P<site>[a-z][a-z0-9_]*)"
    rf"|shape:(?P<shape>[a-z][a-z0-9_-]*)(?:/(?P<at>{_P}))?"
)
FORMS = Words(
    "error-measure-forms",
    (
        "P18, P31=Q3305213, P31=Q3305213*, P170.ref, P170.goodref, P170.ref=P248, P217.P195, "
        "P217.P195=@partner, Lsv, Lsv.own, Dsv, Asv, Senwiki, shape:artwork, shape:artwork/P217",
        "and, or, not",
    ),
)


@lru_cache(maxsize=4096)
def parse(text: str) -> Measure:
    """The measure that a text stands for.

    ``not`` binds closer than ``and``, ``and`` closer than ``or``.

    :raises ExpressionError: the text is not a measure; knows where and what was expected.
    """
    if len(text) > _LONGEST:
        raise ExpressionError(text[:60], 60, Words("error-measure-long", (_LONGEST,)))
    return _Parser(text).whole()


class _Token(NamedTuple):
    text: str
    start: int


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            _Token(found[1] or found[2], found.start(found.lastindex or 0))
            for found in _token.finditer(text)
        ]
        self._at = 0
        self._depth = 0

    def whole(self) -> Measure:
        measure = self._either()
        if self._next():
            token = self._tokens[self._at]
            alone = token.text == ")"
            raise self._error(Words("error-bracket-alone" if alone else "error-expected-and-or"))
        return measure

    def _either(self) -> Measure:
        parts = [self._both()]
        while self._next() == "or":
            self._at += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self) -> Measure:
        parts = [self._single()]
        while self._next() == "and":
            self._at += 1
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _single(self) -> Measure:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(Words("error-brackets-deep", (_DEEPEST,)))
        try:
            match self._next():
                case "not":
                    self._at += 1
                    return Not(self._single())
                case "(":
                    opened = self._tokens[self._at]
                    self._at += 1
                    inner = self._either()
                    if self._next() != ")":
                        if self._next():
                            raise self._error(Words("error-expected-closing"))
                        raise ExpressionError(self._text, opened.start, Words("error-bracket-open"))
                    self._at += 1
                    return inner
                case "" | ")" | "and" | "or":
                    raise self._error(Words("error-expected-measure"))
                case word:
                    found = _read_atom(word)
                    if found is None:
                        raise self._error(Words("error-no-measure", (word,)))
                    self._at += 1
                    return found
        finally:
            self._depth -= 1

    def _next(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _error(self, problem: Words) -> ExpressionError:
        at_end = self._at >= len(self._tokens)
        position = len(self._text.rstrip()) if at_end else self._tokens[self._at].start
        return ExpressionError(self._text, position, problem, hint=FORMS)


def _read_atom(word: str) -> Atom | None:
    found = _atom.fullmatch(word)
    if found is None or any(int(n) > _LARGEST for n in re.findall(r"(?<=[PQ])\d+", word)):
        return None
    got = {name: text for name, text in found.groupdict().items() if text}
    match got:
        case {"property": property, "value": item}:
            return HasValue(property, item, "below" in got)
        case {"property": property, "qualifier": qualifier}:
            return HasQualifier(property, qualifier, got.get("named", ""))
        case {"property": property, "good": _}:
            return HasGoodReference(property)
        case {"property": property, "ref": _}:
            return HasReference(property, got.get("source", ""))
        case {"property": property}:
            return HasProperty(property)
        case {"term": kind, "language": language}:
            if kind != "L" and "own" in got:
                return None
            # The pattern lets no other letter through.
            return HasTerm(cast(Literal["L", "D", "A"], kind), language, "own" in got)
        case {"site": site}:
            return HasSitelink(site)
        case {"shape": shape}:
            return Conforms(shape, got.get("at", ""))
    return None
