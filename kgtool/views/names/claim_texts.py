"""What an item's statements say, as texts, by compiled code; of one property, each text once."""

from __future__ import annotations

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array
from kgtool.views.names.dates import put_time
from kgtool.views.names.json import put_number

# Forms of a value's text: as it stands, a time, or an amount or a place. Statements that are not
# of best rank have no value here, but may give a name.
AS_IS, TIME, AMOUNT_OR_PLACE, NOT_BEST = range(4)


@compiled
def put_texts(
    first_row: int,
    last_row: int,
    claim_property: Array,
    claim_item: Array,
    claim_form: Array,
    claim_precision: Array,
    claim_start: Array,
    claim_end: Array,
    claim_letters: Array,
    property: Array,
    start: Array,
    end: Array,
    texts: Array,
    letter: int,
) -> tuple[int, int]:
    """Write the texts of an item's claims from ``letter`` on; gives how many, and where they end.

    ``property``, ``start`` and ``end`` say of each whose it is and where it stands in ``texts``.
    """
    count, group = 0, 0
    for row in range(first_row, last_row):
        if claim_form[row] == NOT_BEST:
            continue
        here = np.int64(claim_property[row])
        if not count or property[count - 1] != here:
            group = count
        begin = letter
        if claim_item[row]:
            texts[letter] = 81  # Q
            letter = put_number(int(np.int64(claim_item[row])), texts, letter + 1)
        elif claim_form[row] == TIME:
            letter = put_time(
                claim_letters,
                claim_start[row],
                claim_end[row],
                claim_precision[row],
                texts,
                letter,
            )
        else:
            first, last = claim_start[row], claim_end[row]
            place = False
            if claim_form[row] == AMOUNT_OR_PLACE:
                for n in range(first, last):
                    place |= claim_letters[n] == 32
                while not place and first < last and claim_letters[first] == 43:
                    first += 1
            for n in range(first, last):
                c = claim_letters[n]
                texts[letter] = 44 if place and c == 32 else c
                letter += 1
        again = False
        for other in range(group, count):
            if end[other] - start[other] == letter - begin and not again:
                again = True
                for n in range(letter - begin):
                    if texts[start[other] + n] != texts[begin + n]:
                        again = False
                        break
        if again:
            letter = begin
            continue
        property[count], start[count], end[count] = here, begin, letter
        count += 1
    return count, letter
