"""A person's decision about one row of a plan."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from msgspec.structs import replace

from kgtool.drafts.diff import Conflict, Diff
from kgtool.drafts.draft import Draft, Finding
from kgtool.drafts.outcome import (
    Complete,
    Conflicting,
    Create,
    Outcome,
    Refused,
    Unchanged,
    head,
)
from kgtool.drafts.plan import Planner, is_about_changes
from kgtool.drafts.words import words
from kgtool.entities import Item
from kgtool.errors import UsageError
from kgtool.messages.words import Words, listed

Choice = Literal["create", "complete", "skip"]


def decided(
    row: Outcome,
    choice: Choice,
    planner: Planner,
    *,
    item: Item | None = None,
    beside: Collection[str] = (),
    replacing: Collection[str] = (),
    by: str = "",
) -> Outcome:
    """The row as a person wants it.

    *create* makes a new item although something looked like it; *complete* adds what ``item``
    lacks; *skip* writes nothing. Of conflicts, the wanted value is set beside the standing one for
    the properties of ``beside``, takes its place for those of ``replacing``, and is left out of the
    rest: nothing is overwritten that was not named.

    :raises UsageError: the row was refused, or the choice does not fit it.
    """
    chosen = _decided(row, choice, planner, item, beside, replacing)
    return replace(chosen, place=row.place, decided=_note(choice, item, by))


def _note(choice: Choice, item: Item | None, by: str) -> str:
    return f"{choice}{f' {item.id}' if item else ''}{f' by {by}' if by else ''}"


def _decided(
    row: Outcome,
    choice: Choice,
    planner: Planner,
    item: Item | None,
    beside: Collection[str],
    replacing: Collection[str],
) -> Outcome:
    if isinstance(row, Refused) and choice != "skip":
        raise UsageError(
            Words("error-row-refused", (row.key, _reasons(row.findings))),
            hint=Words("error-plan-again-table"),
        )
    findings = [_as_seen(one) for one in row.findings if not is_about_changes(one)]
    if choice == "skip":
        findings = [_as_seen(one) for one in row.findings]
        standing = getattr(row, "item", "")
        return Unchanged(**head(row.draft, findings), item=standing, why=words("person-skips"))
    if choice == "create":
        if item is not None:
            raise UsageError(Words("error-create-item"))
        draft = replace(row.draft, wanted=replace(row.draft.wanted, id=""))
        made = planner.created(_cleared(draft), findings, {})
        if not isinstance(made, Create):
            raise UsageError(Words("error-row-uncreated", (row.key, _reasons(made.findings))))
        return made
    if item is None:
        raise UsageError(Words("error-which-item"))
    outcome = planner.completed(_cleared(row.draft), item, words("person-names"), findings)
    if isinstance(outcome, Conflicting):
        outcome = _settled(outcome, beside, replacing)
        if isinstance(outcome, Complete):
            quality = planner.quality(row.draft, item, outcome.diff)
            outcome = replace(outcome, findings=list(dict.fromkeys([*findings, *quality])))
    elif beside or replacing:
        raise UsageError(Words("error-no-conflict", (row.key, ", ".join([*beside, *replacing]))))
    return outcome


def _settled(
    row: Conflicting, beside: Collection[str], replacing: Collection[str]
) -> Complete | Unchanged:
    unknown = {*beside, *replacing} - {c.property for c in row.diff.conflicts}
    if unknown:
        raise UsageError(Words("error-no-conflict", (row.key, ", ".join(sorted(unknown)))))
    conflicts: list[Conflict] = []
    statements = list(row.diff.statements)
    for conflict in row.diff.conflicts:
        if conflict.property in replacing:
            if len(conflict.standing) != 1:
                raise UsageError(
                    Words(
                        "error-conflict-many",
                        (conflict.property, row.item, len(conflict.standing)),
                    )
                )
            conflicts.append(replace(conflict, decision="replace"))
        elif conflict.property in beside:
            statements.append(conflict.wanted)
            conflicts.append(replace(conflict, decision="beside"))
        else:
            conflicts.append(replace(conflict, decision="leave"))
    settled: Diff = replace(row.diff, statements=statements, conflicts=conflicts)
    if settled.is_empty() and not replacing:
        return Unchanged(**head(row.draft, row.findings), item=row.item, why=row.why)
    return Complete(
        **head(row.draft, row.findings),
        item=row.item,
        why=row.why,
        revision=row.revision,
        diff=settled,
    )


def _cleared(draft: Draft) -> Draft:
    """The draft without its doubts: a person has looked at them."""
    return replace(draft, findings=[_as_seen(finding) for finding in draft.findings])


def _as_seen(finding: Finding) -> Finding:
    return replace(finding, level="warning") if finding.level == "doubt" else finding


def _reasons(findings: list[Finding]) -> str | Words:
    return listed(
        Words("error-reason-at", (one.where, one.words or one.message))
        if one.where
        else one.words or one.message
        for one in findings[:3]
    )
