"""Names folded by the thousand: each step says what its counterpart for one name says."""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.views.names import build, merging, part_writer, runs
from kgtool.views.names.arrays import offsets
from kgtool.views.names.build import build_segment, segment_of_parts, write_parts
from kgtool.views.names.flat import Texts
from kgtool.views.names.keys import acronym_code, joined_key, key, keys
from kgtool.views.names.record import NameRecord, merge
from kgtool.views.names.runs import Run, side_by_side
from kgtool.views.names.segment import Segment, normal_value
from kgtool.views.names.text import MAX_TOKEN, fold, sounds, sounds_many, tokens
from kgtool.views.names.values import NOT_AN_ID, keys_of

texts = st.one_of(
    st.text(max_size=60),
    st.text("ab Z9,.-'’\n\t|ʻéøŁшДのα", max_size=80),
    st.builds(
        lambda n, word: " ".join([word] * n), st.integers(20, 30), st.text("xyz", max_size=3)
    ),
    st.text("abc", min_size=MAX_TOKEN - 1, max_size=2 * MAX_TOKEN),
)


def _each(names: list[str]) -> Segment:
    """A segment in which each of the names is that of one entity."""
    with tempfile.TemporaryDirectory() as folder:
        segment = build_segment(
            Path(folder) / "made",
            [NameRecord(f"Q{n}", {"en": name}) for n, name in enumerate(names, 10)],
        )
        segment.words, segment.name_fold, segment.name_text  # noqa: B018 - opened while they are there
        return segment


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=12))
def test_many_names_fold_as_each_does(names: list[str]) -> None:
    segment = _each(names)
    words = [segment.token_text.many(segment.words[n].astype(np.int64)) for n in range(len(names))]
    assert words == [tokens(name) for name in names]
    assert [segment.name_fold[n] for n in range(len(names))] == [fold(name) for name in names]
    assert [segment.name_text[n] for n in range(len(names))] == names


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["Monet", "monet", "Monét", "Ménot", "…", "", "a", "A!"])))
def test_an_entity_has_each_folded_name_once(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        segment = build_segment(Path(folder) / "s", [NameRecord("Q1", {}, {"en": names})])
        found = [segment.name_text[n] for n in range(segment.names)]
    folded = dict.fromkeys(fold(name) for name in names)
    folded.pop("", None) if len(folded) > 1 else None
    assert [fold(name) for name in found] == (list(folded) or [""])
    assert all(name in names for name in found if name)


@given(st.lists(st.text("aehiou cdgkpqstxz0", min_size=1, max_size=12), max_size=12))
def test_many_words_sound_as_each_does(names: list[str]) -> None:
    words = [word for name in names for word in tokens(name)]
    assert sounds_many(words) == [sounds(word) for word in words]


@given(st.lists(st.text(max_size=150), max_size=12))
def test_many_keys_are_those_of_each(names: list[str]) -> None:
    assert keys([name.encode() for name in names]).tolist() == [key(name) for name in names]


def test_keys_are_the_same_everywhere() -> None:
    assert key("monet") == 10402089455284620632


def test_different_texts_have_different_keys() -> None:
    made = [f"{a}{'x' * n}{b}" for a in range(40) for b in range(40) for n in (0, 3, 8, 21, 140)]
    assert len(set(map(key, made))) == len(set(made))
    assert key("a") != key("a\0") != key("a\0\0")
    assert joined_key(1, 2) != joined_key(2, 1)


values = st.one_of(
    st.text(" \t\n\x1fAz09.:/éß", max_size=30),
    st.text(max_size=150),
    st.from_regex(r"[QPLX][0-9]{0,3}", fullmatch=True),
    st.from_regex(r"[+-]?[0-9]{0,5}(-[0-9]{0,3}){0,3}", fullmatch=True),
    st.from_regex(r"[+-]?[0-9]{0,2}\.[0-9]{0,2},-?[0-9]{0,2}\.[0-9]{0,2}", fullmatch=True),
    st.from_regex(r"(HTTP|https?)://?/?(WWW|www)?\.?[a-z ]{0,3}/?[a-z/]{0,3}", fullmatch=True),
)


@settings(deadline=None)
@given(st.lists(values, min_size=1, max_size=8), st.text(max_size=10))
def test_many_values_are_compared_as_each_is(found: list[str], property: str) -> None:
    found.append("HTTPS://www.Example.org/a b")
    raws = [value.encode() for value in found]
    at = offsets([len(raw) for raw in raws])
    letters = np.frombuffer(b"".join(raws), np.uint8)
    many = Texts(np.zeros(len(raws), np.int64), at[:-1], at[1:], letters)
    of = np.array([key(property)], np.uint64)
    made, plain = keys_of(many, np.zeros(len(raws), np.int64), of)
    assert made.tolist() == [joined_key(key(property), key(normal_value(v))) for v in found]
    assert plain.tolist() == [NOT_AN_ID(value) is None for value in found]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Museum of Modern Art", {"moma", "mm", "mma"}),
        ("Royal Museums of Art and History", {"rmoaah", "rmah", "rmh"}),
        ("Claude Monet", {"cm"}),
        ("Museum", set()),
        ("a b", {"ab"}),
        ("one two three four five six seven eight nine ten eleven", {"tffsene"}),
    ],
)
def test_acronyms(name: str, letters: set[str]) -> None:
    segment = _each(["x", name])
    assert set(segment.initials_key.tolist()) == {acronym_code(one) for one in letters}
    assert set(segment.initials_of.tolist()) <= {1}


