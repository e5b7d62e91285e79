"""Schemas and entities made by chance, from a seed: what all engines must agree on.

Left out is where pyrudof is known to be wrong (see ``tests/checks/cases``).
"""

from __future__ import annotations

import random
from typing import Any

from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    Item,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    Rank,
    Reference,
    Sitelink,
    Snak,
    Statement,
    StringValue,
    Term,
    Time,
    TimeValue,
)
from kgtool.entities.model import EntityId, EntityIdValue

HEAD = """\
PREFIX : <http://e/>
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX ps: <http://www.wikidata.org/prop/statement/>
PREFIX psv: <http://www.wikidata.org/prop/statement/value/>
PREFIX pq: <http://www.wikidata.org/prop/qualifier/>
PREFIX pqv: <http://www.wikidata.org/prop/qualifier/value/>
PREFIX pr: <http://www.wikidata.org/prop/reference/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX wikibase: <http://wikiba.se/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX schema: <http://schema.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
DATATYPES = {
    "P31": "wikibase-item",
    "P195": "wikibase-item",
    "P361": "wikibase-item",
    "P217": "string",
    "P791": "external-id",
    "P856": "url",
    "P18": "commonsMedia",
    "P571": "time",
    "P2048": "quantity",
    "P1476": "monolingualtext",
    "P625": "globe-coordinate",
    "P143": "wikibase-item",
    "P248": "wikibase-item",
    "P813": "time",
}
_ENTITY = "http://www.wikidata.org/entity/"
_MAIN = ["P31", "P195", "P361", "P217", "P791", "P856", "P18", "P571", "P2048", "P1476", "P625"]
_LANGUAGES = ["en", "en-gb", "sv", "mul", "zh-hant"]
_ITEMS = [f"Q{900_000_001 + n}" for n in range(12)]
_RANKS: list[Rank] = ["normal", "normal", "normal", "preferred", "deprecated"]


class World:
    """Chance, with the things of which schemas and entities are made."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def some(self, of: list[Any], least: int = 0, most: int = 3) -> list[Any]:
        """Some of these, each at most once."""
        return self.chance.sample(of, min(len(of), self.chance.randint(least, most)))

    def often(self, share: float) -> bool:
        """True in that share of all cases."""
        return self.chance.random() < share

    def entities(self, count: int) -> dict[str, Item]:
        """Items by id; their values are often each other."""
        ids = _ITEMS[:count] + [f"Q{910_000_000 + n}" for n in range(max(0, count - len(_ITEMS)))]
        return {id: self._item(id) for id in ids}

    def _item(self, id: str) -> Item:
        claims: dict[str, list[Statement]] = {}
        for property in self.some(_MAIN, 1, 6):
            claims[property] = [
                self._statement(id, property, n) for n in range(self.chance.choice([1, 1, 1, 2, 3]))
            ]
        return Item(
            id,
            labels={c: Term(c, self._text()) for c in self.some(_LANGUAGES)},
            descriptions={c: Term(c, self._text()) for c in self.some(_LANGUAGES, 0, 2)},
            aliases={
                c: [Term(c, text) for text in dict.fromkeys(self._text() for _ in range(2))]
                for c in self.some(_LANGUAGES, 0, 2)
            },
            claims=claims,
            sitelinks={
                site: Sitelink(site, self._text()) for site in self.some(["enwiki", "svwiki"], 0, 2)
            },
            lastrevid=self.chance.randint(1, 9),
            modified="2026-01-01T00:00:00Z",
        )

    def _statement(self, id: str, property: str, number: int) -> Statement:
        qualifiers = {p: self._snaks(p) for p in self.some(["P195", "P217", "P571"], 0, 2)}
        references = [
            Reference({p: [self._snak(p)] for p in self.some(["P143", "P248", "P813"], 1, 2)})
            for _ in range(self.chance.choice([0, 0, 1, 1, 2]))
        ]
        return Statement(
            self._snak(property),
            id=f"{id}$0000{property}-{number}",
            rank=self.chance.choice(_RANKS),
            qualifiers=qualifiers,
            references=references,
        )

    def _snaks(self, property: str) -> list[Snak]:
        return [self._snak(property) for _ in range(self.chance.choice([1, 1, 2]))]

    def _snak(self, property: str) -> Snak:
        kind = self.chance.random()
        datatype = DATATYPES[property]
        if kind < 0.06:
            return Snak("somevalue", property, datatype=datatype)
        if kind < 0.1:
            return Snak("novalue", property, datatype=datatype)
        return Snak("value", property, datavalue=self._value(datatype), datatype=datatype)

    def _value(self, datatype: str) -> Any:
        pick = self.chance.choice
        match datatype:
            case "wikibase-item":
                id = pick([*_ITEMS, "Q5", "Q7"])
                return EntityIdValue(EntityId(id, numeric_id=int(id[1:])))
            case "time":
                year, precision = pick(["1600", "1950", "2001"]), pick([7, 8, 9, 11])
                calendar = pick(["Q1985727", "Q1985786"])
                return TimeValue(Time(f"+{year}-00-00T00:00:00Z", precision, _ENTITY + calendar))
            case "quantity":
                unit = pick(["1", f"{_ENTITY}Q174728", f"{_ENTITY}Q11573"])
                return QuantityValue(Quantity(pick(["+1", "+2.5", "-3", "+10"]), unit))
            case "monolingualtext":
                return MonolingualValue(Monolingual(self._text(), pick(_LANGUAGES)))
            case "globe-coordinate":
                return CoordinateValue(
                    Coordinate(pick([1, 2.5]), pick([3, -4.5]), 0.1, f"{_ENTITY}Q2")
                )
            case "url":
                return StringValue(pick(["http://a.org/x", "https://b.org/", f"{_ENTITY}Q5"]))
            case "commonsMedia":
                return StringValue(pick(["A.jpg", "B c.png"]))
            case _:
                return StringValue(pick(["NG 1", "NG 22", "x", "abc"]))

    def _text(self) -> str:
        return str(self.chance.choice(["a", "abc", "Museum", "b b"]))

    def schema(self) -> str:
        """A schema in ShExC; ``:S`` is where to start."""
        shapes = [f":S {self._shape(2)}", f":T {self._shape(1)}", ":U [wd:Q5 wd:Q900000001]"]
        return HEAD + "start = @:S\n" + "\n".join(shapes) + "\n"

    def _shape(self, depth: int) -> str:
        if depth and self.often(0.15):
            return " AND ".join(self._guarded() for _ in range(self.chance.choice([2, 3, 4])))
        made = self._arcs(depth)
        form = self.chance.random()
        if depth and form < 0.25:
            return f"{made} {self.chance.choice(['AND', 'OR'])} {self._shape(depth - 1)}"
        if depth and form < 0.35:
            return f"NOT {made} OR {self._shape(depth - 1)}"
        if form < 0.4:
            return f"NOT {made}"
        if form < 0.45:
            return f"IRI {made}"
        return made

    def _guarded(self) -> str:
        """What is asked only where a property has one of some values."""
        property = self.chance.choice(["P31", "P195", "P195", "P195"])
        ids = " ".join(f"wd:{id}" for id in self.some([*_ITEMS, "Q5", "Q7"], 1, 4))
        extra = f"EXTRA wdt:{property} " if self.often(0.8) else ""
        return f"(NOT {extra}{{ wdt:{property} [{ids}] + }} OR {self._arcs(0)})"

    def _arcs(self, depth: int) -> str:
        predicates = self.some([*(f"wdt:{p}" for p in _MAIN), *_TEXTS, "p:"], 1, 3)
        constraints = []
        extra = []
        for predicate in predicates:
            if predicate == "p:":
                predicate = f"p:{self.chance.choice(_MAIN)}"
            times = self.chance.choice([1, 1, 1, 1, 2])
            constraints += [
                f"{predicate} {self._wanted(predicate, depth)}{self._cardinality(once=times == 1)}"
                for _ in range(times)
            ]
            if self.often(0.45):
                extra.append(predicate)
        if self.often(0.05):
            constraints.append(f"^schema:about {self._page()} +")
        if self.often(0.1):
            constraints.append(f"{self._back()}{self._cardinality()}")
        group = self._group(constraints)
        if len({one.split()[0] for one in constraints}) < len(constraints):
            # pyrudof overlooks values that fit nowhere, where a predicate stands twice.
            extra = [one.split()[0] for one in constraints if one[0] != "^"]
        said = f"EXTRA {' '.join(dict.fromkeys(extra))} " if extra else ""
        return f"{said}{{ {group} }}"

    def _group(self, constraints: list[str]) -> str:
        if len(constraints) > 1 and self.often(0.15):
            return " | ".join(constraints)
        if len(constraints) > 2 and self.often(0.2):
            inner = (
                f"({constraints[0]} ; {constraints[1]}){self.chance.choice(['?', '*', '+', ''])}"
            )
            return " ; ".join([inner, *constraints[2:]])
        return " ; ".join(constraints)

    def _back(self) -> str:
        property = self.chance.choice(["P31", "P195", "P361"])
        from_items = [f"^wdt:{property} {value}" for value in ("IRI", ".", "@:U", "[wd:Q9~]")]
        from_statements = [f"^ps:{property} .", "^pq:P195 { wikibase:rank . }", "^pq:P195 IRI"]
        return str(self.chance.choice([*from_items, *from_statements]))

    def _page(self) -> str:
        return self.chance.choice(
            ["{ schema:inLanguage . ? }", "{ schema:isPartOf IRI ? }", "IRI", "{ a IRI }"]
        )

    def _cardinality(self, *, once: bool = True) -> str:
        some = ["", " +", " +", " +", " *", " *", " ?", " {2}"]
        return str(self.chance.choice([*some, " {0}"] if once else some))

    def _wanted(self, predicate: str, depth: int) -> str:
        if self.often(0.2):
            return "."
        if predicate.startswith("p:"):
            return self._statement_shape(predicate[2:])
        if predicate in _TEXTS:
            return self._text_value()
        return self._simple(DATATYPES[predicate[4:]], depth)

    def _text_value(self) -> str:
        return str(
            self.chance.choice(
                [
                    "[@en]",
                    "[@en @mul]",
                    "[@en~]",
                    "[@en~ - @en-gb]",
                    "LITERAL",
                    "MINLENGTH 2",
                    "/^a/",
                    "[@~]",
                    'LITERAL AND NOT ["a"@en]',
                    "IRI",
                ]
            )
        )

    def _simple(self, datatype: str, depth: int) -> str:
        common = ["IRI", "LITERAL", "NONLITERAL", "BNODE"]
        known = {
            "wikibase-item": [
                "[wd:Q5]",
                "[wd:Q900000001 wd:Q900000002]",
                "[wd:Q9~]",
                "@:U",
                "NOT @:U",
                *(["@:T", "@:T", "@:S"] if depth else ["@:U"]),
                "[. - wd:Q5]",
            ],
            "time": ["xsd:dateTime", "xsd:date", "/^1950/"],
            "quantity": [
                "xsd:decimal",
                "MININCLUSIVE 2",
                "xsd:decimal MAXEXCLUSIVE 2.5",
                "FRACTIONDIGITS 0",
                "xsd:integer",
            ],
            "monolingualtext": ["[@sv @mul]", "[@en~]", '["a"@en]'],
            "string": ["xsd:string", '["x"]', '["NG "~]', '["NG "~ - "NG 22"]'],
            "external-id": ["xsd:string", '["abc"]'],
            "url": ["[<http://a.org/>~]", "IRI", "[wd:Q5]", "@:U"],
        }.get(datatype, [])
        return str(self.chance.choice([*known, *known, *common]))

    def _statement_shape(self, property: str) -> str:
        parts = [
            f"ps:{property} {self._simple(DATATYPES[property], 0)}{self._cardinality()}",
            f"pq:P195 {self._simple('wikibase-item', 0)}{self._cardinality()}",
            f"pq:P217 .{self._cardinality()}",
            "pqv:P571 { wikibase:timePrecision [9 11] ? } *",
            "wikibase:rank [wikibase:NormalRank wikibase:PreferredRank]",
            "prov:wasDerivedFrom { pr:P248 . + } *",
            "prov:wasDerivedFrom NOT CLOSED { a . * ; pr:P143 . * } +",
            "prov:wasDerivedFrom . +",
            "a [wikibase:BestRank] + ; wikibase:rank .",
        ]
        if DATATYPES[property] == "time":
            parts += [
                f"psv:{property} {{ wikibase:timePrecision xsd:integer MININCLUSIVE 9 }} *",
                f"psv:{property} {{ wikibase:timeCalendarModel [wd:Q1985727] }}",
            ] * 2
        if DATATYPES[property] == "quantity":
            parts += [f"psv:{property} {{ wikibase:quantityUnit [wd:Q174728] }} *"] * 2
        chosen = self.some(parts, 1, 2)
        if sum("wikibase:rank" in one for one in chosen) > 1:
            chosen = chosen[:1]
        extra = self.some(["pq:P195", f"ps:{property}", "prov:wasDerivedFrom", "a"], 0, 2)
        made = (f"EXTRA {' '.join(extra)} " if extra else "") + f"{{ {' ; '.join(chosen)} }}"
        if self.often(0.2):
            return f"({{ wikibase:rank [wikibase:DeprecatedRank] }} OR {made})"
        return made


_TEXTS = ["rdfs:label", "schema:description", "skos:altLabel"]
