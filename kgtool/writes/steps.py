"""A plan → the steps that carry it out, in an order in which each knows the items it refers to."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kgtool.drafts import (
    Addition,
    Complete,
    Conflict,
    Create,
    Plan,
    local_keys,
)
from kgtool.entities import Statement
from kgtool.errors import InputError
from kgtool.messages.words import Words

Kind = Literal["create", "complete", "link", "add", "replace"]


class Step(Struct, frozen=True):
    """One edit. ``id`` is the row's place in the plan and the edit's among the row's: ``17.1``.

    *create* and *complete* carry all they can; *link* adds statements whose value was made later in
    the same batch; *add* brings references and qualifiers to a standing statement, *replace* puts a
    value in the place of the one a person decided against: ``change`` says which.
    """

    id: str
    key: str
    kind: Kind
    item: str = ""
    statements: list[Statement] = []
    change: Addition | Conflict | None = None


def steps_of(plan: Plan) -> list[Step]:
    """All steps: rows in the plan's order, but each after the rows it refers to where possible.

    :raises InputError: two rows have the same place, so that their edits could not be told apart.
    """
    creates = {row.key: row for row in plan.rows if isinstance(row, Create)}
    steps: list[Step] = []
    links: list[Step] = []
    made: set[str] = set()
    for key in _ordered(creates):
        row = creates[key]
        now: list[Statement] = []
        later: list[Statement] = []
        for statements in row.draft.wanted.claims.values():
            for statement in statements:
                waits = local_keys(statement) & (creates.keys() - made)
                (later if waits else now).append(statement)
        steps.append(Step(f"{row.place}.1", key, "create", statements=now))
        if later:
            links.append(Step(f"{row.place}.2", key, "link", statements=later))
        made.add(key)
    for completed in plan.rows:
        if not isinstance(completed, Complete):
            continue
        d, number = completed.diff, completed.place
        if d.labels or d.descriptions or d.aliases or d.sitelinks or d.statements:
            steps.append(Step(f"{number}.1", completed.key, "complete", completed.item))
        place = 2
        for addition in d.additions:
            steps.append(
                Step(f"{number}.{place}", completed.key, "add", completed.item, change=addition)
            )
            place += 1
        for conflict in d.conflicts:
            if conflict.decision == "replace":
                steps.append(
                    Step(
                        f"{number}.{place}",
                        completed.key,
                        "replace",
                        completed.item,
                        change=conflict,
                    )
                )
                place += 1
    steps += links
    if len({step.id for step in steps}) < len(steps):
        raise InputError(Words("error-same-place"), hint=Words("error-plan-together"))
    return steps


def _ordered(creates: dict[str, Create]) -> list[str]:
    """Keys so that a row comes after those it refers to; circles are cut where they close."""
    refers = {
        key: [
            other
            for statements in row.draft.wanted.claims.values()
            for statement in statements
            for other in sorted(local_keys(statement))
            if other in creates and other != key
        ]
        for key, row in creates.items()
    }
    done: dict[str, None] = {}
    for start in creates:
        # An explicit stack: chains of rows can be as long as the table.
        stack = [(start, iter(refers[start]))]
        open_keys = {start}
        while stack:
            key, others = stack[-1]
            following = next((o for o in others if o not in done and o not in open_keys), None)
            if following is None:
                stack.pop()
                done.setdefault(key)
            else:
                open_keys.add(following)
                stack.append((following, iter(refers[following])))
    return list(done)
