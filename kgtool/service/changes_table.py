"""What happened to a partner's data as tables: for programs, and in the partner's own columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from kgtool.drafts import Mapping, Row, build_drafts
from kgtool.drafts.rules import Value
from kgtool.entities import Item, Profile
from kgtool.errors import NotFound
from kgtool.messages.words import Words
from kgtool.partners.fate import Fate
from kgtool.partners.link_fate import LinkFate
from kgtool.partners.slot_walk import Event
from kgtool.partners.slots import text

COLUMNS = (
    *("item", "part", "statement", "ground", "state", "before", "now", "by", "at"),
    *("revision", "diff", "batch", "key", "merged_into"),
)
LINK_COLUMNS = ("item", "site", "title", "what", "by", "at", "revision", "diff")

_Said: TypeAlias = tuple[str, str]  # a property or term, and its value in short
DiffUrl = Callable[[int, int], str]

# The worst counts for a cell that became several statements.
_WORST = ("removed", "changed", "enriched", "added", "kept")


def rows(found: Iterable[Fate], diff_url: DiffUrl) -> Iterator[tuple[object, ...]]:
    """One row for each statement and each thing done to it, under COLUMNS; newest event last."""
    for one in found:
        head = (one.item, one.part, one.slot, one.ground, one.state, one.before, one.now)
        tail = (one.batch, one.key, one.heir)
        for event in one.events:
            yield (*head, event.by, event.at, *_where(event, diff_url), *tail)
        if not one.events:
            yield (*head, "", "", "", "", *tail)


def link_rows(found: Iterable[LinkFate], diff_url: DiffUrl) -> Iterator[tuple[object, ...]]:
    """One row for each sitelink gained or lost, under LINK_COLUMNS."""
    for one in found:
        yield (
            *(one.item, one.site, one.title, one.what, one.by, one.at, one.revision),
            diff_url(one.revision, one.parent) if one.revision else "",
        )


def in_own_columns(
    written: Iterable[Fate], mapping: Mapping, table: Sequence[Row], profile: Profile
) -> tuple[list[str], list[list[str]]]:
    """The rows that a mapping brought to the wiki, in the partner's own columns: head and rows.

    With the ``table`` that was sent, all its columns come back as they were, in their order;
    without, the column of the key. Then the item, and for every column that became a statement or
    term: its state, and of what is not *kept* the value now, who did it and the diff. A cell that
    became several statements has the worst of their states. Where several columns became values
    of one property, the table tells which value came from which; what it does not tell counts for
    all of them. Rows that nobody wrote are empty.

    :raises NotFound: no batch wrote a row that is followed here.
    """
    by_key: dict[str, list[Fate]] = {}
    for fate in written:
        if fate.key:
            by_key.setdefault(fate.key, []).append(fate)
    if not by_key:
        raise NotFound(
            Words("error-no-changes"),
            operator=Words("operator-batches", ("kgtool draft status",)),
        )
    parts = _parts_of(mapping)
    own = list(dict.fromkeys(name for row in table for name in row.cells))
    simple_key = mapping.key if "{" not in mapping.key else "key"
    head = [*(own or [simple_key]), "item"]
    for column in parts:
        head += [f"{column}: {what}" for what in ("state", "now", "by", "at", "diff")]
    made: list[list[str]] = []
    keys: dict[int, str] = {}
    values: dict[str, dict[int, set[_Said]]] = {}
    if table:
        keys = _keys_of(table, mapping, profile)
        values = {column: _values_of(table, mapping, column, profile) for column in parts}
    keyed: list[tuple[str, Row | None]] = [(keys.get(row.number, ""), row) for row in table]
    for key, row in keyed or [(key, None) for key in by_key]:
        fates = by_key.get(key, [])
        cells = [row.text(name) for name in own] if row is not None else [key]
        cells.append(fates[0].item if fates else "")
        number = row.number if row is not None else 0
        said = {column: values.get(column, {}).get(number, set()) for column in parts}
        for column, wanted in parts.items():
            others = set[_Said]().union(*(one for name, one in said.items() if name != column))
            ours = [
                fate
                for fate in fates
                if fate.part in wanted
                and (
                    (fate.part, fate.before) in said[column]
                    or (fate.part, fate.before) not in others
                )
            ]
            cells += _cells(ours, profile.diff_url)
        made.append(cells)
    return head, made


def _cells(fates: list[Fate], diff_url: DiffUrl) -> list[str]:
    if not fates:
        return [""] * 5
    worst = min(fates, key=lambda fate: _WORST.index(fate.state))
    if worst.state == "kept" or not worst.events:
        return [worst.state, "", "", "", ""]
    last = worst.events[-1]
    return [worst.state, worst.now, last.by, last.at, _where(last, diff_url)[1]]


def _parts_of(mapping: Mapping) -> dict[str, set[str]]:
    """Column → the properties and terms (``Lsv``) that its cells became."""
    found: dict[str, set[str]] = {}

    def note(rule: Value, part: str) -> None:
        for column in sorted(rule.columns() - set(rule.when)):
            found.setdefault(column, set()).add(part)

    for letter, rules in (
        ("L", mapping.labels),
        ("D", mapping.descriptions),
        ("A", mapping.aliases),
    ):
        for term in rules:
            note(term, f"{letter}{term.language or mapping.language}")
    for link in mapping.sitelinks:
        note(link, f"S{link.site}")
    for statement in mapping.statements:
        note(statement, statement.property)
    return found


def _values_of(
    table: Sequence[Row], mapping: Mapping, column: str, profile: Profile
) -> dict[int, set[_Said]]:
    """Number of a row → what its cell in a column becomes, by the rules that read the column."""

    def reads(rule: Value) -> bool:
        return column in rule.columns() - set(rule.when)

    narrowed = replace(
        mapping,
        labels=[rule for rule in mapping.labels if reads(rule)],
        descriptions=[rule for rule in mapping.descriptions if reads(rule)],
        aliases=[rule for rule in mapping.aliases if reads(rule)],
        sitelinks=[rule for rule in mapping.sitelinks if reads(rule)],
        statements=[rule for rule in mapping.statements if reads(rule)],
    )
    drafts = build_drafts(table, narrowed, profile)
    return {draft.row: set(_said(draft.wanted)) for draft in drafts}


def _said(item: Item) -> Iterator[_Said]:
    for property, statements in item.claims.items():
        yield from ((property, text(one)) for one in statements)
    yield from ((f"L{code}", term.value) for code, term in item.labels.items())
    yield from ((f"D{code}", term.value) for code, term in item.descriptions.items())
    for code, terms in item.aliases.items():
        yield from ((f"A{code}", term.value) for term in terms)
    yield from ((f"S{site}", link.title) for site, link in item.sitelinks.items())


def _keys_of(table: Sequence[Row], mapping: Mapping, profile: Profile) -> dict[int, str]:
    """Number of a row → its key, as planning the table gave it."""
    only_keys = replace(
        mapping, labels=[], descriptions=[], aliases=[], sitelinks=[], statements=[], references=[]
    )
    return {draft.row: draft.key for draft in build_drafts(table, only_keys, profile)}


def _where(event: Event, diff_url: DiffUrl) -> tuple[object, str]:
    if not event.revision:
        return "", ""
    return event.revision, diff_url(event.revision, event.parent)
