"""Realistic worlds of any size: entity JSON lines of artworks in partners' collections.

Modelled on paintings on Wikidata: about 8.5 KB a line, twenty properties whose shares differ from
one partner to the next, labels in twelve languages, references on seven statements in ten (those
that name a good source say when it was read), sitelinks on one item in seven, every twelfth item in
two collections. Lines are made independently of each other
from ``seed`` and their number, so that any part of a world can be made again.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from itertools import accumulate

PARTNERS = 200
FIRST_PARTNER = 900_000_000
FIRST_ITEM = 1_000_000_000
TYPES = ["Q3305213", "Q860861", "Q93184", "Q11060274", "Q125191", "Q87167"]
TYPE_WEIGHTS = [60, 8, 10, 12, 5, 5]
LANGUAGES = ["en", "sv", "fr", "es", "de", "ar", "ja", "nl", "it", "ru", "pt", "zh"]

# property, kind of value, share of items that have it in an average partner
PROPERTIES: list[tuple[str, str, float]] = [
    ("P217", "inventory", 0.92),
    ("P170", "item", 0.81),
    ("P571", "time", 0.78),
    ("P186", "item", 0.72),
    ("P18", "media", 0.60),
    ("P2048", "quantity", 0.66),
    ("P2049", "quantity", 0.66),
    ("P276", "item", 0.58),
    ("P136", "item", 0.40),
    ("P180", "item", 0.33),
    ("P973", "url", 0.55),
    ("P1476", "text", 0.35),
    ("P135", "item", 0.12),
    ("P495", "item", 0.25),
    ("P6216", "item", 0.30),
    ("P350", "string", 0.20),
    ("P528", "string", 0.15),
    ("P6108", "url", 0.18),
    ("P921", "item", 0.10),
]


@dataclass(frozen=True, slots=True)
class World:
    """A world of ``items`` artworks; two worlds with the same fields hold the same lines."""

    items: int
    seed: int = 1

    def lines(self, first: int = 0) -> Iterator[bytes]:
        """Entity JSON, one line an item, without line ends."""
        shares = self._shares()
        for number in range(first, self.items):
            yield _line(number, random.Random(self.seed * 1_000_003 + number), shares)

    def partners(self) -> list[str]:
        """QIDs of the partners, the largest first."""
        return [f"Q{FIRST_PARTNER + n}" for n in range(PARTNERS)]

    def _shares(self) -> list[list[float]]:
        chance = random.Random(self.seed)
        return [
            [min(0.99, max(0.02, chance.gauss(share, 0.15))) for _, _, share in PROPERTIES]
            for _ in range(PARTNERS)
        ]


def _line(number: int, chance: random.Random, shares: list[list[float]]) -> bytes:
    qid = f"Q{FIRST_ITEM + number}"
    partner = bisect(_ZIPF, chance.random() * _ZIPF[-1])
    holders = [partner]
    if chance.random() < 0.08:
        holders.append(chance.randrange(PARTNERS))
    kind = chance.choices(TYPES, TYPE_WEIGHTS)[0]
    claims = [
        ("P31", [_statement(qid, "P31", _item(kind), chance)]),
        (
            "P195",
            [_statement(qid, "P195", _item(f"Q{FIRST_PARTNER + h}"), chance) for h in holders],
        ),
    ]
    for (property, form, _), share in zip(PROPERTIES, shares[partner], strict=True):
        if chance.random() < share:
            claims.append(
                (property, [_statement(qid, property, _value(form, chance), chance, partner)])
            )
    body = ",".join(f'"{property}":[{",".join(made)}]' for property, made in claims)
    words = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}"
    spoken = [code for code in LANGUAGES if code == "en" or chance.random() < 0.5]
    labels = ",".join(f'"{c}":{{"language":"{c}","value":"{words} {c}"}}' for c in spoken)
    told = ",".join(
        f'"{c}":{{"language":"{c}","value":"painting by {words} ({c})"}}' for c in spoken[:4]
    )
    sitelinks = (
        f'"enwiki":{{"site":"enwiki","title":"{words}","badges":[]}}'
        if chance.random() < 0.15
        else ""
    )
    return (
        f'{{"type":"item","id":"{qid}","labels":{{{labels}}},"descriptions":{{{told}}},'
        f'"aliases":{{"en":[{{"language":"en","value":"{words} (alias)"}}]}},'
        f'"claims":{{{body}}},"sitelinks":{{{sitelinks}}},"pageid":{number},"ns":0,'
        f'"title":"{qid}","lastrevid":{2_000_000_000 + number},"modified":"2026-10-01T00:00:00Z"}}'
    ).encode()


def _statement(
    qid: str, property: str, value: tuple[str, str], chance: random.Random, partner: int = 0
) -> str:
    snak = _snak(property, value, chance)
    qualifiers = ""
    if property == "P217":
        holder = _snak("P195", _item(f"Q{FIRST_PARTNER + partner}"), chance)
        qualifiers = f'"qualifiers":{{"P195":[{holder}]}},"qualifiers-order":["P195"],'
    references = ""
    if chance.random() < 0.7:
        good = chance.random() < 0.6
        source = ("P248", _item(f"Q{FIRST_PARTNER + partner}")) if good else ("P143", _item("Q328"))
        day = f"+2024-0{chance.randrange(1, 10)}-1{chance.randrange(10)}T00:00:00Z"
        told = [source, ("P813", _time(day, 11))] if good else [source]
        snaks = ",".join(f'"{one}":[{_snak(one, value, chance)}]' for one, value in told)
        order = ",".join(f'"{one}"' for one, _ in told)
        references = (
            f',"references":[{{"hash":"{_hash(snaks)}","snaks":{{{snaks}}},'
            f'"snaks-order":[{order}]}}]'
        )
    guid = f"{chance.getrandbits(128):032X}"
    guid = f"{guid[:8]}-{guid[8:12]}-{guid[12:16]}-{guid[16:20]}-{guid[20:]}"
    return (
        f'{{"mainsnak":{snak},"type":"statement",{qualifiers}"id":"{qid}${guid}",'
        f'"rank":"normal"{references}}}'
    )


def _snak(property: str, value: tuple[str, str], chance: random.Random) -> str:
    datatype, datavalue = value
    if chance.random() < 0.004:
        kind, said = "somevalue", ""
    else:
        kind, said = "value", f'"datavalue":{datavalue},'
    return (
        f'{{"snaktype":"{kind}","property":"{property}","hash":"{_hash(property + said)}",'
        f'{said}"datatype":"{datatype}"}}'
    )


def _hash(content: str) -> str:
    """As on a wiki, the same for the same content: much of a dump repeats itself."""
    return sha1(content.encode(), usedforsecurity=False).hexdigest()


def _item(qid: str) -> tuple[str, str]:
    return (
        "wikibase-item",
        f'{{"value":{{"entity-type":"item","numeric-id":{qid[1:]},"id":"{qid}"}},'
        f'"type":"wikibase-entityid"}}',
    )


def _time(day: str, precision: int) -> tuple[str, str]:
    return (
        "time",
        f'{{"value":{{"time":"{day}","timezone":0,"before":0,"after":0,"precision":{precision},'
        f'"calendarmodel":"http://www.wikidata.org/entity/Q1985727"}},"type":"time"}}',
    )


def _value(form: str, chance: random.Random) -> tuple[str, str]:
    number = chance.randrange(1, 60_000)
    match form:
        case "item":
            return _item(f"Q{800_000_000 + number % 5000}")
        case "time":
            return _time(f"+{1400 + number % 600}-00-00T00:00:00Z", 9)
        case "quantity":
            return (
                "quantity",
                f'{{"value":{{"amount":"+{number % 300}.{number % 10}",'
                f'"unit":"http://www.wikidata.org/entity/Q174728"}},"type":"quantity"}}',
            )
        case "media":
            return "commonsMedia", f'{{"value":"Painting {number}.jpg","type":"string"}}'
        case "url":
            return "url", f'{{"value":"https://museum.example/{number}","type":"string"}}'
        case "text":
            return (
                "monolingualtext",
                f'{{"value":{{"text":"Title {number}","language":"fr"}},"type":"monolingualtext"}}',
            )
        case "inventory":
            return "string", f'{{"value":"INV {number}","type":"string"}}'
        case _:
            return "external-id", f'{{"value":"{number}","type":"string"}}'


_WORDS = [
    "Harbour",
    "Winter",
    "Portrait",
    "Saint",
    "Garden",
    "Still",
    "Life",
    "River",
    "Bridge",
    "Night",
    "Morning",
    "Two",
    "Red",
]
_ZIPF = list(accumulate(1 / (rank + 1) for rank in range(PARTNERS)))
