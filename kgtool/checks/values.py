"""Node constraints → tests of a single RDF term (ShEx §5.4, Node Constraints)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from kgtool.checks.schema import Language, NodeConstraint, Stem, Unsupported, ValueSetValue
from kgtool.checks.terms import (
    Blank,
    Iri,
    Literal,
    Term,
    digits,
    numeric_value,
    well_formed,
)
from kgtool.errors import InputError

TermTest: TypeAlias = Callable[[Term], bool]

_FLAGS = {"i", "s", "m"}
# XPath's [a-z-[aeiou]], which RE2 reads as something else.
_subtraction = re.compile(r"\[(?:[^\[\]\\]|\\.)*-\[")


def compile_values(constraint: NodeConstraint) -> TermTest | None:
    """A function that says whether a term meets the constraint; ``None`` if every term does.

    :raises InputError: a regular expression is broken or needs what RE2 does not have.
    :raises Unsupported: a flag that RE2 does not know.
    """
    tests: list[TermTest] = []
    if constraint.kind:
        tests.append(_KINDS[constraint.kind])
    if constraint.datatype:
        tests.append(_datatype(constraint.datatype))
    if constraint.values is not None:
        tests.append(_value_set(constraint.values))
    tests += [_length(name, number) for name, number in constraint.lengths]
    if constraint.pattern is not None:
        tests.append(_pattern(constraint.pattern, constraint.flags))
    tests += [_facet(name, number) for name, number in constraint.facets]
    if len(tests) < 2:
        return tests[0] if tests else None
    return lambda term: all(test(term) for test in tests)


_KINDS: dict[str, TermTest] = {
    "iri": lambda term: type(term) is Iri,
    "bnode": lambda term: type(term) is Blank,
    "literal": lambda term: type(term) is Literal,
    "nonliteral": lambda term: type(term) is not Literal,
}


def _datatype(datatype: str) -> TermTest:
    return lambda term: (
        isinstance(term, Literal) and term.datatype == datatype and well_formed(term)
    )


def _length(name: str, number: int) -> TermTest:
    match name:
        case "length":
            return lambda term: len(term.value) == number
        case "minlength":
            return lambda term: len(term.value) >= number
        case _:
            return lambda term: len(term.value) <= number


def _pattern(pattern: str, flags: str) -> TermTest:
    import re2

    if not set(flags) <= _FLAGS:
        raise Unsupported(f"the flags “{flags}” of a regular expression")
    if _subtraction.search(pattern):
        raise Unsupported("a class of characters without others in a regular expression")
    options = re2.Options()
    options.log_errors = False
    try:
        found = re2.compile(f"(?{flags}){pattern}" if flags else pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise InputError(
            f"The regular expression /{pattern}/ cannot be used: {reason}.",
            hint="It must be in the syntax of RE2: no look-around, no references back.",
        ) from None

    def test(term: Term) -> bool:
        return found.search(term.value) is not None

    return test


def _facet(name: str, number: Decimal) -> TermTest:
    if name in ("totaldigits", "fractiondigits"):
        place = 0 if name == "totaldigits" else 1

        def few(term: Term) -> bool:
            counted = digits(term) if isinstance(term, Literal) else None
            return counted is not None and counted[place] <= number

        return few
    compare: Callable[[Decimal], bool] = {
        "mininclusive": lambda value: value >= number,
        "minexclusive": lambda value: value > number,
        "maxinclusive": lambda value: value <= number,
        "maxexclusive": lambda value: value < number,
    }[name]

    def within(term: Term) -> bool:
        value = numeric_value(term) if isinstance(term, Literal) else None
        return value is not None and not value.is_nan() and compare(value)

    return within


def _value_set(values: tuple[ValueSetValue, ...]) -> TermTest:
    terms = frozenset(value for value in values if isinstance(value, Iri | Literal))
    others = [_selector(value) for value in values if not isinstance(value, Iri | Literal)]
    if not others:
        return lambda term: term in terms
    return lambda term: term in terms or any(test(term) for test in others)


def _selector(value: ValueSetValue) -> TermTest:
    match value:
        case Language(tag):
            return lambda term: isinstance(term, Literal) and term.language == tag
        case Stem(kind, stem, exclusions):
            within = _stem(kind, stem)
            barred = [_selector(one) for one in exclusions]
            if not barred:
                return within
            return lambda term: within(term) and not any(test(term) for test in barred)
        case _:
            return lambda term: term == value


def _stem(kind: str, stem: str | None) -> TermTest:
    if stem is None:
        return lambda term: True
    begin: str = stem
    match kind:
        case "iri":
            return lambda term: isinstance(term, Iri) and term.value.startswith(begin)
        case "literal":
            return lambda term: isinstance(term, Literal) and term.value.startswith(begin)
        case "text":  # an exclusion from a literal stem: that text, whatever its type
            return lambda term: isinstance(term, Literal) and term.value == begin
        case _:
            if not begin:
                return lambda term: isinstance(term, Literal) and term.language != ""
            # A whole sub-tag: “fr” is the stem of “fr-be”, not of “frc” (BCP 47, basic filtering).
            longer = begin + "-"
            return lambda term: (
                isinstance(term, Literal)
                and (term.language == begin or term.language.startswith(longer))
            )
