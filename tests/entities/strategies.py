"""Arbitrary values and items, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    DataValue,
    EntityId,
    EntityIdValue,
    Item,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    Reference,
    Sitelink,
    Snak,
    Statement,
    StringValue,
    Term,
    Time,
    TimeValue,
)

GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
JULIAN = "http://www.wikidata.org/entity/Q1985786"
EARTH = "http://www.wikidata.org/entity/Q2"

texts = st.text(min_size=1, max_size=20)
properties = st.integers(1, 40).map(lambda n: f"P{n}")
ids = st.integers(1, 10_000).map(lambda n: f"Q{n}")
languages = st.sampled_from(["en", "de", "sv", "ja", "be-tarask", "zh-hant", "mul"])


@st.composite
def times(draw: st.DrawFn) -> Time:
    year = draw(st.integers(-20_000, 20_000))
    month, day = draw(st.integers(0, 12)), draw(st.integers(0, 31))
    stamp = f"{'-' if year < 0 else '+'}{abs(year):04}-{month:02}-{day:02}T00:00:00Z"
    calendar = draw(st.sampled_from([GREGORIAN, JULIAN]))
    return Time(stamp, draw(st.integers(0, 14)), calendar)


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    number = st.decimals(-(10**12), 10**12, allow_nan=False, places=3)
    amount = f"{draw(number):+f}"
    if draw(st.booleans()):
        return Quantity(amount, upperBound=f"{draw(number):+f}", lowerBound=f"{draw(number):+f}")
    return Quantity(amount, draw(st.sampled_from(["1", "http://www.wikidata.org/entity/Q174728"])))


coordinates = st.builds(
    Coordinate,
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.one_of(st.none(), st.floats(1e-9, 1)),
    st.just(EARTH),
)

values: st.SearchStrategy[DataValue] = st.one_of(
    texts.map(StringValue),
    ids.map(lambda id: EntityIdValue(EntityId(id, numeric_id=int(id[1:])))),
    st.builds(Monolingual, texts, languages).map(MonolingualValue),
    times().map(TimeValue),
    quantities().map(QuantityValue),
    coordinates.map(CoordinateValue),
)


@st.composite
def snaks(draw: st.DrawFn, property: str) -> Snak:
    kind = draw(st.sampled_from(["value", "value", "value", "somevalue", "novalue"]))
    if kind == "value":
        return Snak("value", property, datavalue=draw(values))
    return Snak("somevalue" if kind == "somevalue" else "novalue", property)


@st.composite
def snak_maps(draw: st.DrawFn, min_size: int = 0) -> dict[str, list[Snak]]:
    chosen = draw(st.lists(properties, unique=True, min_size=min_size, max_size=2))
    return {p: draw(st.lists(snaks(p), min_size=1, max_size=2)) for p in chosen}


@st.composite
def statements(draw: st.DrawFn, property: str, id: str) -> Statement:
    qualifiers = draw(snak_maps())
    return Statement(
        draw(snaks(property)),
        id=f"{id}${draw(st.uuids())}",
        rank=draw(st.sampled_from(["normal", "normal", "preferred", "deprecated"])),
        qualifiers=qualifiers,
        qualifiers_order=list(qualifiers),
        references=[
            Reference(found, snaks_order=list(found))
            for found in draw(st.lists(snak_maps(min_size=1), max_size=2))
        ],
    )


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Items with all kinds of values, ranks, qualifiers, references and terms."""
    id = draw(ids)
    sites = draw(st.lists(st.sampled_from(["enwiki", "commonswiki", "dewikisource"]), unique=True))
    return Item(
        id,
        labels={code: Term(code, draw(texts)) for code in draw(st.lists(languages, unique=True))},
        descriptions={
            code: Term(code, draw(texts)) for code in draw(st.lists(languages, unique=True))
        },
        aliases={
            code: [Term(code, text) for text in draw(st.lists(texts, min_size=1, max_size=2))]
            for code in draw(st.lists(languages, unique=True, max_size=2))
        },
        claims={
            property: draw(st.lists(statements(property, id), min_size=1, max_size=3))
            for property in draw(st.lists(properties, unique=True, max_size=4))
        },
        sitelinks={site: Sitelink(site, draw(texts)) for site in sites},
    )
