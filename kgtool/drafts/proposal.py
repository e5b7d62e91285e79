"""A property that the wiki lacks → the text of a property proposal, for a person to post."""

from __future__ import annotations

from collections.abc import Sequence

from kgtool.drafts.rules import Mapping, NewProperty
from kgtool.drafts.table import Row


def property_proposals(mapping: Mapping, rows: Sequence[Row]) -> list[str]:
    """One draft in wikitext for each of ``mapping.new_properties``.

    The form is that of Wikidata:Property proposal ({{Property proposal}}), which is filled in in
    English there; examples are the first three values of the column.
    """
    return [_proposal(new, mapping, rows) for new in mapping.new_properties]


def _proposal(new: NewProperty, mapping: Mapping, rows: Sequence[Row]) -> str:
    examples = []
    for row in rows:
        text = row.text(new.column).strip()
        if text:
            item = row.text(mapping.item).strip() if mapping.item else ""
            subject = f"{{{{Q|{item}}}}}" if item else f"''{_plain(row.text(mapping.key))}''"
            examples.append(f"{subject} → {_plain(text)}")
        if len(examples) == 3:
            break
    source = mapping.source.title if mapping.source else ""
    items = "one item" if len(rows) == 1 else f"{len(rows)} items"
    fields = {
        "status": "",
        "description": f"{{{{TranslateThis|en={_plain(new.description)}}}}}",
        "datatype": new.datatype,
        "domain": "",
        "allowed values": f"<nowiki>{_plain(new.format)}</nowiki>" if new.format else "",
        **{f"example {n}": text for n, text in enumerate(examples, start=1)},
        "source": _plain(source),
        "formatter URL": _plain(new.formatter_url),
        "planned use": f"{_plain(mapping.title)} ({items})",
    }
    body = "\n".join(f"|{name} = {text}" for name, text in fields.items())
    return (
        f"=== {_plain(new.label)} ===\n{{{{Property proposal\n{body}\n}}}}\n"
        f"==== Motivation ====\n{_plain(new.motivation)} ~~~~\n\n==== Discussion ====\n"
    )


def _plain(text: str) -> str:
    """Text that is no markup in wikitext."""
    table = {"|": "&#124;", "{": "&#123;", "}": "&#125;", "[": "&#91;", "]": "&#93;",
             "<": "&lt;", ">": "&gt;", "~": "&#126;"}  # fmt: skip
    return "".join(table.get(sign, sign) for sign in text)
