"""A plan after items that it names were merged into others on the wiki."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kgtool.drafts.draft import finding
from kgtool.drafts.outcome import Create, Doubtful, Outcome, Plan, Refused
from kgtool.drafts.words import words


def followed(plan: Plan, redirects: Mapping[str, str]) -> Plan:
    """The plan with every item that leads elsewhere replaced by where it leads; noted in the row.

    What would be written stays as it was approved: applying looks at the item as it is then, and
    leaves out what that has already or what stands against it. Gives the very plan where nothing
    is concerned.
    """
    rows = [_followed(row, redirects) for row in plan.rows]
    if all(new is old for new, old in zip(rows, plan.rows, strict=True)):
        return plan
    return replace(plan, rows=rows).sealed()


def _followed(row: Outcome, redirects: Mapping[str, str]) -> Outcome:
    if isinstance(row, Doubtful):
        if not any(near.id in redirects for near in row.near):
            return row
        near = [replace(one, id=redirects.get(one.id, one.id)) for one in row.near]
        return replace(row, near=list({one.id: one for one in near}.values()))
    if isinstance(row, Create | Refused) or row.item not in redirects:
        return row
    target = redirects[row.item]
    note = finding("info", "merged", words("merged", row.item, target))
    return replace(row, item=target, findings=[*row.findings, note])
