"""Measures as SPARQL 1.1, over the RDF that Wikibase writes.

The same questions as from the cube and the columns, for an embedded graph or a query service: what
a matrix counts can be opened there, and all three must agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kgtool.coverage.columns import Barred, Question, Rank
from kgtool.coverage.measures import (
    PARTNER,
    And,
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
from kgtool.entities.profile import Profile
from kgtool.entities.scripts import letters_spelled
from kgtool.entities.sites import site
from kgtool.errors import UsageError
from kgtool.messages.words import Words

_PREFIXES = [
    "wd",
    "wdt",
    "wdno",
    "p",
    "ps",
    "pq",
    "pr",
    "wikibase",
    "rdfs",
    "schema",
    "skos",
    "prov",
]
_TERMS = {"L": "rdfs:label", "D": "schema:description", "A": "skos:altLabel"}
# An unknown value is a blank node; query.wikidata.org has an IRI of this form instead.
_UNKNOWN = '(isBlank({0}) || STRSTARTS(STR({0}), "http://www.wikidata.org/.well-known/genid/"))'


class Sparql:
    """Writes queries for one Wikibase. Ids come from parsed measures, never from free text."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def members(
        self, collections: Collection[str], variable: str = "?collection", property: str = ""
    ) -> str:
        """A pattern: ``?item`` is in the collection ``variable``, which is one of these.

        Give a partner with all its sub-collections. With ``?found``, it groups by collection.
        ``property`` is what says so, if not that of collections.
        """
        roles = self._profile.properties
        said = property or roles.collection
        return (
            f"VALUES {variable} {{ {' '.join(f'wd:{qid}' for qid in sorted(collections))} }} "
            f"?item p:{said} ?in . ?in ps:{said} {variable} . "
            f"{_scope('?in', 'any')} FILTER NOT EXISTS {{ ?in pq:{roles.end_time} ?end }}"
        )

    def listed(self, qids: Sequence[str]) -> str:
        """A pattern: ``?item`` is one of these."""
        return f"VALUES ?item {{ {' '.join(f'wd:{qid}' for qid in qids)} }}"

    def items(self, where: str, condition: str) -> str:
        """A query for the items of a pattern on which a condition holds."""
        return (
            f"{self._prefixes()}SELECT DISTINCT ?item WHERE {{ {where} FILTER({condition}) }} "
            "ORDER BY ?item"
        )

    def counts(self, where: str, condition: str, group: str) -> str:
        """A query that counts the items of a pattern on which a condition holds, by group.

        ``?group`` is unbound for those in none, and ``"unknown"`` where the value is not known.
        """
        return (
            f"{self._prefixes()}SELECT ?group (COUNT(DISTINCT ?item) AS ?items) WHERE {{ "
            f"{{ SELECT DISTINCT ?item WHERE {{ {where} FILTER({condition}) }} }} "
            f"OPTIONAL {{ {group} "
            f'BIND(IF({_UNKNOWN.format("?found")}, "unknown", ?found) AS ?group) }} }} '
            "GROUP BY ?group"
        )

    def values(self, property: str, rank: Rank) -> str:
        """A pattern: ``?found`` is what ``?item`` has as value of a property."""
        return f"?item p:{property} ?s . ?s ps:{property} ?found . {_scope('?s', rank)}"

    def holds(self, measure: Measure, rank: Rank, partners: Collection[str] = ()) -> str:
        """An expression that is true where the measure holds for ``?item``.

        :raises UsageError: it asks for a shape, which SPARQL cannot say.
        """
        match measure:
            case Not(of=inner):
                return f"!({self.holds(inner, rank, partners)})"
            case And(of=parts):
                return _joined(" && ", [self.holds(part, rank, partners) for part in parts])
            case Or(of=parts):
                return _joined(" || ", [self.holds(part, rank, partners) for part in parts])
            case _:
                return f"EXISTS {{ {self._have(measure, rank, partners)} }}"

    def states(
        self, measure: Measure, rank: Rank, partners: Collection[str] = ()
    ) -> dict[str, str]:
        """For each state that is not absence, an expression that is true where it is so."""
        have = self.holds(measure, rank, partners)
        absent = [have]
        states = {"have": have}
        unknown = self._unknown(measure, rank)
        if unknown:
            states["unknown_value"] = f"!{have} && EXISTS {{ {unknown} }}"
            none = f"EXISTS {{ {self._none(measure, rank)} }}"
            states["no_value"] = f"!{have} && !EXISTS {{ {unknown} }} && {none}"
            absent += [f"EXISTS {{ {unknown} }}", none]
        if str(measure) == self._profile.properties.image:
            missing = " && ".join(f"!({one})" for one in absent)
            states["barred"] = f"{missing} && {self._barred(rank)}"
        return states

    def _have(self, atom: Question, rank: Rank, partners: Collection[str]) -> str:
        known = f"FILTER(!{_UNKNOWN.format('?v')})"
        match atom:
            case HasProperty(property=property):
                return f"{self.values(property, rank).replace('?found', '?v')} {known}"
            case HasValue(property=property, item=item, below=below):
                value = self.values(property, rank)
                if not below:
                    return value.replace("?found", f"wd:{item}")
                return f"{value} ?found wdt:{self._profile.properties.subclass_of}* wd:{item} ."
            case HasReference(property=property, source=source):
                uses = f" . FILTER EXISTS {{ ?ref pr:{source} ?v }}" if source else ""
                return _referenced(property, rank, uses)
            case HasGoodReference(property=property):
                poor = ", ".join(f"pr:{one}" for one in sorted(self._profile.poor_references))
                good = f"?ref ?says ?v . FILTER({_IS_SNAK} && ?says NOT IN ({poor}))"
                return _referenced(property, rank, f" . FILTER EXISTS {{ {good} }}")
            case HasQualifier(property=property, qualifier=qualifier, item=""):
                return f"{_statement(property, rank)} ?s pq:{qualifier} ?v . {known}"
            case HasQualifier(property=property, qualifier=qualifier, item=item):
                named = sorted(partners) if item == PARTNER else [item]
                listed = " ".join(f"wd:{one}" for one in named)
                return (
                    f"VALUES ?v {{ {listed} }} {_statement(property, rank)} ?s pq:{qualifier} ?v ."
                )
            case HasTerm(kind=kind, language=language, own=own):
                own_text = f'LCASE(LANG(?text)) = "{language}"'
                if kind == "L" and not own:
                    pattern = letters_spelled(language).replace("\\", "\\\\")
                    own_text += f' || (LANG(?text) = "mul" && REGEX(STR(?text), "^{pattern}$"))'
                return f"?item {_TERMS[kind]} ?text . FILTER({own_text})"
            case HasSitelink(site=name):
                known_site = site(name)
                if known_site is None:
                    raise UsageError(Words("error-site-sparql", (name,)))
                return f"?page schema:about ?item ; schema:isPartOf <{known_site.address}> ."
            case Conforms() | Barred():
                raise UsageError(Words("error-atom-sparql", (str(atom),)))

    def _unknown(self, measure: Measure, rank: Rank) -> str:
        blank = f"FILTER({_UNKNOWN.format('?v')})"
        match measure:
            case HasProperty(property=property):
                return f"{self.values(property, rank).replace('?found', '?v')} {blank}"
            case HasQualifier(property=property, qualifier=qualifier, item=""):
                return f"{_statement(property, rank)} ?s pq:{qualifier} ?v . {blank}"
        return ""

    def _none(self, measure: Measure, rank: Rank) -> str:
        match measure:
            case HasQualifier(property=property, qualifier=qualifier):
                return f"{_statement(property, rank)} ?s a wdno:{qualifier} ."
        return f"{_statement(str(measure), rank)} ?s a wdno:{measure} ."

    def _barred(self, rank: Rank) -> str:
        roles, items = self._profile.properties, self._profile.items
        status = f"?item p:{roles.copyright_status} ?c . ?c ps:{roles.copyright_status} "
        where = f"?c pq:{roles.copyright_jurisdiction}"
        return (
            f"(EXISTS {{ {self.values(roles.non_free_artwork_image, rank)} }} || "
            f"EXISTS {{ {status} wd:{items.copyrighted} . {_scope('?c', rank)} "
            f"FILTER(NOT EXISTS {{ {where} ?anywhere }} || "
            f"EXISTS {{ {where} wd:{items.jurisdiction} }}) }})"
        )

    def _prefixes(self) -> str:
        known = self._profile.prefixes
        return "".join(f"PREFIX {name}: <{known[name]}> " for name in _PREFIXES)


_IS_SNAK = 'CONTAINS(STR(?says), "/prop/reference/P")'


def _statement(property: str, rank: Rank) -> str:
    return f"?item p:{property} ?s . {_scope('?s', rank)}"


def _referenced(property: str, rank: Rank, which: str) -> str:
    reference = f"?s prov:wasDerivedFrom ?ref{which}"
    return f"{_statement(property, rank)} FILTER EXISTS {{ {reference} }}"


def _scope(statement: str, rank: Rank) -> str:
    """Filters, not patterns to join: engines would put every statement's rank into a table."""
    if rank == "truthy":
        return f"FILTER EXISTS {{ {statement} a wikibase:BestRank }}"
    return f"FILTER NOT EXISTS {{ {statement} wikibase:rank wikibase:DeprecatedRank }}"


def _joined(operator: str, parts: list[str]) -> str:
    return "(" + operator.join(parts) + ")"
