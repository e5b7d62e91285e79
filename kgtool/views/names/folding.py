"""Names folded and told apart, their words numbered, by compiled code.

What it says of one name is what :func:`kgtool.views.names.text.tokens` says.
"""

from __future__ import annotations

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.extract.words import intern
from kgtool.views.names.arrays import Array
from kgtool.views.names.text import MAX_TOKEN, MAX_TOKENS

_LETTER = np.zeros(256, np.uint8)  # folded, or 0 for what stands between words
for _one in range(128):
    if chr(_one).isalnum():
        _LETTER[_one] = ord(chr(_one).lower())
_MOST = 10  # letters of an acronym
_LONG = 3  # letters of a word that an acronym may leave out
_LITTLE = np.array(  # words of three letters that an acronym may leave out
    [
        int.from_bytes(word.encode(), "big")
        for words in (
            "and the for und der die das des dem del les los las dei per sur par aux",
            "van het och den det til von zur zum its",
        )
        for word in words.split()
    ],
    np.int64,
)

# What was written so far.
NAMES, WORDS, LETTERS, FOLDED, ACRONYMS = range(5)


@compiled
def foreign(start: Array, end: Array, letters: Array, found: Array) -> int:
    """Find texts that are not to be folded letter by letter: those beyond ASCII, or with ``'``.

    Writes which they are to ``found``; gives how many.
    """
    count = 0
    for row in range(len(start)):
        for n in range(start[row], end[row]):
            c = letters[n]
            if c > 127 or c == 39:
                found[count] = row
                count += 1
                break
    return count


@compiled
def _hashed(letters: Array, start: int, end: int) -> np.uint64:
    hashed = np.uint64(14695981039346656037)  # FNV-1a
    for n in range(start, end):
        hashed = (hashed ^ np.uint64(letters[n])) * np.uint64(1099511628211)
    return hashed ^ (hashed >> np.uint64(32))


@compiled
def _seen(hashed: np.uint64, entity: int, hashes: Array, owners: Array) -> bool:
    """Whether this entity had it before; notes that it has it."""
    mask = len(hashes) - 1
    slot = int(np.int64(hashed & np.uint64(mask)))
    while owners[slot] == entity:
        if hashes[slot] == hashed:
            return True
        slot = (slot + 1) & mask
    hashes[slot] = hashed
    owners[slot] = entity
    return False


@compiled
def _is_little(word: Array, size: int) -> bool:
    """Whether acronyms leave a word out: ``of``, ``and``, but not ``Art``."""
    if size < 3:
        return size > 1 or word[0] == 97 or word[0] == 121  # Spanish y, French à
    if size > 3:
        return False
    three = (np.int64(word[0]) * 256 + word[1]) * 256 + word[2]
    n = 0
    while n < len(_LITTLE) and _LITTLE[n] != three:
        n += 1
    return n < len(_LITTLE)


