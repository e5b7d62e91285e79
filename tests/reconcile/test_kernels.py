"""What machine code counts is what plain Python counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from kgtool.reconcile.alike import BEGUN, EQUIVALENT, Spelt, Words, joined, likeness
from kgtool.reconcile.retrieve import COMPARED, Rough, best_of
from kgtool.reconcile.sharing import WORTH, Sharer
from kgtool.views.names.grams import grams
from kgtool.views.names.record import NameRecord
from kgtool.views.names.segment import Segment
from kgtool.views.names.text import sounds

from .world import index

words = st.text("abcdt1", min_size=1, max_size=8)


def _alike(asked: str, others: list[str], foreign: bool = False, same: bool = False) -> list[float]:
    spelt = Spelt(
        np.array([0, 1]),
        Words.of([asked]),
        Words.of([sounds(asked)]),
        np.array([foreign]),
        np.array([False]),
    )
    heard = Words.of([sounds(other) for other in others])
    found = likeness(
        spelt, np.zeros(len(others), int), Words.of(others), heard, np.full(len(others), same)
    )
    return [float(value) for value in found]


@given(words, st.lists(words, min_size=1, max_size=5), st.booleans())
@settings(max_examples=200, deadline=None)
def test_likeness_is_that_of_rapidfuzz(asked: str, others: list[str], foreign: bool) -> None:
    for other, found in zip(others, _alike(asked, others, foreign), strict=True):
        letters = OSA.normalized_similarity(asked, other)
        spoken = OSA.normalized_similarity(sounds(asked), sounds(other))
        sure = min(4, len(sounds(asked)), len(sounds(other))) / 4
        if foreign:
            like = max(letters, (0.55 + 0.15 * sure) * spoken + (0.45 - 0.15 * sure) * letters)
        else:
            like = max(letters, 0.35 * sure * spoken + (1 - 0.35 * sure) * letters)
        like = min(like, 0.97)
        if other == asked:
            like = 1.0
        elif min(len(asked), len(other)) > 2 and (
            asked.startswith(other) or other.startswith(asked)
        ):
            like = max(like, BEGUN)
        assert found == pytest.approx(like, abs=1e-12)


def test_words_that_say_the_same_are_alike_however_they_are_spelt() -> None:
    assert _alike("library", ["toshokan", "library"], same=True) == [EQUIVALENT, 1.0]


def test_words_are_joined_whatever_their_widths() -> None:
    both = joined([Words.of(["a"]), Words.of(["long", ""])])
    assert both.sortable.tolist() == [b"a", b"long", b""]
    assert both.lengths.tolist() == [1, 4, 0]


VOCABULARY = [
    *("abba", "abbot", "cabot", "tabor", "bat", "battle", "rattle", "cattle"),
    *("a", "ab", "abc", "babbage", "cabbage"),
]


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> Segment:
    records = [NameRecord(f"Q{n}", {"en": word}) for n, word in enumerate(VOCABULARY, 1)]
    return index(tmp_path_factory.mktemp("words"), records).segments[0]


@given(words, st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_words_that_share_most_grams_are_found(segment: Segment, asked: str, limit: int) -> None:
    rows, codes = grams([asked], [sounds(asked)])
    found = Sharer(segment).share(
        np.array([0, len(rows)]), codes, np.full(len(codes), 2), np.array([limit])
    )
    mass = 2 * len(codes)
    scores: dict[str, float] = {}
    several = 0
    for token in range(segment.tokens):
        own = set(grams([segment.token_text[token]], [segment.token_sound[token]])[1].tolist())
        shared = 2 * len(own & set(codes.tolist()))
        several += shared > 2
        if shared:
            scores[segment.token_text[token]] = shared / (mass + 1.5 * len(own))
    ranked = sorted(scores.values(), reverse=True)
    least = ranked[limit - 1] if len(ranked) > limit else 0.0
    worth = WORTH * ranked[0] if len(ranked) > limit else 0.0
    wanted = {word for word, score in scores.items() if score >= max(least, worth)}
    told = {segment.token_text[token] for token in found.token.tolist()}
    if several != limit:  # then nobody asks whether words that share one gram are as good
        assert told == wanted
    assert set(told) <= scores.keys()
    for token, score in zip(found.token.tolist(), found.score.tolist(), strict=True):
        assert score == pytest.approx(scores[segment.token_text[token]])


def test_the_best_of_all_segments_are_compared_and_those_as_good() -> None:
    def rough(segment: int, scores: list[float]) -> Rough:
        count = len(scores)
        return Rough(
            np.zeros(count, int), np.full(count, segment), np.arange(count), np.array(scores)
        )

    high = [1.0] * (COMPARED - 2)
    found = best_of([rough(0, [*high, 0.2]), rough(1, [0.5, 0.5, 0.5, 0.1])])
    assert found.segment.tolist() == [0] * len(high) + [1, 1, 1]
    assert found.name.tolist() == [*range(len(high)), 0, 1, 2]
    assert len(best_of([rough(0, [0.1, -0.2])]).name) == 2


def test_an_empty_index_shares_nothing(tmp_path: Path) -> None:
    empty = index(tmp_path, []).segments[0]
    found = Sharer(empty).share(np.array([0, 1]), np.array([5]), np.array([2]), np.array([3]))
    assert len(found.token) == 0
