"""Just before an edit: the item as it is now, and what of the approved plan is still to be done."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts import Addition, Complete, Conflict, Create, Diff, diff, local_keys, resolved
from kgtool.drafts.words import words
from kgtool.entities import Item, Profile, Statement, qualifier_keys, reference_key, snak_key
from kgtool.messages.words import Words, listed
from kgtool.writes.batch import Batch
from kgtool.writes.client import WikiClient
from kgtool.writes.outcomes import Gone, Held, Outcome, Overtaken, Unneeded
from kgtool.writes.payload import (
    addition_patch,
    completion,
    creation,
    replacement_patch,
)
from kgtool.writes.steps import Step


class Edit(Struct, frozen=True):
    """A ``wbeditentity`` ready to go; ``item`` is empty for a creation."""

    data: dict[str, Any]
    item: str = ""
    base: int = 0


class StatementEdit(Struct, frozen=True):
    """A change of one standing statement through the REST API."""

    item: str
    guid: str
    patch: list[dict[str, Any]]
    etag: str
    base: int


def prepare(
    step: Step, batch: Batch, client: WikiClient, profile: Profile, token: str
) -> Edit | StatementEdit | Outcome:
    """What to send for a step, or the outcome where nothing is to be sent.

    :raises RemoteError: the item cannot be read.
    """
    row, ids = batch.rows[step.key], batch.items
    match step.kind:
        case "create":
            assert isinstance(row, Create)  # each kind of step is of one outcome
            missing = _missing(step.statements, ids)
            if missing:
                return Held(Words("why-no-item-yet", (missing,)))
            return Edit(creation(row.draft.wanted, [resolved(s, ids) for s in step.statements]))
        case "complete":
            assert isinstance(row, Complete)
            return _completion(row, ids, client, profile, token)
        case "link":
            return _link(step, ids, client, token)
        case "add" | "replace":
            assert step.change is not None
            return _statement_edit(step, step.change, client, profile)


def _completion(
    row: Complete, ids: dict[str, str], client: WikiClient, profile: Profile, token: str
) -> Edit | Outcome:
    item = client.items([row.item]).get(row.item)
    if item is None:
        return Gone(Words("why-item-gone"))
    # An item that was merged goes on under the other id; its revision is another one, so that what
    # was approved is compared with all that the two have now.
    approved = row.diff
    missing = _missing(approved.statements, ids)
    if missing:
        return Held(Words("why-no-item-yet", (missing,)))
    left: list[Words] = []
    if item.lastrevid != row.revision:
        approved, left = _still_lacking(row, item, profile)
        if left:
            return Overtaken(listed(left))
    if not (
        approved.labels
        or approved.descriptions
        or approved.aliases
        or approved.sitelinks
        or approved.statements
    ):
        return Unneeded(item.id)
    resolved_ones = [resolved(s, ids) for s in approved.statements]
    data = completion(replace(approved, statements=resolved_ones), item.id, token)
    return Edit(data, item.id, item.lastrevid or 0)


def _still_lacking(row: Complete, item: Item, profile: Profile) -> tuple[Diff, list[Words]]:
    """Of what was approved, that which the item still lacks; and what someone else settled.

    Where somebody else wrote the same, the item becomes what was approved; where they wrote
    something else, it would not any more.
    """
    now = diff(row.draft, item, profile)
    old = row.diff
    decided = {c.property for c in old.conflicts if c.decision == "beside"}
    wanted = {_key(s) for s in now.statements}
    wanted |= {_key(c.wanted) for c in now.conflicts if c.property in decided}
    fought = {_key(c.wanted): c for c in now.conflicts if c.property not in decided}
    left = [
        Words("why-another-value", (fought[_key(s)].property,))
        for s in old.statements
        if _key(s) in fought
    ]
    for kind, ours, theirs in (
        ("label", old.labels, item.labels),
        ("description", old.descriptions, item.descriptions),
    ):
        left += [
            Words("why-another-text", (words(f"at-{kind}", code),))
            for code, text in ours.items()
            if code in theirs and theirs[code].value != text
        ]
    left += [
        Words("why-another-page", (site,))
        for site, link in old.sitelinks.items()
        if site in item.sitelinks and item.sitelinks[site].title != link.title
    ]
    return (
        Diff(
            labels={c: t for c, t in old.labels.items() if now.labels.get(c) == t},
            descriptions={
                c: t for c, t in old.descriptions.items() if now.descriptions.get(c) == t
            },
            aliases={
                c: kept
                for c, texts in old.aliases.items()
                if (kept := [t for t in texts if t in now.aliases.get(c, [])])
            },
            sitelinks={s: k for s, k in old.sitelinks.items() if s in now.sitelinks},
            statements=[s for s in old.statements if _key(s) in wanted],
        ),
        left,
    )


def _link(step: Step, ids: dict[str, str], client: WikiClient, token: str) -> Edit | Outcome:
    own = ids.get(step.key)
    if own is None:
        return Held(Words("why-row-no-item"))
    missing = _missing(step.statements, ids)
    if missing:
        return Held(Words("why-no-item-yet", (missing,)))
    item = client.items([own]).get(own)
    if item is None:
        return Gone(Words("why-item-gone"))
    there = {snak_key(s.mainsnak) for several in item.claims.values() for s in several}
    new = [resolved(s, ids) for s in step.statements]
    lacking = [s for s in new if snak_key(s.mainsnak) not in there]
    if not lacking:
        return Unneeded(item.id)
    return Edit(completion(Diff(statements=lacking), item.id, token), item.id, item.lastrevid or 0)


def _statement_edit(
    step: Step, change: Addition | Conflict, client: WikiClient, profile: Profile
) -> StatementEdit | Outcome:
    if not profile.rest_api:
        return Held(Words("why-no-rest"))
    item = client.items([step.item]).get(step.item)
    if item is None:
        return Gone(Words("why-item-gone"))
    if item.id != step.item:
        # Merging gives statements new ids, so which of them was meant cannot be told.
        return Overtaken(words("merged", step.item, item.id))
    guid = change.statement if isinstance(change, Addition) else change.standing[0].id
    now = next((s for s in item.claims.get(change.property, []) if s.id == guid), None)
    if now is None or guid is None:
        return Overtaken(Words("why-removed", (change.property,)))
    if isinstance(change, Addition):
        patch = addition_patch(_lacking(change, now))
        if not patch:
            return Unneeded(item.id)
    else:
        if snak_key(now.mainsnak) == snak_key(change.wanted.mainsnak):
            return Unneeded(item.id)
        if snak_key(now.mainsnak) != snak_key(change.standing[0].mainsnak):
            return Overtaken(Words("why-changed", (change.property,)))
        patch = replacement_patch(change)
    read = client.rest_statement(item.id, guid)
    if not isinstance(read, tuple):
        return read
    _, etag = read
    base = etag.strip('W/"')
    if base.isdecimal() and int(base) != item.lastrevid:
        return Overtaken(Words("why-item-changed"))
    return StatementEdit(item.id, guid, patch, etag, item.lastrevid or 0)


def _lacking(addition: Addition, now: Statement) -> Addition:
    """Of an addition, what the statement still lacks."""
    references = {reference_key(one) for one in now.references}
    qualifiers = qualifier_keys(now)
    return replace(
        addition,
        references=[one for one in addition.references if reference_key(one) not in references],
        qualifiers={
            property: kept
            for property, snaks in addition.qualifiers.items()
            if (kept := [one for one in snaks if snak_key(one) not in qualifiers])
        },
    )


def _missing(statements: list[Statement], ids: dict[str, str]) -> str:
    for statement in statements:
        for key in sorted(local_keys(statement)):
            if key not in ids:
                return key
    return ""


def _key(statement: Statement) -> tuple[object, object]:
    return snak_key(statement.mainsnak), qualifier_keys(statement)


def remaining(
    row: Create | Complete, item: Item, ids: dict[str, str], profile: Profile
) -> list[Words]:
    """What of a row is not on its item: the reading back after the edits.

    Both sides are compared by meaning, as the wiki normalises.
    """
    wanted = row.draft.wanted
    claims = {p: [resolved(s, ids) for s in several] for p, several in wanted.claims.items()}
    draft = replace(row.draft, wanted=replace(wanted, claims=claims))
    now = diff(draft, item, profile)
    if isinstance(row, Complete):
        now, _ = _still_lacking(replace(row, draft=draft), item, profile)
    other: list[Words | str] = [words("at-label", code) for code in now.labels]
    other += [words("at-description", code) for code in now.descriptions]
    other += [words("at-alias", code) for code in now.aliases]
    other += [words("at-sitelink", site) for site in now.sitelinks]
    other += [s.mainsnak.property for s in now.statements]
    lacking: list[str] = []
    if isinstance(row, Create):
        other += [c.property for c in now.conflicts]
        lacking = [a.property for a in now.additions]
    return [Words("seen-differs", (one,)) for one in other] + [
        Words("seen-lacks", (property,)) for property in lacking
    ]