INITIALS_OF = ["a", "bcd", "and", "efgh", "0x"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(INITIALS_OF), max_size=13), max_size=6))
def test_acronyms_are_first_letters(names: list[list[str]]) -> None:
    segment = _each([" ".join(words) for words in names])
    expected = set()
    for place, words in enumerate(names):
        if len(words) > 1:
            for letters in (
                [w[0] for w in words],
                [w[0] for w in words if len(w) > 3],
                [w[0] for w in words if w not in ("a", "0x", "and")],
            ):
                if 1 < len(letters) < 11:
                    expected.add((acronym_code("".join(letters)), place))
    found = zip(segment.initials_key.tolist(), segment.initials_of.tolist(), strict=True)
    assert list(found) == sorted(expected)


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


def test_parts_of_any_size_make_the_same_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = list({record.id: record for record in _records()}.values())
    encoded = [(record, msgspec.json.encode(record)) for record in records]
    whole = build_segment(tmp_path / "whole", records)
    monkeypatch.setattr(part_writer, "ENTITIES", 700)
    monkeypatch.setattr(build, "CHUNK", 100)
    monkeypatch.setattr(runs, "ROWS", 4096)
    monkeypatch.setattr(merging, "BLOCK", 97)

    def write(folder: Path) -> Iterator[Path]:
        for n in range(3):  # as processes do that each have some of the lines
            (folder / str(n)).mkdir()
            yield from write_parts(folder / str(n), encoded[n::3])

    parted = segment_of_parts(tmp_path / "parted", write)
    _same(whole, parted)
    assert (tmp_path / "whole/arrays.bin").read_bytes() == (
        tmp_path / "parted/arrays.bin"
    ).read_bytes()
    assert (whole.folder / "segment.json").read_bytes() == (
        parted.folder / "segment.json"
    ).read_bytes()
    assert not (parted.folder / "parts").exists()


@given(st.lists(st.lists(st.integers(0, 30), max_size=60), max_size=5), st.integers(1, 20))
def test_runs_are_merged_in_steps_that_keep_equal_keys_together(
    lists: list[list[int]], rows: int
) -> None:
    def run(numbers: list[int]) -> Run:
        ordered = np.sort(np.array(numbers, np.uint64))
        return Run(len(ordered), lambda first, last: ordered[first:last])

    steps = list(side_by_side([run(numbers) for numbers in lists], rows, least=2))
    keys = [np.concatenate([one.keys for one in step]) for step in steps]
    assert sorted(n for part in keys for n in part.tolist()) == sorted(itertools.chain(*lists))
    assert all(a.max() < b.min() for a, b in itertools.pairwise(keys))
    taken = [
        [(one.first, one.last) for step in steps for one in step if one.run == n]
        for n in range(len(lists))
    ]
    for spans, numbers in zip(taken, lists, strict=True):
        assert [a for a, _ in spans] == [0, *[b for _, b in spans][:-1]][: len(spans)]
        assert (spans[-1][1] if spans else 0) == len(numbers)


def test_an_index_of_nothing(tmp_path: Path) -> None:
    assert len(build_segment(tmp_path, [])) == 0
    nameless = build_segment(tmp_path / "x", [NameRecord("Q1"), NameRecord("Q2", {"en": "…"})])
    assert (len(nameless), nameless.names, nameless.meta.empty) == (2, 2, 2)
    assert nameless.name_text[1] == "…"
