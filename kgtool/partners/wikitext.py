"""The helpdesk's board and agenda as wikitext, ready to paste."""

from __future__ import annotations

import re

from kgtool.partners.request import Request


def board_wikitext(columns: dict[str, list[Request]]) -> str:
    """One section for each state that has requests: title, country, then the texts."""
    lines: list[str] = []
    for state, requests in columns.items():
        if not requests:
            continue
        lines += [f"== {plain(state)} ==", ""]
        for one in requests:
            country = f" ([[d:{one.country}]])" if one.country else ""
            lines.append(f"* '''{plain(one.title)}'''{country}, {one.made:%Y-%m-%d}")
            for text in (one.description, one.advice, one.result):
                if text:
                    lines.append(f"*: {plain(text)}")
        lines.append("")
    return "\n".join(lines)


def plain(text: str) -> str:
    """A text that wikitext shows as it is, on one line: no link, template, tag or signature."""
    one_line = " ".join(text.split())
    return re.sub(r"[&<>\[\]{}|'~_=]", lambda found: f"&#{ord(found[0])};", one_line)
