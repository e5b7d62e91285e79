"""Names that statements give, as the columns have them: which rows they are, and their JSON."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from kgtool.entities.profile import Profile
from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array, offsets
from kgtool.views.names.json import put, put_string, put_word
from kgtool.views.names.record import KINDS, NO_LANGUAGE
from kgtool.views.names.rows import Rows, numbers_in

FORMER = KINDS.index("former")
# Details of texts that are ids of entities, where others have a language.
_ENTITIES = {"property", "lexeme", "form", "sense", "mediainfo"}
_KIND_AT = offsets([len(kind) for kind in KINDS])
_KIND_LETTERS = np.frombuffer("".join(KINDS).encode(), np.uint8)
_STATED = np.frombuffer(b',"stated":[', np.uint8)


class Stated:
    """Tells which statements give names.

    :param languages: gives the numbers of language codes.
    """

    def __init__(self, profile: Profile, languages: Callable[[list[str]], Array]) -> None:
        kinds = {int(property[1:]): kind for property, kind in profile.name_kinds.items()}
        self._kind_of = np.zeros(max(kinds, default=0) + 2, np.int64)
        for property, kind in kinds.items():
            self._kind_of[property] = KINDS.index(kind)
        self._end_time = int((profile.properties.end_time or "P0")[1:])
        self._languages = languages

    def kinds(self, property: Array, rank: Array, value_kind: Array) -> Array:
        """The kind (its place in ``KINDS``) of the name that each row may give, or 0."""
        last = len(self._kind_of) - 1
        kind = self._kind_of[np.minimum(property, last)]
        kind[(rank == 0) | (value_kind != 0)] = 0
        return kind

    def spoken(self, words: list[str], detail: Array, form: Array, kind: Array) -> Array:
        """The language of each name; rows that hold no text get the kind 0.

        ``detail`` has the places of ``words``, or -1; ``form`` is not 0 where a row is no text.
        """
        language = np.zeros(len(kind), np.int64)
        rows = np.flatnonzero(kind)
        kind[rows[form[rows] != 0]] = 0
        for code in np.unique(detail[rows]).tolist():
            word = NO_LANGUAGE if code < 0 else words[code]
            here = rows[detail[rows] == code]
            if word in _ENTITIES:
                kind[here] = 0
            elif kind[here].any():
                language[here] = self._languages([word])[0]
        return language

    def endings(self, batch: pa.RecordBatch) -> Rows:
        """Rows of qualifiers that say when a statement ended: a known or an unknown time."""
        rows = np.flatnonzero(
            (numbers_in(batch, "property") == self._end_time) & (numbers_in(batch, "kind") < 2)
        )
        none = np.zeros(len(rows), np.int64)
        statement = numbers_in(batch, "statement")[rows]
        letters = np.zeros(0, np.uint8)
        letters.flags.writeable = False
        return Rows(numbers_in(batch, "item")[rows], (statement,), none, none, letters)


@compiled
def put_stated(
    first: int,
    last: int,
    kind: Array,
    language: Array,
    start: Array,
    end: Array,
    letters: Array,
    language_ends: Array,
    language_letters: Array,
    out: Array,
    at: int,
) -> int:
    """The names that rows of one entity give: kind, language, text."""
    some = False
    for row in range(first, last):
        if not kind[row]:
            continue
        if some:
            out[at] = 44
            at += 1
        else:
            at = put(_STATED, out, at)
        some = True
        out[at] = 91
        at = put_word(_KIND_AT, _KIND_LETTERS, int(np.int64(kind[row])), out, at + 1)
        out[at - 1] = 44
        at = put_word(language_ends, language_letters, int(np.int64(language[row])), out, at)
        out[at - 1] = 44
        at = put_string(letters, start[row], end[row], out, at)
        out[at] = 93
        at += 1
    if some:
        out[at] = 93
        at += 1
    return at
