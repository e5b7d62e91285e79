"""The request for a bot's approval, as wikitext for a person to post."""

from __future__ import annotations

from kgtool.drafts import Plan
from kgtool.entities import Profile


def approval_request(plan: Plan, account: str, profile: Profile) -> str:
    """A request in the form of Wikidata:Requests for permissions/Bot, filled from the plan."""
    counts = plan.counts()
    bot = _plain(account.split("@")[0] or "NAME")
    properties = {p for row in plan.rows for p in row.draft.wanted.claims}
    listed = ", ".join(f"{{{{P|{p[1:]}}}}}" for p in sorted(properties, key=_number))
    source = "; ".join(
        _plain(part) for part in (plan.source, plan.license, plan.permission) if part
    )
    return (
        f"=== {bot} ===\n"
        f"{{{{Request for permissions/Bot|{bot}}}}}\n"
        f"'''Operator:''' ~~~\n\n"
        f"'''Task:''' {_plain(plan.title)}: create {counts['create']} items and complete "
        f"{counts['complete']} on {_plain(profile.title)}.\n\n"
        f"'''Source and rights:''' {source}\n\n"
        f"'''Notability:''' {_plain(plan.ground)}\n\n"
        f"'''Properties:''' {listed}\n\n"
        "'''Code:''' kgtool. Each edit is journaled before it is sent, nothing that stands is "
        "overwritten, every statement has a reference, edits carry the batch's id "
        f"<code>{plan.id}</code>, and the batch can be undone.\n\n"
        "'''Trial:''' to be linked here. ~~~~\n"
    )


def deletion_list(items: list[tuple[str, str]], reason: str) -> str:
    """Created items that should go, as wikitext for Wikidata:Requests for deletions.

    ``items`` are (QID, label); more than one make a bulk request.
    """
    lines = "".join(f"* {{{{Q|{id}}}}} {_plain(label)}\n" for id, label in items)
    return f"=== Bulk deletion request ===\n{lines}\n'''Reason:''' {_plain(reason)} ~~~~\n"


def _number(property: str) -> int:
    return int(property[1:])


def _plain(text: str) -> str:
    """Text that is no markup in wikitext."""
    table = {"|": "&#124;", "{": "&#123;", "}": "&#125;", "[": "&#91;", "]": "&#93;",
             "<": "&lt;", ">": "&gt;", "~": "&#126;"}  # fmt: skip
    return "".join(table.get(sign, sign) for sign in text)
