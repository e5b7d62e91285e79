"""The words of an index: numbered by their keys, weighed by how rare they are, found by sound."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kgtool.views.names.arrays import Array, ArrayWriter, offsets
from kgtool.views.names.bones import bones
from kgtool.views.names.grams import GRAMS, grams
from kgtool.views.names.keys import keys
from kgtool.views.names.part import Part
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.runs import Run, Spilled, side_by_side
from kgtool.views.names.text import initial, sounds_many

_WORDS = 1 << 18  # whose grams are made together
_LOW = np.uint64(0xFFFFFFFF)


class Vocabulary:
    """The words of all parts. ``number`` gives, for each part, those of its own words here."""

    def __init__(self, parts: Sequence[Part], names: int, rarity: Rarity | None) -> None:
        self.number = [np.empty(part.arrays.length("word_key"), np.uint32) for part in parts]
        found = [np.zeros(0, np.uint64)]
        held = [np.zeros(0, np.int64)]
        letters: list[bytes] = []
        lengths = [np.zeros(0, np.int64)]
        count = 0
        runs = [Run.stored(part.arrays, "word_key") for part in parts]
        for step in side_by_side(runs):
            every, first, place = np.unique(
                np.concatenate([part.keys for part in step]),
                return_index=True,
                return_inverse=True,
            )
            names_of = np.zeros(len(every), np.int64)
            sizes: list[Array] = []
            pieces: list[bytes] = []
            begin = 0
            for n, a, b, _ in step:
                arrays = parts[n].arrays
                here = place[begin : begin + b - a]
                self.number[n][a:b] = here + count
                names_of[here] += arrays.read("word_names", a, b)
                at = arrays.read("word_at", a, b + 1)
                raw = arrays.read("word_letters", int(at[0]), int(at[-1])).tobytes()
                at -= at[0]
                sizes.append(np.diff(at))
                pieces.append(raw)
                begin += b - a
            ends = np.cumsum(np.concatenate(sizes))
            joined = b"".join(pieces)
            stops = ends[first].tolist()
            taken = np.concatenate(sizes)[first]
            letters += [
                joined[stop - size : stop] for stop, size in zip(stops, taken.tolist(), strict=True)
            ]
            found.append(every)
            held.append(names_of)
            lengths.append(taken)
            count += len(every)
        self.keys = np.concatenate(found)
        self.names = np.concatenate(held)  # that hold each word
        self._letters = b"".join(letters)
        self._at = offsets(np.concatenate(lengths))
        self._total = names
        self._given = rarity
        # Grams do not tell what a word weighs, so that they can wait.
        self.masses = (rarity or Rarity(names, self.keys, self.names, np.zeros(0))).masses(
            self.keys
        )

    def __len__(self) -> int:
        return len(self.keys)

    def _words(self, first: int, last: int) -> list[bytes]:
        ends = self._at[first : last + 1].tolist()
        return [self._letters[a:b] for a, b in itertools.pairwise(ends)]

    def write(self, out: ArrayWriter, folder: Path) -> None:
        """Write all that is known of the words."""
        count = len(self)
        out.add(
            {
                "token_key": self.keys,
                "token_of": np.arange(count, dtype=np.uint32),
                "token_mass": self.masses,
                "token_order": _alphabetical(self._letters, self._at),
                "token_text_blob": np.frombuffer(self._letters, np.uint8),
                "token_text_at": self._at,
            }
        )
        initials = np.empty(count, np.uint8)
        single = np.empty(count, np.bool_)
        gram_count = np.empty(count, np.int32)
        bare = np.empty(count, np.uint64)
        heard: list[bytes] = []
        heard_lengths = np.empty(count, np.int64)
        spilled = Spilled(folder)
        try:
            for a in range(0, count, _WORDS):
                words = [raw.decode() for raw in self._words(a, a + _WORDS)]
                b = a + len(words)
                initials[a:b] = list(map(initial, words))
                single[a:b] = [len(word) == 1 and word.isalpha() for word in words]
                sounds = sounds_many(words)
                heard.append("".join(sounds).encode())
                heard_lengths[a:b] = list(map(len, sounds))
                bare[a:b] = keys([one.encode() for one in bones(words)])
                row, code = grams(words, sounds)
                gram_count[a:b] = np.bincount(row, minlength=b - a)
                spilled.add(
                    np.sort(code.astype(np.uint64) << np.uint64(32) | (row + a).astype(np.uint64))
                )
            by_bones = np.argsort(bare, kind="stable")
            out.add(
                {
                    "token_initial": initials,
                    "token_single": single,
                    "gram_count": gram_count,
                    "bones_key": bare[by_bones],
                    "bones_of": by_bones.astype(np.uint32),
                    "token_sound_blob": np.frombuffer(b"".join(heard), np.uint8),
                    "token_sound_at": offsets(heard_lengths),
                }
            )
            room = out.room("grams", np.int32, (sum(run.length for run in spilled.runs),))
            sizes = np.zeros(GRAMS, np.int64)
            for step in side_by_side(spilled.runs):
                packed = np.sort(np.concatenate([part.keys for part in step]))
                room.write((packed & _LOW).astype(np.int32))
                sizes += np.bincount((packed >> np.uint64(32)).astype(np.int64), minlength=GRAMS)
            out.add({"grams_at": offsets(sizes)})
        finally:
            spilled.close()


def _alphabetical(letters: bytes, at: Array) -> Array:
    """The numbers of words in the order of their letters."""
    starts, lengths = at[:-1], np.diff(at)
    padded = np.frombuffer(letters + b"\0" * 16, np.uint8)
    front = []
    for place in range(0, 16, 8):  # mostly the first sixteen letters tell
        number = np.zeros(len(starts), np.uint64)
        for n in range(place, place + 8):
            letter = np.where(lengths > n, padded[np.minimum(starts + n, len(padded) - 1)], 0)
            number = number << np.uint64(8) | letter.astype(np.uint64)
        front.append(number)
    order = np.lexsort((front[1], front[0]))
    same = np.zeros(len(order) + 1, np.bool_)
    same[1:-1] = (front[0][order][1:] == front[0][order][:-1]) & (
        front[1][order][1:] == front[1][order][:-1]
    )
    edges = np.flatnonzero(np.diff(same.astype(np.int8)))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        alike = order[begin : end + 1].tolist()
        alike.sort(key=lambda n: letters[at[n] : at[n + 1]])
        order[begin : end + 1] = alike
    return order.astype(np.uint32)
