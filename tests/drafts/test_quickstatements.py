"""QuickStatements V1, both ways."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kgtool.drafts import Draft, local_id, read_quickstatements, write_quickstatements
from kgtool.drafts.dates import GREGORIAN, JULIAN
from kgtool.drafts.values import item_value
from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    DataValue,
    Item,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    Reference,
    Snak,
    Statement,
    StringValue,
    Term,
    Time,
    TimeValue,
    load_profile,
)

WIKIDATA = load_profile("wikidata")
_CENTIMETRE = "http://www.wikidata.org/entity/Q174728"
_EARTH = "http://www.wikidata.org/entity/Q2"
_signs = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
_marks = st.sampled_from(['"', "|", "||", "/*", "*/", "#", ":", "LAST", 'en:"', " "])
_texts = st.lists(_signs | _marks, min_size=1, max_size=12).map("".join).map(str.strip).filter(bool)
_ids = st.integers(1, 10**8).map(lambda n: f"Q{n}")
_numbers = st.decimals(allow_nan=False, allow_infinity=False, places=6).map(
    lambda n: format(n, "+f").replace("-0.000000", "+0.000000")
)
_values: st.SearchStrategy[DataValue] = st.one_of(
    _ids.map(item_value),
    st.sampled_from(["L7", "L7-F1", "L7-S2", "P31"]).map(item_value),
    (_texts | st.sampled_from(["+1967-01-17T00:00:00Z/11", "Q42", "somevalue", "@1/2"])).map(
        StringValue
    ),
    st.builds(lambda t: MonolingualValue(Monolingual(t, "sv")), _texts),
    _numbers.map(lambda n: QuantityValue(Quantity(n))),
    st.builds(
        lambda n: QuantityValue(
            Quantity(n[1], "http://www.wikidata.org/entity/Q174728", n[2], n[0])
        ),
        st.lists(_numbers, min_size=3, max_size=3).map(lambda some: sorted(some, key=Decimal)),
    ),
    st.builds(
        lambda s, y, p, c: TimeValue(Time(f"{s}{y:04d}-01-01T00:00:00Z", p, c)),
        st.sampled_from("+-"),
        st.integers(1, 99_999) | st.integers(1, 10**9),
        st.integers(0, 11),
        st.sampled_from([GREGORIAN, JULIAN]),
    ),
    st.integers(0, 9).flatmap(
        lambda digits: st.builds(
            lambda a, b: CoordinateValue(
                Coordinate(a / 10**digits, b / 10**digits, float(Decimal(10) ** -digits), _EARTH)
            ),
            st.integers(-90 * 10**digits, 90 * 10**digits),
            st.integers(-180 * 10**digits, 180 * 10**digits),
        )
    ),
)


@st.composite
def _snaks(draw: st.DrawFn, property: str) -> Snak:
    if draw(st.integers(0, 9)) == 0:
        return Snak(draw(st.sampled_from(["somevalue", "novalue"])), property)
    return Snak("value", property, datavalue=draw(_values))


def _groups(letters: str) -> st.SearchStrategy[dict[str, list[Snak]]]:
    properties = st.sampled_from([f"P{n}" for n in letters.split()])
    return st.dictionaries(properties, st.none(), max_size=2).flatmap(
        lambda keys: st.fixed_dictionaries(
            {p: st.lists(_snaks(p), min_size=1, max_size=2) for p in keys}
        )
    )


@st.composite
def _items(draw: st.DrawFn) -> Item:
    claims: dict[str, list[Statement]] = {}
    for property in draw(
        st.lists(st.sampled_from(["P31", "P571", "P217"]), unique=True, max_size=3)
    ):
        qualifiers = draw(_groups("195 1319"))
        references = [
            Reference(snaks, snaks_order=list(snaks))
            for snaks in draw(st.lists(_groups("248 854").filter(bool), max_size=2))
        ]
        unique = [r for n, r in enumerate(references) if r not in references[:n]]
        claims[property] = [
            Statement(
                draw(_snaks(property)),
                qualifiers=qualifiers,
                qualifiers_order=list(qualifiers),
                references=unique,
            )
        ]
    return Item(
        id=draw(st.sampled_from(["", "Q7"])),
        labels={"en": Term("en", draw(_texts))},
        aliases={
            "de": [Term("de", text) for text in draw(st.lists(_texts, min_size=1, max_size=2))]
        },
        claims=claims,
    )


@given(_items())
@example(Item(id="", labels={"en": Term("en", '"/**/||')}, aliases={"de": [Term("de", "0")]}))
def test_what_was_written_is_read_back(wanted: Item) -> None:
    text = write_quickstatements([Draft("k", 1, wanted)])
    [draft], problems = read_quickstatements(text, WIKIDATA)
    assert problems == [] and draft.wanted == wanted


@given(st.text(max_size=100))
def test_any_text_is_read_or_its_lines_are_told(text: str) -> None:
    read_quickstatements(text, WIKIDATA)
    read_quickstatements(f"CREATE\nLAST\tP31\t{text}", WIKIDATA)


@pytest.mark.parametrize(
    ("name", "drafts", "problems"),
    [
        ("alte_pinakothek_spanish", 11, 0),
        ("neue_pinakothek_images", 12, 0),
        ("neue_pinakothek_sculptures", 1, 1),
        ("residenzmuseum_bamberg", 6, 7),
        ("schack_galerie", 34, 0),
    ],
)
def test_real_batches_of_ten_years_ago(name: str, drafts: int, problems: int, shared: Path) -> None:
    text = (shared / "quickstatements" / f"{name}.txt").read_text(encoding="utf-8")
    found, told = read_quickstatements(text, WIKIDATA)
    assert (len(found), len(told)) == (drafts, problems)
    again, none = read_quickstatements(write_quickstatements(found), WIKIDATA)
    assert [draft.wanted for draft in again] == [draft.wanted for draft in found] and none == []


def test_commands_on_one_value_are_one_statement_with_both_sources() -> None:
    text = 'Q7|P31|Q5|S854|"https://a/"||Q7|P31|Q5|S854|"https://b/"\n'
    [draft], _ = read_quickstatements(text, WIKIDATA)
    [statement] = draft.wanted.claims["P31"]
    assert len(statement.references) == 2


def test_qualifiers_of_one_value_come_together_unless_they_contradict() -> None:
    text = "Q7\tP39\tQ5\nQ7\tP39\tQ5\tP580\t+1901-00-00T00:00:00Z/9\n"
    [draft], _ = read_quickstatements(text, WIKIDATA)
    [statement] = draft.wanted.claims["P39"]
    assert list(statement.qualifiers) == ["P580"]
    again = text + "Q7\tP39\tQ5\tP580\t+1911-00-00T00:00:00Z/9\n"
    [draft], _ = read_quickstatements(again, WIKIDATA)
    assert len(draft.wanted.claims["P39"]) == 2


@pytest.mark.parametrize(
    "line",
    [
        'Q7|P217|"N 1"',
        'q7 | p217 | "N 1"',
        'Q7\tP217\t"N 1"\t\t',
        'Q7\tP217\t"N 1"\t/* why */',
        'Q7|P217|"N 1" /* why, | and || too */',
        'Q7|P217|"N 1" /* why */||',
        '# a note\n\n  \nQ7\tP217\t"N 1"\r',
    ],
)
def test_forms_that_people_write(line: str) -> None:
    [draft], problems = read_quickstatements(line, WIKIDATA)
    [statement] = draft.wanted.claims["P217"]
    assert problems == [] and draft.key == "Q7"
    assert statement.mainsnak.datavalue == StringValue("N 1")


def test_bars_quotes_and_comments_inside_quotes_belong_to_the_text() -> None:
    text = 'Q7|Len|"a | b || c"||Q7|P1476|sv:"sa "ja", /* nej */"|S854|"https://a/?b|c" /* why */'
    [draft], problems = read_quickstatements(text, WIKIDATA)
    [statement] = draft.wanted.claims["P1476"]
    assert problems == [] and draft.wanted.labels["en"].value == "a | b || c"
    assert statement.mainsnak.datavalue == MonolingualValue(Monolingual('sa "ja", /* nej */', "sv"))
    [source] = statement.references[0].snaks["P854"]
    assert source.datavalue == StringValue("https://a/?b|c")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("MERGE\tQ7\tQ8", "kgtool does not carry out MERGE; do it on the wiki"),
        ("CREATE_PROPERTY\tstring", "kgtool does not carry out CREATE_PROPERTY; do it on the wiki"),
        ("-Q7\tP31\tQ5", "kgtool does not carry out -Q7; do it on the wiki"),
        ("-STATEMENT\tQ7$1", "kgtool does not carry out -STATEMENT; do it on the wiki"),
        ("REMOVE_REF\tQ7\tP31\tQ5", "kgtool does not carry out REMOVE_REF; do it on the wiki"),
        ('Q7\tLen\t""', 'kgtool does not carry out Len ""; do it on the wiki'),
        ('Q7\tLen\t"x"\tS248\tQ1', "a command for Len has one value and nothing after it"),
        ("L7\tP31\tQ5", "“L7” is neither an item, nor LAST, nor CREATE"),
        ("Q7\tP31\tQ5\tP580", "“P580” has no value"),
        ("Q7\tP31\t", "a command has at least an item, what is said, and a value"),
        ("Q7\tP31\tfive", "“five” is no value that can be read; texts stand in quotes"),
        ("Q7\tP31\t+1901-02-30T00:00:00Z/11", "that month has only 28 days"),
        ("Q7\tP31\t+1901-02-03T00:00:00Z/15", "there is no precision 15"),
        ("Q7\tP31\t12[14,16]", "the amount is not between its bounds"),
        ("Q7\tP31\t@95/10", "is not a place on the globe"),
    ],
)
def test_what_is_not_carried_out_or_wrong_is_told(command: str, told: str) -> None:
    [problem] = read_quickstatements(command, WIKIDATA)[1]
    assert problem.line == 1 and told in problem.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1967-01-17T00:00:00Z/11", TimeValue(Time("+1967-01-17T00:00:00Z", 11, GREGORIAN))),
        ("-0044-03-15T00:00:00Z/11/J", TimeValue(Time("-0044-03-15T00:00:00Z", 11, JULIAN))),
        ("1.2~0.3", QuantityValue(Quantity("+1.2", "1", "+1.5", "+0.9"))),
        ("10[5,15]U174728", QuantityValue(Quantity("+10", _CENTIMETRE, "+15", "+5"))),
        ("@43.26193/10.92708", CoordinateValue(Coordinate(43.26193, 10.92708, 1e-05, _EARTH))),
        ('"say "hi""', StringValue('say "hi"')),
        ('"+1967-01-17T00:00:00Z/11"', StringValue("+1967-01-17T00:00:00Z/11")),
    ],
)
def test_values_as_the_help_writes_them(text: str, value: DataValue) -> None:
    [draft], problems = read_quickstatements(f"Q7\tP31\t{text}", WIKIDATA)
    assert problems == []
    assert draft.wanted.claims["P31"][0].mainsnak.datavalue == value


def test_what_the_format_cannot_say_is_told_in_the_batch() -> None:
    def place(precision: float, globe: str = _EARTH) -> Statement:
        value = CoordinateValue(Coordinate(48.2083, 16.3731, precision, globe))
        return Statement(Snak("value", "P625", datavalue=value))

    moon = "http://www.wikidata.org/entity/Q405"
    claims = {"P625": [place(1 / 3600), place(0.0001, moon)]}
    claims["P1114"] = [
        Statement(Snak("value", "P1114", datavalue=QuantityValue(Quantity("+1", "1", "+2", None))))
    ]
    assert write_quickstatements([Draft("k", 1, Item(id="Q7", claims=claims))]).splitlines() == [
        "Q7\tP625\t@48.2083/16.3731",
        "# P625: the precision 0.0002777777777777778 of the place was not written",
        "# P625: a place on another globe cannot be written",
        "# P1114: a number with one bound cannot be written",
    ]


def test_last_is_the_row_created_last_and_may_be_a_value() -> None:
    text = "CREATE\nLAST\tP31\tQ5\nQ7\tP361\tLAST\n"
    first, second = read_quickstatements(text, WIKIDATA)[0]
    assert first.key == "CREATE 1"
    value = second.wanted.claims["P361"][0].mainsnak.datavalue
    assert value is not None and value == item_value(local_id("CREATE 1"))


def test_a_bad_line_refuses_its_item_and_only_that() -> None:
    text = "Q7\tP31\tQ5\nQ8\tP31\tnonsense\n-Q7\tP31\tQ5\nLAST\tP31\tQ5\n"
    drafts, problems = read_quickstatements(text, WIKIDATA)
    assert [draft.key for draft in drafts] == ["Q7", "Q8"]
    assert [p.line for p in problems] == [2, 3, 4]
    assert [len(d.findings) for d in drafts] == [0, 1]
