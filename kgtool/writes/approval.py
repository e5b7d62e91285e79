"""Wikitext for a person to post: the request for a bot's approval, and the one for deletions.

Both are written in a language that is asked for: whoever posts them signs them.
"""

from __future__ import annotations

from collections.abc import Sequence

from kgtool.drafts import Complete, Create, Plan
from kgtool.entities import Profile, Statement
from kgtool.messages import say


def approval_request(plan: Plan, account: str, profile: Profile, language: str = "en") -> str:
    """A request in the form of Wikidata:Requests for permissions/Bot, filled from the plan."""
    made, completed = plan.counts()["create"], plan.counts()["complete"]
    bot = _plain(account.split("@")[0] or "NAME")
    rows = [row for row in plan.rows if isinstance(row, Create | Complete)]
    statements = [one for row in rows for one in _new(row)]
    properties = {one.mainsnak.property for one in statements}
    bare = sum(not one.references for one in statements)
    replaced = sum(
        one.decision == "replace"
        for row in rows
        if isinstance(row, Complete)
        for one in row.diff.conflicts
    )
    does: list[tuple[str | int, ...]] = [
        ("journaled", f"<code>{plan.id}</code>"),
        ("replaced", replaced) if replaced else ("kept",),
        ("bare", bare) if bare else ("referenced",),
    ]
    title, wiki = _plain(plan.title), _plain(profile.title)
    said = [
        ("operator", "~~~"),
        ("task", say(language, "approval-what", title, made, completed, wiki)),
        ("source", "; ".join(map(_plain, filter(None, _origin(plan))))),
        ("ground", _plain(plan.ground)),
        (
            "properties",
            ", ".join(f"{{{{P|{p[1:]}}}}}" for p in sorted(properties, key=_number)),
        ),
        ("code", " ".join(say(language, f"approval-{key}", *given) for key, *given in does)),
        ("trial", f"{say(language, 'approval-to-be-linked')} ~~~~"),
    ]
    body = "\n\n".join(f"'''{say(language, f'approval-{name}')}''' {text}" for name, text in said)
    return f"=== {bot} ===\n{{{{Request for permissions/Bot|{bot}}}}}\n{body}\n"


def deletion_list(
    items: Sequence[tuple[str, str]],
    used: Sequence[tuple[str, str, str]],
    reason: str,
    language: str = "en",
) -> str:
    """Created items that should go, as wikitext for Wikidata:Requests for deletions.

    ``items`` are (QID, label); ``used`` those of which a person must look first whether they can
    go, (QID, label, how they are used): they have a section of their own. ``""`` if there is none.
    """
    text = ""
    if items:
        lines = "".join(f"* {{{{Q|{id}}}}} {_plain(label)}\n" for id, label in items)
        title, why = say(language, "deletion-title", len(items)), say(language, "deletion-reason")
        text = f"=== {title} ===\n{lines}\n'''{why}''' {_plain(reason)} ~~~~\n"
    if used:
        lines = "".join(
            f"* {{{{Q|{id}}}}} {_plain(label)}: {_plain(how)}\n" for id, label, how in used
        )
        text += f"{text and chr(10)}=== {say(language, 'deletion-used', len(used))} ===\n{lines}"
    return text


def _new(row: Create | Complete) -> list[Statement]:
    """Statements that a row brings."""
    if isinstance(row, Complete):
        replacing = [one.wanted for one in row.diff.conflicts if one.decision == "replace"]
        return [*row.diff.statements, *replacing]
    return [one for several in row.draft.wanted.claims.values() for one in several]


def _origin(plan: Plan) -> tuple[str, str, str]:
    return plan.source, plan.license, plan.permission


def _number(property: str) -> int:
    return int(property[1:])


def _plain(text: str) -> str:
    """Text that is no markup in wikitext."""
    table = {"|": "&#124;", "{": "&#123;", "}": "&#125;", "[": "&#91;", "]": "&#93;",
             "<": "&lt;", ">": "&gt;", "~": "&#126;"}  # fmt: skip
    return "".join(table.get(sign, sign) for sign in text)
