"""How schemas and terms are told to people: prefixed names, and value constraints in a line."""

from __future__ import annotations

from functools import lru_cache

from kgtool.checks.schema import ClassOf, Language, NodeConstraint, Stem, ValueSetValue
from kgtool.checks.terms import LANG_STRING, STRING, XSD, Blank, Iri, Literal, Term
from kgtool.entities import Profile

MOST = 6  # values of a set that are told

# Longer ones first: prop/statement/ is not prop/.
_USED = (
    *("psv", "psn", "pqv", "pqn", "prv", "prn", "wdtn", "ps", "pq", "pr", "wdt", "wdno", "p"),
    *("wds", "wdv", "wdref", "wd", "wikibase", "prov", "rdfs", "schema", "skos", "rdf", "xsd"),
)
_KINDS = {"iri": "IRI", "bnode": "BNODE", "literal": "LITERAL", "nonliteral": "NONLITERAL"}
_FACETS = {
    "mininclusive": "≥",
    "minexclusive": ">",
    "maxinclusive": "≤",
    "maxexclusive": "<",
    "length": "length",
    "minlength": "length ≥",
    "maxlength": "length ≤",
    "totaldigits": "digits ≤",
    "fractiondigits": "decimals ≤",
}


class Names:
    """IRIs of one wiki as prefixed names."""

    def __init__(self, profile: Profile) -> None:
        self._prefixes = [(profile.prefixes[name], f"{name}:") for name in _USED]
        self.iri = lru_cache(maxsize=65536)(self._iri)

    def _iri(self, iri: str) -> str:
        """``wd:Q42``, or ``<…>`` where no prefix fits."""
        for start, prefix in self._prefixes:
            if iri.startswith(start) and "/" not in iri[len(start) :]:
                return prefix + iri[len(start) :]
        return f"<{iri}>"

    def predicate(self, iri: str, *, inverse: bool = False) -> str:
        """A predicate; ``^`` before one that leads here."""
        return f"^{self.iri(iri)}" if inverse else self.iri(iri)

    def term(self, term: Term) -> str:
        """A term as in Turtle; blank nodes are unknown values."""
        match term:
            case Iri(value):
                return self.iri(value)
            case Blank():
                return "unknown value"
            case Literal(value, datatype, language):
                text = f'"{value}"'
                if language:
                    return f"{text}@{language}"
                return (
                    text if datatype in (STRING, LANG_STRING) else f"{text}^^{self.iri(datatype)}"
                )

    def values(self, constraint: NodeConstraint | ClassOf) -> str:
        """A node constraint, in a line."""
        if isinstance(constraint, ClassOf):
            return f"[{' '.join(f'wd:{root}' for root in constraint.roots)}] or a subclass"
        parts: list[str] = []
        if constraint.kind:
            parts.append(_KINDS[constraint.kind])
        if constraint.datatype:
            parts.append(self.iri(constraint.datatype).replace(f"<{XSD}", "xsd:").rstrip(">"))
        if constraint.values is not None:
            told = [self._value(value) for value in constraint.values[:MOST]]
            more = len(constraint.values) - MOST
            parts.append(f"[{' '.join([*told, *([f'… {more} more'] if more > 0 else [])])}]")
        if constraint.pattern is not None:
            parts.append(f"/{constraint.pattern}/{constraint.flags}")
        parts += [f"{_FACETS[name]} {number}" for name, number in constraint.lengths]
        parts += [f"{_FACETS[name]} {number}" for name, number in constraint.facets]
        return " ".join(parts) or "."

    def _value(self, value: ValueSetValue) -> str:
        match value:
            case Language(tag):
                return f"@{tag}"
            case Stem(kind, stem, exclusions):
                marks = {"iri": f"<{stem}>~", "language": f"@{stem}~"}
                told = "." if stem is None else marks.get(kind, f'"{stem}"~')
                return " - ".join([told, *map(self._value, exclusions)])
            case _:
                return self.term(value)


def cardinality(low: int, high: int | None) -> str:
    """How many are wanted, in words that programs can read: ``1 or more``, ``exactly 1``."""
    if high is None:
        return f"{low} or more"
    if low == high:
        return f"exactly {low}" if low else "none"
    return f"{low} to {high}" if low else f"at most {high}"


def marks(low: int, high: int | None) -> str:
    """The same as ShExC writes it after a constraint: `` +``, `` *``, `` ?``, `` {2,3}``."""
    usual = {(1, 1): "", (1, None): " +", (0, None): " *", (0, 1): " ?"}
    if (low, high) in usual:
        return usual[low, high]
    if low == high:
        return f" {{{low}}}"
    return f" {{{low},{'' if high is None else high}}}"