@compiled
def fold_names(
    entity: int,
    entities: int,
    row: int,
    nameless: int,
    of: Array,
    start: Array,
    end: Array,
    letters: Array,
    plain_at: Array,
    plain: Array,
    rank: Array,
    language: Array,
    slots: Array,
    word_ends: Array,
    word_letters: Array,
    word_counts: Array,
    raw_hashes: Array,
    raw_owners: Array,
    folded_hashes: Array,
    folded_owners: Array,
    known: Array,
    name_entity: Array,
    name_rank: Array,
    name_language: Array,
    name_words: Array,
    text_lengths: Array,
    fold_lengths: Array,
    words: Array,
    texts: Array,
    folds: Array,
    codes: Array,
    codes_of: Array,
    word: Array,
    written: Array,
) -> tuple[int, int]:
    """Fold the names of entities from ``entity`` on, whose names begin at ``row``.

    An entity has each folded name once: what differs only by language, case or accents is one. A
    name without letters counts only where there is no other; an entity without any name has an
    empty one (``nameless`` is its language). ``plain_at[row]`` is where the name stands in Latin
    letters in ``plain``, up to a line end, or -1 where ``letters`` has it so.

    Gives the entity and row where it stopped: before the end if there is no room for a word.
    """
    while entity < entities:
        first = row
        name, word_at, letter = written[NAMES], written[WORDS], written[LETTERS]
        folded, acronym = written[FOLDED], written[ACRONYMS]
        different, silent, full = 0, -1, False
        while row < len(of) and of[row] == entity and not full:
            here = row
            row += 1
            if _seen(_hashed(letters, start[here], end[here]), entity, raw_hashes, raw_owners):
                continue
            different += 1
            in_plain = plain_at[here] >= 0
            at = plain_at[here] if in_plain else start[here]
            stop = len(plain) if in_plain else end[here]
            count, size, begin, long_ones, full_ones = 0, 0, folded, 0, 0
            every, some, most = np.int64(0), np.int64(0), np.int64(0)
            hashed = np.uint64(14695981039346656037)
            while True:
                c = np.uint8(0)
                ended = at >= stop
                if not ended:
                    raw = plain[at] if in_plain else letters[at]
                    ended = in_plain and raw == 10
                    c = _LETTER[raw]
                if not ended and c:
                    if size < MAX_TOKEN:
                        word[size] = c
                        size += 1
                elif size:
                    number = intern(word, 0, size, 0, slots, word_ends, word_letters, word_counts)
                    if number < 0:
                        full = True
                        break
                    if count:
                        folds[folded] = 32
                        folded += 1
                    for n in range(size):
                        folds[folded + n] = word[n]
                    folded += size
                    words[word_at + count] = number
                    hashed = (hashed ^ np.uint64(number)) * np.uint64(1099511628211)
                    hashed ^= hashed >> np.uint64(29)
                    digit = np.int64(word[0]) - (86 if word[0] >= 97 else 47)
                    if count < _MOST:
                        every = every * 37 + digit
                    if size > _LONG:
                        if long_ones < _MOST:
                            some = some * 37 + digit
                        long_ones += 1
                    if not _is_little(word, size):
                        if full_ones < _MOST:
                            most = most * 37 + digit
                        full_ones += 1
                    count += 1
                    size = 0
                if ended or count == MAX_TOKENS:
                    break
                at += 1
            if full:
                break
            if count == 0:
                if silent < 0:
                    silent = here
                continue
            if _seen(hashed, entity, folded_hashes, folded_owners):
                folded = begin
                continue
            if count > 1:
                if count <= _MOST:
                    codes[acronym], codes_of[acronym] = every, name
                    acronym += 1
                if 1 < long_ones <= _MOST and (count > _MOST or some != every):
                    codes[acronym], codes_of[acronym] = some, name
                    acronym += 1
                if 1 < full_ones <= _MOST and full_ones not in (count, long_ones):
                    codes[acronym], codes_of[acronym] = most, name
                    acronym += 1
            for n in range(start[here], end[here]):
                texts[letter] = letters[n]
                letter += 1
            name_entity[name] = entity
            name_rank[name], name_language[name] = rank[here], language[here]
            name_words[name] = count
            text_lengths[name] = end[here] - start[here]
            fold_lengths[name] = folded - begin
            word_at += count
            name += 1
        if full:
            # What this entity has noted is forgotten with its number: it comes as another one.
            for n in range(len(raw_owners)):
                if raw_owners[n] == entity:
                    raw_owners[n] = -1
                if folded_owners[n] == entity:
                    folded_owners[n] = -1
            return entity, first
        if name == written[NAMES]:
            name_entity[name] = entity
            name_rank[name], name_language[name] = 1, nameless
            name_words[name], text_lengths[name], fold_lengths[name] = 0, 0, 0
            if silent >= 0:
                name_rank[name], name_language[name] = rank[silent], language[silent]
                text_lengths[name] = end[silent] - start[silent]
                for n in range(start[silent], end[silent]):
                    texts[letter] = letters[n]
                    letter += 1
            name += 1
        known[entity] = different
        written[NAMES], written[WORDS], written[LETTERS] = name, word_at, letter
        written[FOLDED], written[ACRONYMS] = folded, acronym
        entity += 1
    return entity, row
