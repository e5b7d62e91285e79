"""``prop=linkshere``: which pages link to a page."""

from __future__ import annotations

from ..answers import ApiError
from ..call import Call
from ..records import Page, Raw

# What in the JSON of an entity names another: as a value, as a unit, as where a redirect leads.
_NAMED = ('"id":"{}"', '/entity/{}"', '"redirect":"{}"')


def linkshere(call: Call, asked: list[Page]) -> tuple[dict[int, list[Raw]], Raw]:
    """The pages that link to each of these, by the number of the page, and how to go on.

    Entities link to those that they name; links in wikitext are not looked for.
    """
    props = call.several("lhprop", default="pageid|title|redirect")
    spaces = [_number(one) for one in call.several("lhnamespace")]
    show = call.several("lhshow")
    limit = call.limit("lhlimit", 10)
    begin = _place(call.text("lhcontinue"))
    found: dict[int, list[Raw]] = {}
    count = 0
    for target in sorted(asked):
        if target.id < begin[0]:
            continue
        first = begin[1] if target.id == begin[0] else 0
        for source in _sources(call, target, first):
            if spaces and source.ns not in spaces:
                continue
            if ("redirect" in show and not source.redirect) or (
                "!redirect" in show and source.redirect
            ):
                continue
            if count == limit:
                return found, {"lhcontinue": f"{target.id}|{source.id}", "continue": "||"}
            count += 1
            found.setdefault(target.id, []).append(_shown(source, props))
    return found, {}


def _sources(call: Call, target: Page, first: int) -> list[Page]:
    names = [form.format(target.entity) for form in _NAMED]
    rows = call.wiki.store.ask(
        "SELECT p.* FROM page p JOIN revision r ON r.id = p.latest "
        "WHERE NOT p.deleted AND p.ns IN (0, 120) AND p.id >= ? AND p.id != ? AND "
        "(instr(r.content, CAST(? AS BLOB)) OR instr(r.content, CAST(? AS BLOB)) "
        "OR instr(r.content, CAST(? AS BLOB))) ORDER BY p.id",
        first,
        target.id,
        *names,
    )
    return [Page(*row) for row in rows]


def _shown(source: Page, props: list[str]) -> Raw:
    entry: Raw = {}
    if "pageid" in props:
        entry["pageid"] = source.id
    if "title" in props:
        entry |= {"ns": source.ns, "title": source.title}
    if "redirect" in props:
        entry["redirect"] = source.redirect is not None
    return entry


def _place(text: str) -> tuple[int, int]:
    target, bar, source = text.partition("|")
    if not text:
        return 0, 0
    if not (bar and target.isdecimal() and source.isdecimal()):
        raise ApiError("badcontinue", "This is no place to go on from.")
    return int(target), int(source)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ApiError("badvalue", f'"{text}" is no namespace.')
    return int(text)
