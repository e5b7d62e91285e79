"""Names as people write them, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import ExpressionError
from kgtool.reconcile.dates import Date, parse_date, same_date
from kgtool.reconcile.languages import language_names
from kgtool.reconcile.parse import parse
from kgtool.reconcile.paths import Either, Follow, Step, parse_path, part_of
from kgtool.views.names.bones import bones
from kgtool.views.names.script import romanise
from kgtool.views.names.text import fold, sounds, tokens


@pytest.mark.parametrize(
    ("name", "forward", "begin", "end", "active"),
    [
        ("Monet, Claude", "claude monet", None, None, None),
        ("Monet, Claude, 1840-1926", "claude monet", 1840, 1926, None),
        ("Reicher, Heinrich, approximately 1380-1466", "heinrich reicher", 1380, 1466, None),
        ("Mullawī, Aḥmad, d. 1344", "ahmad mullawi", None, 1344, None),
        ("Firdawsī, -1020?", "firdawsi", None, 1020, None),
        ("Ivan IV, 1530-", "ivan iv", 1530, None, None),
        ("Philippus, active 13th century", "philippus", None, None, (1200, 1300)),
        ("Simon, active 1450-1470", "simon", None, None, (1450, 1470)),
        ("Museum 1900", "museum 1900", None, None, None),
        ("France (northern)", "france", None, None, None),
    ],
)
def test_takes_names_apart(
    name: str, forward: str, begin: int | None, end: int | None, active: tuple[int, int] | None
) -> None:
    parsed = parse(name)
    assert (parsed.forward, parsed.begin, parsed.end, parsed.active) == (
        forward, begin, end, active,
    )  # fmt: skip


def test_what_stands_aside_counts_less() -> None:
    parts = {word.text: word.part for word in parse("attributed to Kosti [Bulgaria]").words}
    assert parts["kosti"] == 1.0
    assert parts["bulgaria"] < parts["kosti"]
    assert parts["attributed"] < 0.5


@given(st.text())
def test_any_text_can_be_taken_apart(text: str) -> None:
    parsed = parse(text)
    assert all(0 <= word.part <= 1 for word in parsed.words)
    assert all(word.text == fold(word.text) for word in parsed.words)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert all(token.isascii() and token.isalnum() for token in tokens(text))


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Σαρλ Μπωντλαίρ", "sarl bontler"),
        ("Шагал", "shagal"),
        ("محمد بن احمد", "mhmd bn ahmd"),
        ("سحيمي", "sahimi"),  # not sh
        ("הירושלמי", "hirushlmi"),
        ("クロード・モネ", "kurodo mone"),
        ("Łódź", "Lodz"),
    ],
)
def test_other_scripts_in_latin_letters(text: str, latin: str) -> None:
    assert romanise(text) == latin


@pytest.mark.parametrize(
    ("one", "other"),
    [("baudelaire", "bodler"), ("brueghel", "bruegel"), ("filips", "philips"), ("isaac", "izaak")],
)
def test_spellings_that_sound_alike(one: str, other: str) -> None:
    assert sounds(one) == sounds(other)


def test_language_codes() -> None:
    assert language_names("tur") == ("Turkish",)
    assert language_names("fro") == ("Old French",)
    assert language_names("sla") == ("Slavic languages",)
    assert language_names("pro;") == ("Old Provençal", "Old Occitan")
    assert language_names("Turkish") == ()


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1840", Date(1840)),
        ("+1840-11-14T00:00:00Z", Date(1840, 11, 14)),
        ("14.11.1840", Date(1840, 11, 14)),
        ("-0044", Date(-44)),
        ("18XX", Date(1800, span=100)),
        ("ca. 1840", Date(1840)),
        ("1840-13-01", None),
        ("between 1840 and 1850", None),
        ("", None),
    ],
)
def test_dates(text: str, date: Date | None) -> None:
    assert parse_date(text) == date


def test_dates_agree_as_far_as_both_say() -> None:
    assert same_date(Date(1840, 11, 14), Date(1840))
    assert same_date(Date(1800, span=100), Date(1840, 2))
    assert not same_date(Date(1840, 11), Date(1840, 12))
    assert not same_date(Date(1840, 11, 14), Date(1840, 11, 15))


def test_paths() -> None:
    assert parse_path("P131/P17") == Follow((Step("P131"), Step("P17")))
    assert parse_path("P625@lat") == Step("P625", "lat")
    assert parse_path("P39_P580@year") == Step("P39", "year", "P580")
    assert parse_path("(P571|P749/P580)@year") == Either(
        (Step("P571", "year"), Follow((Step("P749"), Step("P580", "year"))))
    )
    assert parse_path("./P2427/.") == parse_path("P2427")
    assert parse_path("P131/(P17|.)") == Follow((Step("P131"), Either((Step("P17"), Step(".")))))


@pytest.mark.parametrize(
    ("value", "part", "told"),
    [
        ("1840-11-14", "iso", "1840-11-14T00:00:00+00:00"),
        ("1840-11-14", "isodate", "1840-11-14"),
        ("1840-11-14", "month", "11"),
        ("1840", "day", ""),
        ("184X", "year", ""),
        ("1840-11-14", "hour", ""),
        ("52.36,4.885", "lng", "4.885"),
        ("https://www.gnu.org/software/emacs/", "urlpath", "/software/emacs/"),
        ("https://[", "netloc", ""),
    ],
)
def test_parts_of_values(value: str, part: str, told: str) -> None:
    assert part_of(value, part) == told


@pytest.mark.parametrize(
    "text", ["", "/", "P1//P2", "P1|", "(P1", "P1)", "P1@moon", "P1 P2", "@lat"]
)
def test_what_is_no_path_is_told_with_its_place(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_path(text)


@given(st.text(alphabet="P1_|/()@.Llat ", max_size=30))
def test_paths_parse_or_say_why(text: str) -> None:
    try:
        parse_path(text)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text) + 40


@pytest.mark.parametrize(
    ("written", "romanised"),
    [
        ("محمد", "muhammad"),
        ("متولي", "mutawalli"),
        ("قاسم", "kasim"),
        ("سليمان", "sulayman"),
        ("عثمان", "athman"),
        ("מנחם", "menahem"),
        ("سحيمي", "suhaymi"),
        ("אליהו", "eliyahu"),
    ],
)
def test_scripts_without_vowels_share_their_consonants(written: str, romanised: str) -> None:
    assert bones(tokens(written)) == bones([romanised])


def test_consonants_tell_names_apart() -> None:
    assert len(set(bones(["muhammad", "mad", "ahmad", "hamid", "mahdi", "salim"]))) == 6
    assert bones(["ab2", "18", ""]) == ["ab2", "18", ""]


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("ジョヴァンニ", "jovanni"),
        ("シャガール", "shagaru"),
        ("チェ", "che"),
        ("ウィリアム", "wiriamu"),
        ("ティツィアーノ", "titsiano"),
        ("きょうと", "kyouto"),
    ],
)
def test_two_signs_that_are_one_syllable(text: str, latin: str) -> None:
    assert romanise(text) == latin
