"""The helpdesk's board, agenda and notes as wikitext, ready to paste."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping

from kgtool.partners.request import Request


def board_wikitext(columns: Mapping[str, Iterable[Request]], names: Mapping[str, str]) -> str:
    """One section for each column that has requests; ``names`` are the headings."""
    lines: list[str] = []
    for column, requests in columns.items():
        entries = [line for one in requests for line in _entry(one)]
        if entries:
            lines += [f"== {plain(names[column])} ==", "", *entries, ""]
    return "\n".join(lines)


def notes_wikitext(
    requests: Iterable[Request],
    begin: datetime.date,
    end: datetime.date,
    title: str,
    names: Mapping[str, str],
) -> str:
    """A paragraph for each request that moved on between two days, as the committee's notes are.

    ``names`` are the states in words.
    """
    lines = [f"== {plain(title)} ==", ""]
    for one in requests:
        if not begin <= one.moved.date() < end:
            continue
        country = f" ([[d:{one.country}]])" if one.country else ""
        texts = [one.description, one.advice, one.result]
        said = " ".join(plain(text) for text in texts if text)
        state = plain(names[one.state])
        lines += [f"'''{plain(one.title)}'''{country} – {state}. {said}".rstrip(), ""]
    return "\n".join(lines)


def _entry(one: Request) -> list[str]:
    country = f" ([[d:{one.country}]])" if one.country else ""
    texts = [text for text in (one.description, one.advice, one.result) if text]
    return [
        f"* '''{plain(one.title)}'''{country}, {one.made:%Y-%m-%d}",
        *(f"*: {plain(text)}" for text in texts),
    ]


def plain(text: str) -> str:
    """A text that wikitext shows as it is, on one line: no link, template, tag or signature."""
    one_line = " ".join(text.split())
    return re.sub(r"[&<>\[\]{}|'~_=]", lambda found: f"&#{ord(found[0])};", one_line)
