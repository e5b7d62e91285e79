"""Names folded by the thousand: each step says what its counterpart for one name says."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.views.names.arrays import offsets
from kgtool.views.names.build import build_segment
from kgtool.views.names.folding import acronym_code, acronyms, fold_many, sounds_many
from kgtool.views.names.keys import joined_key, joined_keys, key, keys
from kgtool.views.names.record import NameRecord, merge
from kgtool.views.names.segment import Segment, normal_value, normal_values
from kgtool.views.names.text import MAX_TOKEN, fold, sounds, tokens

texts = st.one_of(
    st.text(max_size=60),
    st.text("ab Z9,.-'’\n\t|ʻéøŁшДのα", max_size=80),
    st.builds(
        lambda n, word: " ".join([word] * n), st.integers(20, 30), st.text("xyz", max_size=3)
    ),
    st.text("abc", min_size=MAX_TOKEN - 1, max_size=2 * MAX_TOKEN),
)


@given(st.lists(texts, max_size=12))
def test_many_names_fold_as_each_does(names: list[str]) -> None:
    folded = fold_many(names)
    at = offsets(folded.counts)
    words = [word.decode() for word in folded.words]
    assert [words[a:b] for a, b in itertools.pairwise(at)] == [tokens(n) for n in names]
    assert [chr(first) for first in folded.firsts] == [word[0] for word in words]
    assert folded.lengths.tolist() == [len(word) for word in words]
    at, blob = offsets(folded.fold_lengths), folded.folds.tobytes().decode()
    assert [blob[a:b] for a, b in itertools.pairwise(at)] == [fold(n) for n in names]


@given(st.lists(st.text("aehiou cdgkpqstxz0", min_size=1, max_size=12), max_size=12))
def test_many_words_sound_as_each_does(names: list[str]) -> None:
    words = [word for name in names for word in tokens(name)]
    assert sounds_many(words) == [sounds(word) for word in words]


@given(st.lists(st.text(max_size=150), max_size=12), st.text(max_size=10))
def test_many_keys_are_those_of_each(names: list[str], property: str) -> None:
    assert keys([name.encode() for name in names]).tolist() == [key(name) for name in names]
    of = key(property)
    assert joined_keys(of, keys([name.encode() for name in names])).tolist() == [
        joined_key(of, key(name)) for name in names
    ]


def test_keys_are_the_same_everywhere() -> None:
    assert key("monet") == 10402089455284620632


def test_different_texts_have_different_keys() -> None:
    made = [f"{a}{'x' * n}{b}" for a in range(40) for b in range(40) for n in (0, 3, 8, 21, 140)]
    assert len(set(map(key, made))) == len(set(made))
    assert key("a") != key("a\0") != key("a\0\0")
    assert joined_key(1, 2) != joined_key(2, 1)


@given(st.lists(st.text(" \t\n\x1fAz09.:/éß", max_size=30), min_size=1, max_size=8))
def test_many_values_are_compared_as_each_is(values: list[str]) -> None:
    values.append("HTTPS://www.Example.org/a b")
    assert normal_values(values) == [normal_value(value).encode() for value in values]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Museum of Modern Art", {"moma", "mm"}),
        ("Claude Monet", {"cm"}),
        ("Museum", set()),
        ("a b", {"ab"}),
        ("one two three four five six seven eight nine ten eleven", {"tffsene"}),
    ],
)
def test_acronyms(name: str, letters: set[str]) -> None:
    codes, places = acronyms(fold_many(["x", name]))
    assert set(codes.tolist()) == {acronym_code(one) for one in letters}
    assert set(places.tolist()) <= {1}


@given(st.lists(st.lists(st.sampled_from(["a", "bcd", "efgh", "0x"]), max_size=13), max_size=6))
def test_acronyms_are_first_letters(names: list[list[str]]) -> None:
    codes, places = acronyms(fold_many([" ".join(words) for words in names]))
    expected = set()
    for place, words in enumerate(names):
        if len(words) > 1:
            for letters in ([w[0] for w in words], [w[0] for w in words if len(w) > 3]):
                if 1 < len(letters) < 11:
                    expected.add((acronym_code("".join(letters)), place))
    assert sorted(zip(codes.tolist(), places.tolist(), strict=True)) == sorted(expected)


def _records() -> list[NameRecord]:
    chance = random.Random(5)
    words = ["Monet", "Claude", "musée", "д'Орсе", "Museum", "of", "Art", "clâude", "monet"]
    return [
        NameRecord(
            f"Q{chance.randrange(1, 5000)}",
            {code: " ".join(chance.choices(words, k=3)) for code in ("en", "fr", "de")},
            {"en": [" ".join(chance.choices(words, k=2)) for _ in range(2)]},
            types=[chance.choice(["Q5", "Q33506"])],
            parents=["Q1"] if chance.random() < 0.1 else [],
            begin=[chance.randrange(1400, 1900)] if chance.random() < 0.8 else [],
            ids={"P214": [str(chance.randrange(10**9))], "P131": [f"Q{chance.randrange(50)}"]},
            country=["Q142"],
            sitelinks=chance.randrange(30),
        )
        for _ in range(6000)
    ]


def _same(one: Segment, other: Segment) -> None:
    assert one.meta.entities == other.meta.entities
    assert set(one.meta.identifying) == set(other.meta.identifying)
    names = [(s.meta.properties, s.languages, list(s.type_rows)) for s in (one, other)]
    for n in range(len(one)):
        assert one.record(n) == other.record(n)
        id = one.record(n).id
        assert one.find(id) == other.find(id) == n
        assert (one.begin[n] == other.begin[n]).all()
        assert one.weight[n] == other.weight[n]
    assert [one.name_text[n] for n in range(one.names)] == [
        other.name_text[n] for n in range(other.names)
    ]
    for array in ("name_entity", "name_rank", "fact_key", "fact_of", "initials_key", "initials_of"):
        assert (getattr(one, array) == getattr(other, array)).all(), array
    for property in names[0][0]:
        rows = [s.property_rows[property] for s in (one, other)]
        assert (one.owners[rows[0]] == other.owners[rows[1]]).all()
    for n in range(0, one.names, 97):
        words = [s.token_text.many(s.words[n].astype(np.int64)) for s in (one, other)]
        assert words[0] == words[1] == tokens(one.name_text[n])


def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    merged: dict[str, NameRecord] = {}
    for record in _records():  # ids come again
        known = merged.get(record.id)
        merged[record.id] = merge(known, record) if known else record
    ordered = sorted(merged.values(), key=lambda r: (len(r.id), r.id))
    mixed = list(ordered)
    random.Random(1).shuffle(mixed)
    _same(build_segment(tmp_path / "a", ordered), build_segment(tmp_path / "b", mixed))
    _same(build_segment(tmp_path / "c", _records()), build_segment(tmp_path / "d", ordered))


def test_an_index_of_nothing(tmp_path: Path) -> None:
    assert len(build_segment(tmp_path, [])) == 0
    nameless = build_segment(tmp_path / "x", [NameRecord("Q1"), NameRecord("Q2", {"en": "…"})])
    assert (len(nameless), nameless.names, nameless.meta.empty) == (2, 2, 2)
    assert nameless.name_text[1] == "…"
