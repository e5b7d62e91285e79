"""Rows of the columns → JSON of records, and their values as texts, by compiled code.

It says what :func:`kgtool.views.names.record.record` says of the entities themselves.
"""

from __future__ import annotations

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array
from kgtool.views.names.claim_texts import put_texts
from kgtool.views.names.dates import add_year
from kgtool.views.names.fields import put_list, put_terms, put_years
from kgtool.views.names.json import put, put_number, put_string, put_word
from kgtool.views.names.stated import put_stated

# Places of properties by their role.
TYPE, PARENT, BIRTH, INCEPTION, DEATH, DISSOLVED, COUNTRY_ROLE = range(7)
# What is no property: a site, and the country that a record names beside its values.
SITE, COUNTRY_VALUE = 1 << 32, 1 << 33
# What was written so far.
JSON, LETTERS, VALUES, TYPES, PARENTS = range(5)


def _piece(text: bytes) -> Array:
    return np.frombuffer(text, np.uint8)


_ID, _END = _piece(b'{"id":'), _piece(b"}")
_LABELS, _ALIASES = _piece(b',"labels":{'), _piece(b',"aliases":{')
_DESCRIPTIONS, _IDS = _piece(b',"descriptions":{'), _piece(b',"ids":{')
_TYPES, _PARENTS_OF = _piece(b',"types":['), _piece(b',"parents":[')
_BEGIN_YEARS, _END_YEARS = _piece(b',"begin":['), _piece(b',"end":[')
_COUNTRIES, _SITELINKS = _piece(b',"country":['), _piece(b',"sitelinks":')


@compiled
def encode(
    item: Array,
    claim_at: Array,
    claim_property: Array,
    claim_item: Array,
    claim_form: Array,
    claim_precision: Array,
    claim_name: Array,
    claim_language: Array,
    claim_start: Array,
    claim_end: Array,
    claim_letters: Array,
    term_at: Array,
    term_kind: Array,
    term_language: Array,
    term_start: Array,
    term_end: Array,
    term_letters: Array,
    link_at: Array,
    link_site: Array,
    link_start: Array,
    link_end: Array,
    link_letters: Array,
    language_ends: Array,
    language_letters: Array,
    site_ends: Array,
    site_letters: Array,
    roles: Array,
    property: Array,
    start: Array,
    end: Array,
    years: Array,
    json: Array,
    json_ends: Array,
    texts: Array,
    value_of: Array,
    value_row: Array,
    value_start: Array,
    value_end: Array,
    type_of: Array,
    type_start: Array,
    type_end: Array,
    parent_of: Array,
    parent_start: Array,
    parent_end: Array,
    begin_span: Array,
    end_span: Array,
    written: Array,
) -> None:
    """Write the record of each item, its values, types and classes above, and its years.

    Claims have a value: an item (``claim_item``, else 0) or a text in one of the forms of
    :mod:`kgtool.views.names.claim_texts`. ``claim_name`` is the kind of name that one gives, or 0.
    ``property``, ``start``, ``end`` and ``years`` are for use within one item.
    """
    at, letter, value, types, parents = 0, 0, 0, 0, 0
    for entity in range(len(item)):
        count, letter = put_texts(
            claim_at[entity],
            claim_at[entity + 1],
            claim_property,
            claim_item,
            claim_form,
            claim_precision,
            claim_start,
            claim_end,
            claim_letters,
            property,
            start,
            end,
            texts,
            letter,
        )
        at = put(_ID, json, at)
        json[at], json[at + 1] = 34, 81
        at = put_number(int(np.int64(item[entity])), json, at + 2)
        json[at] = 34
        at += 1
        for kind in range(3):
            # As the fields of a record follow each other: labels, aliases, descriptions.
            at = put_terms(
                _LABELS if kind == 0 else _ALIASES if kind == 1 else _DESCRIPTIONS,
                kind == 1,
                (0, 2, 1)[kind],
                term_at[entity],
                term_at[entity + 1],
                term_kind,
                term_language,
                term_start,
                term_end,
                term_letters,
                language_ends,
                language_letters,
                json,
                at,
            )
        at = put_stated(
            claim_at[entity],
            claim_at[entity + 1],
            claim_name,
            claim_language,
            claim_start,
            claim_end,
            claim_letters,
            language_ends,
            language_letters,
            json,
            at,
        )
        at = put_list(_TYPES, roles[TYPE], count, property, start, end, texts, json, at)
        at = put_list(_PARENTS_OF, roles[PARENT], count, property, start, end, texts, json, at)
        for life in range(2):
            found = 0
            for part in range(2):
                wanted = roles[BIRTH + 2 * life + part]
                for n in range(count):
                    if wanted and property[n] == wanted:
                        found = add_year(texts, start[n], end[n], years, found)
            if life == 0:
                at = put_years(_BEGIN_YEARS, years, found, entity, begin_span, json, at)
            else:
                at = put_years(_END_YEARS, years, found, entity, end_span, json, at)

        first_value = value
        before = np.int64(0)
        for n in range(count):
            here = property[n]
            if here == roles[TYPE]:
                type_of[types], type_start[types], type_end[types] = entity, start[n], end[n]
                types += 1
                continue
            if here == roles[PARENT]:
                parent_of[parents], parent_start[parents] = entity, start[n]
                parent_end[parents] = end[n]
                parents += 1
                continue
            if value == first_value:
                at = put(_IDS, json, at)
            elif here != before:
                json[at], json[at + 1] = 93, 44
                at += 2
            else:
                json[at] = 44
                at += 1
            if here != before:
                json[at], json[at + 1] = 34, 80
                at = put_number(here, json, at + 2)
                json[at], json[at + 1], json[at + 2] = 34, 58, 91
                at += 3
                before = here
            at = put_string(texts, start[n], end[n], json, at)
            value_of[value], value_row[value] = entity, here
            value_start[value], value_end[value] = start[n], end[n]
            value += 1
        for row in range(link_at[entity], link_at[entity + 1]):
            if value == first_value:
                at = put(_IDS, json, at)
            else:
                json[at], json[at + 1] = 93, 44
                at += 2
            at = put_word(site_ends, site_letters, int(np.int64(link_site[row])), json, at)
            json[at] = 91
            at = put_string(link_letters, link_start[row], link_end[row], json, at + 1)
            value_of[value], value_row[value] = entity, SITE + np.int64(link_site[row])
            value_start[value] = letter
            for n in range(link_start[row], link_end[row]):
                texts[letter] = link_letters[n]
                letter += 1
            value_end[value] = letter
            value += 1
        if value > first_value:
            json[at], json[at + 1] = 93, 125
            at += 2
        at = put_list(_COUNTRIES, roles[COUNTRY_ROLE], count, property, start, end, texts, json, at)
        for n in range(count):
            if roles[COUNTRY_ROLE] and property[n] == roles[COUNTRY_ROLE]:
                value_of[value], value_row[value] = entity, COUNTRY_VALUE
                value_start[value], value_end[value] = start[n], end[n]
                value += 1
        links = link_at[entity + 1] - link_at[entity]
        if links:
            at = put_number(links, json, put(_SITELINKS, json, at))
        at = put(_END, json, at)
        json_ends[entity] = at
    written[JSON], written[LETTERS], written[VALUES] = at, letter, value
    written[TYPES], written[PARENTS] = types, parents
