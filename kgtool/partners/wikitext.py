"""The helpdesk's board, agenda and notes as wikitext, ready to paste."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from msgspec import Struct


class Entry(Struct, frozen=True):
    """A request as a wiki page tells it.

    ``said`` stands beside the title, ``texts`` are told as they are, ``facts`` each under its
    name: all but the title is wikitext already.
    """

    title: str
    said: list[str]
    texts: list[str]
    facts: list[tuple[str, str]] = []


def board_wikitext(columns: Mapping[str, Iterable[Entry]]) -> str:
    """One section for each heading that has entries."""
    lines: list[str] = []
    for heading, entries in columns.items():
        below = [line for one in entries for line in _lines(one)]
        if below:
            lines += [f"== {plain(heading)} ==", "", *below, ""]
    return "\n".join(lines)


def notes_wikitext(title: str, entries: Iterable[Entry]) -> str:
    """A paragraph for each entry, as the committee's notes are."""
    lines = [f"== {plain(title)} ==", ""]
    for one in entries:
        head = f"'''{plain(one.title)}''' {' · '.join(one.said)}"
        lines += [" – ".join(filter(None, (head, " ".join(one.texts)))), ""]
    return "\n".join(lines)


def _lines(one: Entry) -> list[str]:
    return [
        f"* '''{plain(one.title)}''' {' · '.join(one.said)}".rstrip(),
        *(f"*: {text}" for text in one.texts),
        *(f"*: ''{plain(name)}:'' {text}" for name, text in one.facts),
    ]


def plain(text: str) -> str:
    """A text that wikitext shows as it is, on one line: no link, template, tag or signature."""
    one_line = " ".join(text.split())
    return re.sub(r"[&<>\[\]{}|'~_=]", lambda found: f"&#{ord(found[0])};", one_line)


def item(qid: str, label: str) -> str:
    """An item on Wikidata, by its label."""
    return f"[[d:{qid}|{plain(label)}]]"


def address(url: str) -> str:
    """A web address that wikitext links, whatever stands in it."""
    quoted = quote(url, safe=":/?#@!$&()*+,;=%-._")
    return quoted.replace("~", "%7E").replace("__", "_%5F")
