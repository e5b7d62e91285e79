"""The part of a dump that concerns partners: decodes only lines that may.

A block of lines is searched as bytes for the ids of the partners; only a line that mentions one is
decoded. The search costs less than inflating, for one id or for thousands: RE2 looks for a literal
beginning with the processor's vector instructions, at 10 GB/s where it begins with a byte that is
rare in JSON (``Q``, not ``"``), and ten times slower otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain

import msgspec
import re2

from kgtool.entities import Profile, best_statements
from kgtool.entities.bulk import BulkItem, BulkStatement, bare, parse_bulk
from kgtool.entities.model import EntityIdValue
from kgtool.errors import InputError, UsageError
from kgtool.sources.dump import Block, Dump, Line, line_ends
from kgtool.sources.mentions import mentions

Search = Callable[[bytes, int], int]

# Wikidata's dumps begin every line with type and id; other producers may not.
_own_id = re.compile(
    rb'\{(?:\s*"(?:type|datatype|pageid|ns|title|lastrevid|modified)"\s*:\s*(?:"[^"]*"|\d+)\s*,)*'
    rb'\s*"id"\s*:\s*"([PQ]\d+)"'
)
_item_id = re.compile(r"Q[1-9][0-9]*")


def mentioning(dump: Dump, ids: Collection[str]) -> Iterator[Line]:
    """Lines that mention one of the items, in one pass; nothing is decoded.

    Item values of old dumps have only the number of the id: these are found too.
    """
    if not ids:
        return
    searches = _mention(ids)
    for block in dump.blocks():
        yield from _hits(block, searches)


def using(dump: Dump, property: str) -> Iterator[Line]:
    """Lines in which the property occurs, in one pass; nothing is decoded."""
    searches = [_search(f'{property}":')]
    for block in dump.blocks():
        yield from _hits(block, searches)


def members(
    dump: Dump,
    partners: Collection[str],
    properties: Collection[str],
    identifiers: Collection[str] = (),
) -> Iterator[Line]:
    """Items with a statement, not deprecated, that one of ``properties`` is one of ``partners``.

    Or that have a statement of one of ``identifiers``, the partners' own identifier properties.
    One pass. A line that is no entity is yielded as it is, so that it is reported where the others
    are; only lines that mention a partner are looked at.
    """
    wanted, naming = frozenset(partners), [*properties]
    lines = _either(dump, wanted, identifiers) if identifiers else mentioning(dump, wanted)
    for number, line in lines:
        try:
            entity = parse_bulk(line)
        except InputError:
            yield number, line
            continue
        if isinstance(entity, BulkItem) and (
            any(_names(entity.claims.get(p, ()), wanted) for p in naming)
            or any(_alive(entity.claims.get(p, ())) for p in identifiers)
        ):
            yield number, line


def sub_collections(
    dump: Dump, partners: Collection[str], profile: Profile
) -> dict[str, bytes | None]:
    """The partners and all that is *part of* them, through P361 and P527, however deep.

    Gives the line of each, if the dump has it. As many passes as the tree is deep, and one.
    """
    part_of, has_part = profile.properties.part_of, profile.properties.has_part
    known: dict[str, bytes | None] = dict.fromkeys(partners)
    fresh = set(partners)
    while fresh:
        found: set[str] = set()
        for _, line in mentioning(dump, fresh):
            try:
                entity = parse_bulk(line)
            except InputError:
                continue
            if not isinstance(entity, BulkItem):
                continue
            if _names(entity.claims.get(part_of, ()), fresh):
                found.add(entity.id)
            if entity.id in fresh:
                known[entity.id] = line
                found |= set(_values(entity.claims.get(has_part, ())))
        fresh = found - known.keys()
        known |= dict.fromkeys(fresh)
    return known


def with_neighbours(dump: Dump, lines: Iterable[bytes]) -> Iterator[Line]:
    """The entities of ``lines`` and all that they mention, in one pass; lines are not decoded."""
    wanted: set[bytes] = set()
    for line in lines:
        wanted.update(mentions(line))
    for number, line in dump:
        if _id_of(line) in wanted:
            yield number, line


def subset(
    dump: Dump,
    partners: Collection[str],
    profile: Profile,
    identifiers: Collection[str] = (),
) -> Iterator[Line]:
    """What a workspace about the partners needs of a dump.

    The items of the partners and their sub-collections, in every role of membership, and the
    entities that these mention (creators, classes, properties): for labels, types, shapes. Reads
    the dump several times; the ids of what is wanted are held in memory.
    """
    p = profile.properties
    collections = sub_collections(dump, partners, profile)
    roles = [r for r in (p.collection, p.located, p.owned, p.archives) if r]
    own = [line for line in collections.values() if line is not None]
    works = (line for _, line in members(dump, collections, roles, identifiers))
    yield from with_neighbours(dump, chain(own, works))


def subclass_edges(dump: Dump, profile: Profile) -> Iterator[tuple[int, int]]:
    """Every truthy *subclass of* of the dump, as numbers of child and parent, in one pass.

    A workspace about a partner does not hold all classes above those of its items; this is what
    it needs of them.
    """
    property = profile.properties.subclass_of
    for _, line in using(dump, property):
        try:
            entity = parse_bulk(line)
        except InputError:
            continue
        if isinstance(entity, BulkItem):
            for statement in best_statements(entity.claims.get(property, [])):
                value = statement.mainsnak.datavalue
                if isinstance(value, EntityIdValue):
                    yield int(entity.id[1:]), int(value.value.id[1:])


class _Named(msgspec.Struct):
    id: str = ""


_named = msgspec.json.Decoder(_Named)


def _id_of(line: bytes) -> bytes:
    own = _own_id.match(line)
    if own is not None:
        return own[1]
    try:
        return _named.decode(line).id.encode()
    except msgspec.DecodeError:
        return b""


def _either(dump: Dump, ids: Collection[str], properties: Collection[str]) -> Iterator[Line]:
    searches = [*_mention(ids), *(_search(f'{property}":') for property in properties)]
    for block in dump.blocks():
        yield from _hits(block, searches)


def _mention(ids: Collection[str]) -> list[Search]:
    for id in ids:
        if not _item_id.fullmatch(id):
            raise UsageError(f"“{id}” is not the id of an item.", hint="Ids look like Q190804.")
    numbers = "|".join(sorted(id[1:] for id in ids))
    # In two: an alternative of both would have no literal beginning.
    return [_search(f'Q(?:{numbers})"'), _search(rf'numeric-id":\s?(?:{numbers})[,}}]')]


def _search(text: str) -> Search:
    options = re2.Options()
    options.max_mem = 256 << 20
    pattern: re.Pattern[bytes] = re2.compile(text.encode(), options)

    def search(data: bytes, at: int) -> int:
        found = pattern.search(data, at)
        return len(data) if found is None else found.start()

    return search


def _hits(block: Block, searches: list[Search]) -> Iterator[Line]:
    # Lines of a block in which one of the searches finds something, each line once.
    data, number, counted, at = block.data, block.first, 0, 0
    places = [search(data, 0) for search in searches]
    while (hit := min(places)) < len(data):
        start = data.rfind(b"\n", 0, hit) + 1
        at = data.find(b"\n", hit)
        at = len(data) if at < 0 else at
        number += line_ends(data, counted, start)
        counted = start
        yield number, bare(data[start:at])
        places = [
            search(data, at) if place < at else place
            for search, place in zip(searches, places, strict=True)
        ]


def _values(statements: Collection[BulkStatement]) -> Iterator[str]:
    for statement in statements:
        value = statement.mainsnak.datavalue
        if statement.rank != "deprecated" and isinstance(value, EntityIdValue):
            yield value.value.id


def _names(statements: Collection[BulkStatement], ids: Collection[str]) -> bool:
    return any(id in ids for id in _values(statements))


def _alive(statements: Collection[BulkStatement]) -> bool:
    return any(statement.rank != "deprecated" for statement in statements)
