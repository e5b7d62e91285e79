"""Lines of entity JSON → cells, in one pass over the bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kgtool.views.columns import RANKS, SNAK_KINDS
from kgtool.views.extract import grammar as g
from kgtool.views.extract.cells import (
    ALL,
    COUNTERS,
    DEEPEST,
    DETAIL,
    END,
    GOOD,
    HAS_TEXT,
    ITEM,
    ITEM_END,
    ITEM_LINKS,
    ITEM_MODIFIED,
    ITEM_NUMBER,
    ITEM_STATEMENTS,
    ITEMS,
    KIND,
    LABELS,
    LINK_END,
    LINK_ITEM,
    LINK_SITE,
    LINKS,
    MAIN,
    NO_DETAIL,
    OWNER,
    PLACE,
    PROPERTY,
    QUALIFIERS,
    RANK,
    REFERENCES,
    SITELINKS,
    SNAKS,
    STATEMENTS,
    TERM_END,
    TERM_ITEM,
    TERM_KIND,
    TERM_LANGUAGE,
    TERMS,
    TRUTHY,
    VALUE_ITEM,
    Bytes,
)
from kgtool.views.extract.compiled import compiled, eight_bytes
from kgtool.views.extract.strings import (
    PLAIN,
    copy,
    number,
    plain_end,
    special,
    whole,
)
from kgtool.views.extract.values import STRINGS, TEXT, write_value
from kgtool.views.extract.words import FULL, LANGUAGE, SITE, intern
from kgtool.views.kept import PROPERTIES

BLANK, ITEM_LINE, PROPERTY_LINE, UNUSUAL = range(4)  # what a line is

_PARTS = g.context("parts")
_LABELS, _DESCRIPTIONS, _ALIASES = map(g.context, ("labels", "descriptions", "aliases"))
_TERM, _SITELINK, _STATEMENT = map(g.context, ("term", "sitelink", "statement"))
_STATEMENT_LIST, _REFERENCE, _DATAVALUE = map(g.context, ("statements", "reference", "datavalue"))
_MAIN_SNAK, _SNAK, _QUALIFIER_MAP = map(g.context, ("main snak", "snak", "qualifiers"))
_CLAIM_MAP, _REFERENCE_LIST = map(g.context, ("claims", "references"))
_DATATYPE = 1 << g.field("entity", "datatype")
_MIDDLE = RANKS["normal"]
_RANKS = np.array([RANKS[word] for word in ("normal", "preferred", "deprecated")])
_KINDS = np.array([SNAK_KINDS[word] for word in ("value", "somevalue", "novalue")])


@compiled
def find(data: Bytes, start: int, end: int, first: int, last: int, hint: int) -> int:
    """The place of a key or word among those from ``first`` to ``last``, or -1."""
    at = hint
    for _ in range(last - first):
        if at >= last:
            at = first
        begin = g.KEY_START[at]
        if g.KEY_END[at] - begin == end - start:
            equal = True
            for n in range(end - start):
                if g.LETTERS[begin + n] != data[start + n]:
                    equal = False
                    break
            if equal:
                return at
        at += 1
    return -1


@compiled
def _mark_truthy(cells: npt.NDArray[np.uint32], first: int, last: int) -> None:
    """Say which statements with one property are of best rank."""
    best = np.uint32(_MIDDLE)
    for n in range(first, last):
        best = max(best, cells[RANK, n])
    for n in range(first, last):
        cells[TRUTHY, n] = cells[RANK, n] == best


@compiled
def _give_to_item(
    cells: npt.NDArray[np.uint32],
    counts: npt.NDArray[np.int64],
    saved: npt.NDArray[np.int64],
    key: int,
) -> None:
    """Finish an item: its id may stand behind what it is the id of."""
    for n in range(saved[MAIN], counts[MAIN]):
        cells[ITEM, n] = key
    for n in range(saved[TERMS], counts[TERMS]):
        cells[TERM_ITEM, n] = key
    for n in range(saved[SITELINKS], counts[SITELINKS]):
        cells[LINK_ITEM, n] = key
    row = counts[ITEMS]
    cells[ITEM_NUMBER, row] = key
    cells[ITEM_STATEMENTS, row] = counts[MAIN] - saved[MAIN]
    cells[ITEM_LINKS, row] = counts[SITELINKS] - saved[SITELINKS]
    counts[ITEMS] = row + 1


@compiled
def scan(
    data: Bytes,
    at: int,
    poor: npt.NDArray[np.int64],
    cells: npt.NDArray[np.uint32],
    texts: Bytes,
    counts: npt.NDArray[np.int64],
    doubtful: npt.NDArray[np.int32],
    revision: npt.NDArray[np.int64],
    lines: npt.NDArray[np.int64],
    scratch: Bytes,
    spans: npt.NDArray[np.int64],
    properties: npt.NDArray[np.int64],
    saved: npt.NDArray[np.int64],
    stack: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int64],
    letters: Bytes,
    words: npt.NDArray[np.int64],
    seen_in: npt.NDArray[np.int64],
    line: int,
) -> tuple[int, int]:
    """Read lines from ``at`` on; gives where it stopped, and the number of the next line.

    That is before the end where a list of words is full. ``data`` ends with a line end. ``poor``
    are the properties that make no good reference. A line that is not in today's form leaves no
    rows; it is ``UNUSUAL``.
    """
    # One function: some twenty numbers say what is in progress at a place (depth, role, rows that
    # were begun), nearly every step changes some, and compiled functions can only hand on copies.
    # Even skipping white space in a function of its own makes all of it a fifth slower.
    while at < len(data):
        while data[at] == 32 or data[at] == 9 or data[at] == 13:
            at += 1
        if data[at] == 91:  # the bracket before all entities
            at += 1
            while data[at] == 32 or data[at] == 9 or data[at] == 13:
                at += 1
        begin = at
        if data[at] == 10:
            lines[0, line], lines[1, line], lines[2, line] = BLANK, begin, begin
            line += 1
            at += 1
            continue
        for n in range(COUNTERS):
            saved[n] = counts[n]
        depth, role, good, full = 0, g.ROOT, True, False
        known, statement = 0, 0
        entity_kind, key, datatype = -1, 0, False
        claim, group, table = 0, 0, MAIN
        language, term_kind, site, place, rich = 0, 0, 0, 0, False
        value_kind, row = -1, 0
        items = counts[ITEMS]
        revision[items] = -1
        cells[ITEM_MODIFIED, items] = 0
        cells[ITEM_END, items + 1] = cells[ITEM_END, items]
        first_claim = 0
        while True:
            # A value begins at `at`.
            c = data[at]
            may = g.MAY[role]
            opened = -1
            if c == 34:
                if not may & g.STRING:
                    good = False
                    break
                at += 1
                start = at
                escaped = 0
                while True:
                    at = plain_end(data, at)
                    if data[at] == 34:
                        break
                    escaped |= int(np.int64(data[at] == 92))
                    at = special(data, at)
                    if at < 0:
                        good = False
                        break
                if not good:
                    break
                end = at
                at += 1
                action = g.ACTION[role]
                if action == g.NOTHING:
                    pass  # the most frequent, so it is asked for first
                elif action == g.PART:
                    part = stack[depth, 2] if stack[depth, 0] == _PARTS else TEXT
                    spans[part, 0], spans[part, 1], spans[part, 2] = start, end, escaped
                elif action >= g.FIRST_CHOICE:
                    first = g.CHOICES[action - g.FIRST_CHOICE]
                    last = g.CHOICES[action - g.FIRST_CHOICE + 1]
                    chosen = find(data, start, end, first, last, first) - first
                    good = chosen >= 0
                    if not good:
                        pass  # another word: told below
                    elif action == g.SNAKTYPE:
                        cells[table * SNAKS + KIND, row] = _KINDS[chosen]
                    elif action == g.VALUE_TYPE:
                        value_kind = chosen
                    elif action == g.RANK:
                        cells[RANK, statement] = _RANKS[chosen]
                    elif action == g.ENTITY_TYPE:
                        entity_kind = chosen
                elif action == g.ENTITY_ID:
                    value = whole(data, start + 1, end)
                    good = 0 < value < 1 << 32 and (data[start] == 81 or data[start] == 80)
                    key = value if data[start] == 81 else value + PROPERTIES
                else:
                    if action == g.TERM_TEXT:
                        into, column = TERMS, TERM_END
                    elif action == g.LINK_TITLE:
                        into, column = SITELINKS, LINK_END
                    else:
                        into, column = ITEMS, ITEM_END
                        cells[ITEM_MODIFIED, items] = 1
                    done = copy(
                        data,
                        start,
                        end,
                        escaped,
                        texts,
                        into,
                        int(np.int64(cells[column, counts[into]])),
                    )
                    cells[column, counts[into] + 1] = done
                if not good:
                    break
            elif c == 123 or c == 91:
                opened = g.IN_OBJECT[role] if c == 123 else g.IN_LIST[role]
                if not may & (g.OBJECT if c == 123 else g.LIST | g.EMPTY_LIST):
                    good = False
                    break
                at += 1
                while data[at] == 32 or data[at] == 9 or data[at] == 13:
                    at += 1
                if opened < 0:  # an empty list that stands for an empty map
                    if data[at] != 93:
                        good = False
                        break
                    at += 1
                else:
                    depth += 1
                    if depth > DEEPEST:
                        good = False
                        break
                    stack[depth, 0] = opened
                    stack[depth, 1] = 0 if g.KEYS[opened] == g.FIELD else at
                    stack[depth, 2], stack[depth, 3] = -1, known
                    if opened in (_SNAK, _MAIN_SNAK):
                        if opened == _MAIN_SNAK:
                            table = MAIN
                            group = claim
                        row = statement if table == MAIN else counts[table]
                        base = table * SNAKS
                        cells[base + PROPERTY, row] = group
                        cells[base + OWNER, row] = statement
                        cells[base + PLACE, row] = place
                        cells[base + VALUE_ITEM, row] = 0
                        cells[base + HAS_TEXT, row] = 0
                        cells[base + DETAIL, row] = NO_DETAIL
                        cells[base + END, row + 1] = cells[base + END, row]
                    elif opened == _DATAVALUE:
                        for n in range(TEXT + 1):
                            spans[n, 0] = 0
                        value_kind = -1
                    elif opened == _STATEMENT:
                        statement = counts[MAIN]
                        cells[RANK, statement] = _MIDDLE
                        cells[ALL, statement] = 0
                        cells[GOOD, statement] = 0
                    elif opened == _STATEMENT_LIST:
                        first_claim = counts[MAIN]
                    elif opened == _QUALIFIER_MAP:
                        table = QUALIFIERS
                    elif opened == _REFERENCE_LIST:
                        table = REFERENCES
                        place = 0
                    elif opened == _REFERENCE:
                        rich = False
                    elif opened == _LABELS:
                        term_kind = 0
                    elif opened == _DESCRIPTIONS:
                        term_kind = 1
                    elif opened == _ALIASES:
                        term_kind = 2
            elif c == 45 or 48 <= c <= 57:
                start = at
                at = number(data, at)
                if at < 0 or not may & g.NUMBER:
                    good = False
                    break
                action = g.ACTION[role]
                if action == g.PART:
                    part = stack[depth, 2]
                    spans[part, 0], spans[part, 1], spans[part, 2] = start, at, 0
                elif action == g.REVISION:
                    revision[items] = whole(data, start, at)
                    good = revision[items] >= 0
                elif action == g.INTEGER:
                    good = whole(data, start + (data[start] == 45), at) >= 0
                if not good:
                    break
            else:
                if c == 110 and data[at + 1] == 117 and data[at + 2] == 108:
                    good = data[at + 3] == 108 and may & g.NULL != 0
                    if g.ACTION[role] == g.PART:
                        part = stack[depth, 2]
                        spans[part, 0], spans[part, 1], spans[part, 2] = at, at, 1
                    at += 4
                elif c == 116 and data[at + 1] == 114 and data[at + 2] == 117:
                    good = data[at + 3] == 101 and may & g.TRUTH != 0
                    at += 4
                elif c == 102 and data[at + 1] == 97 and data[at + 2] == 108:
                    good = data[at + 3] == 115 and data[at + 4] == 101 and may & g.TRUTH != 0
                    at += 5
                else:
                    good = False
                if not good:
                    break
            # A value ended, or a context began.
            while True:
                while data[at] == 32 or data[at] == 9 or data[at] == 13:
                    at += 1
                if depth == 0:
                    break
                context = stack[depth, 0]
                c = data[at]
                if c == 44 and opened < 0:
                    at += 1
                    while data[at] == 32 or data[at] == 9 or data[at] == 13:
                        at += 1
                    break
                if c != (93 if g.IS_LIST[context] else 125):
                    good = opened >= 0
                    break
                # The context ends.
                at += 1
                opened = -1
                if (stack[depth, 1] & g.NEEDED[context]) != g.NEEDED[context]:
                    good = False
                    break
                known = stack[depth, 3]
                if depth == 1:
                    datatype = stack[depth, 1] & _DATATYPE != 0
                depth -= 1
                if context == _SNAK:
                    counts[table] = row + 1
                elif context == _STATEMENT:
                    counts[MAIN] = statement + 1
                elif context == _DATAVALUE:
                    if (value_kind == STRINGS) != (spans[TEXT, 0] != 0):
                        good = False
                        break
                    done = write_value(
                        value_kind,
                        table,
                        row,
                        data,
                        spans,
                        cells,
                        texts,
                        counts,
                        doubtful,
                        scratch,
                        slots,
                        ends,
                        letters,
                        words,
                    )
                    if done < 0:
                        full = done == FULL
                        good = False
                        break
                elif context == _TERM:
                    row = counts[TERMS]
                    cells[TERM_KIND, row], cells[TERM_LANGUAGE, row] = term_kind, language
                    counts[TERMS] = row + 1
                    counts[LABELS] += int(np.int64(term_kind == 0))
                elif context == _SITELINK:
                    row = counts[SITELINKS]
                    cells[LINK_SITE, row] = site
                    counts[SITELINKS] = row + 1
                elif context == _REFERENCE:
                    place += 1
                    cells[ALL, statement] += 1
                    cells[GOOD, statement] += rich
                elif context == _STATEMENT_LIST:
                    _mark_truthy(cells, first_claim, counts[MAIN])
            if not good or depth == 0:
                break
            # The next member or element begins at `at`.
            context = stack[depth, 0]
            if g.IS_LIST[context]:
                role = g.EACH[context]
                continue
            keys = g.KEYS[context]
            if data[at] != 34:
                good = False
                break
            at += 1
            start = at
            found = -1
            guess = g.FIRST[context] + stack[depth, 2] + 1
            # Fields mostly come in the order of the grammar.
            if (
                guess < g.LAST[context]
                and at + 8 <= len(data)
                and (eight_bytes(data, at) ^ g.KEY_HEAD[guess]) & g.KEY_BITS[guess] == 0
            ):
                letter, at = g.KEY_START[guess], at + min(8, g.KEY_END[guess] - g.KEY_START[guess])
                letter += at - start
                while letter < g.KEY_END[guess] and data[at] == g.LETTERS[letter]:
                    letter += 1
                    at += 1
                if letter == g.KEY_END[guess] and data[at] == 34:
                    found = guess
                else:
                    at = start
            if found < 0:
                while data[at] != 34:
                    if PLAIN[data[at]]:
                        at += 1
                    else:
                        at = special(data, at) if data[at] != 92 or keys == g.PASS else -1
                        if at < 0:
                            good = False
                            break
                if not good:
                    break
            end = at
            at += 1
            while data[at] == 32 or data[at] == 9 or data[at] == 13:
                at += 1
            if data[at] != 58:
                good = False
                break
            at += 1
            while data[at] == 32 or data[at] == 9 or data[at] == 13:
                at += 1
            role = g.EACH[context]
            if keys == g.FIELD:
                first = g.FIRST[context]
                if found < 0:
                    found = find(data, start, end, first, g.LAST[context], first)
                role = g.SKIP
                if found >= 0:
                    role = g.ROLE[found]
                    found -= first
                    if stack[depth, 1] >> found & 1:
                        good = False
                        break
                    stack[depth, 1] |= 1 << found
                    stack[depth, 2] = found
            elif keys == g.PROPERTY:
                group = whole(data, start + 1, end)
                good = data[start] == 80 and 0 < group < PROPERTIES
                for n in range(stack[depth, 3], known):
                    good &= properties[n] != group
                properties[known] = group
                known += 1
                if context == _CLAIM_MAP:
                    claim = group
                elif table == REFERENCES:
                    poorly = False
                    for n in range(len(poor)):
                        poorly |= poor[n] == group
                    rich |= not poorly
            elif keys != g.PASS:
                row = LANGUAGE if keys == g.LANGUAGE else SITE
                word = intern(data, start, end, row, slots, ends, letters, words)
                if word < 0:
                    full = True
                    good = False
                    break
                good = seen_in[row, word] != stack[depth, 1]
                seen_in[row, word] = stack[depth, 1]
                if keys == g.LANGUAGE:
                    language = word
                else:
                    site = word
            if not good:
                break
        if full:
            for n in range(COUNTERS):
                counts[n] = saved[n]
            return begin, line
        kind = UNUSUAL
        end = at
        if good and (key < PROPERTIES) == (entity_kind == 0):
            while data[at] == 32 or data[at] == 9 or data[at] == 13:
                at += 1
            if data[at] == 44:
                at += 1
                while data[at] == 32 or data[at] == 9 or data[at] == 13:
                    at += 1
            if data[at] == 10:
                kind = ITEM_LINE if entity_kind == 0 else PROPERTY_LINE
        if kind == UNUSUAL or (kind == PROPERTY_LINE and not datatype):
            kind = UNUSUAL
            for n in range(COUNTERS):
                counts[n] = saved[n]
            at = begin
            while data[at] != 10:
                at += 1
            end = at
        else:
            counts[STATEMENTS] += counts[MAIN] - saved[MAIN]
            counts[LINKS] += counts[SITELINKS] - saved[SITELINKS]
            if kind == PROPERTY_LINE:
                for n in range(STATEMENTS):
                    counts[n] = saved[n]
            else:
                _give_to_item(cells, counts, saved, key)
        lines[0, line], lines[1, line], lines[2, line], lines[3, line] = kind, begin, end, key
        line += 1
        at += 1
    return at, line
