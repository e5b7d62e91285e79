"""Undoing a batch: its edits newest first, except where someone else has edited since.

An edit is taken back by the wiki's own ``undo``. A creation cannot be undone by an ordinary
account: created items go on a list for a deletion request, those that others have edited or that
are in use apart from the rest, with how. Undoing is journaled like applying, with tokens of its
own, and can be resumed.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from kgtool.drafts.words import words
from kgtool.messages.words import Words, listed, told
from kgtool.writes.approval import deletion_list
from kgtool.writes.journal import Entry
from kgtool.writes.outcomes import Confirmed, Outcome, Unknown, in_words
from kgtool.writes.run import Run
from kgtool.writes.steps import Step
from kgtool.writes.summary import edit_summary


class Undone(Struct, frozen=True):
    """What became of undoing: ids of steps, and why some were left alone.

    ``created`` are items that were made and stay, (QID, label): an ordinary account cannot delete;
    ``used`` those among the skipped that should not go unseen, (QID, label, how they are used);
    ``reason`` is why they should go.
    """

    undone: list[str]
    skipped: dict[str, Words]
    unknown: list[str]
    created: list[tuple[str, str]]
    used: list[tuple[str, str, Words]]
    reason: str | Words

    def request(self, language: str = "en") -> str:
        """The request to delete what was created, as wikitext; ``""`` if nothing was."""
        used = [(item, label, how.told(language)) for item, label, how in self.used]
        return deletion_list(self.created, used, told(self.reason, language), language)


def undo_batch(run: Run, reason: str = "") -> Undone:
    """Take back what a batch did.

    Skipped, with the reason, is what others have edited since, what the wiki will not undo, and
    created items that others have edited, that have pages, or that other items name.

    :raises Forbidden: the account may not edit.
    :raises RemoteError: the wiki cannot be read; the undoing can be started again.
    """
    batch = run.batch
    ours = {entry.account for entry in batch.journal.entries.values() if entry.account}
    run.settle([undo_step(step.id) for step in batch.steps])
    done: list[str] = []
    skipped: dict[str, Words] = {}
    unknown: list[str] = []
    creations: list[tuple[Entry, Step]] = []
    edits = [
        (batch.journal.entries[step.id], step)
        for step in batch.steps
        if step.id in batch.journal.entries
        and batch.journal.entries[step.id].state == "confirmed"
        and batch.journal.entries[step.id].revision
    ]
    for entry, step in sorted(edits, key=lambda pair: pair[0].revision, reverse=True):
        undo = undo_step(step.id)
        if batch.journal.state(undo) == "confirmed":
            done.append(step.id)
            continue
        if entry.merged:
            skipped[step.id] = words("merged", entry.merged, entry.item)
            continue
        if step.kind == "create":
            creations.append((entry, step))
        elif edited := _edited_since(run, entry, ours):
            skipped[step.id] = edited
        else:
            outcome = _undo(run, step, entry)
            if isinstance(outcome, Confirmed):
                done.append(step.id)
            elif isinstance(outcome, Unknown):
                unknown.append(step.id)
            else:
                skipped[step.id] = in_words(outcome)
    created, used = _created(run, creations, ours, skipped)
    why = reason or Words("deletion-why", (batch.id,))
    return Undone(done, skipped, unknown, created, used, why)


def _created(
    run: Run, creations: list[tuple[Entry, Step]], ours: set[str], skipped: dict[str, Words]
) -> tuple[list[tuple[str, str]], list[tuple[str, str, Words]]]:
    """The created items, apart those in use; these, and what is no more, are noted as skipped.

    Looked at last, when the batch's own links to them are undone as far as they can be.
    """
    ids = [entry.item for entry, _ in creations]
    now, linking = run.client.items(ids), run.client.linking(ids)
    created: list[tuple[str, str]] = []
    used: list[tuple[str, str, Words]] = []
    for entry, step in creations:
        id, label = entry.item, run.batch.rows[step.key].label
        item = now.get(id)
        if item is None:
            skipped[step.id] = Words("outcome-detail", (id, Words("why-item-gone")))
            continue
        if item.id != id:
            skipped[step.id] = words("merged", id, item.id)
            continue
        # Items of the batch that name each other can go together.
        others = sorted(set(linking[id]) - set(ids), key=lambda other: int(other[1:]))
        pages = sorted(item.sitelinks)
        how = listed(
            [
                _edited_since(run, entry, ours) or "",
                Words("used-pages", (len(pages), _first(pages))) if pages else "",
                Words("used-links", (len(others), _first(others))) if others else "",
            ]
        )
        if isinstance(how, Words):
            skipped[step.id] = Words("outcome-detail", (id, how))
            used.append((id, label, how))
        else:
            created.append((id, label))
    return created, used


def _edited_since(run: Run, entry: Entry, ours: set[str]) -> Words | None:
    """That others have edited an item since we did, if so."""
    since = run.client.revisions_since(entry.item, entry.revision)
    others = sorted({user for _, user in since} - ours)
    return Words("why-edited-since", (entry.item, ", ".join(others))) if others else None


def _first(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def undone_json(undone: Undone, language: str = "en") -> dict[str, Any]:
    """What became of undoing, for scripts; reasons and the request for deletions in a language."""
    return {
        "undone": undone.undone,
        "skipped": {step: said.told(language) for step, said in undone.skipped.items()},
        "unknown": undone.unknown,
        "to_delete": [item for item, _ in undone.created],
        "in_use": {item: how.told(language) for item, _, how in undone.used},
        "request": undone.request(language),
    }


def undo_step(step: str) -> str:
    """The id under which undoing a step is journaled."""
    return f"{step}u"


def _undo(run: Run, step: Step, entry: Entry) -> Outcome:
    mark = undo_step(step.id)
    summary = edit_summary("undo", run.batch.id, mark, run.profile)
    return run.send_once(
        mark,
        lambda: run.client.undo(entry.item, entry.revision, summary),
        item=entry.item,
        base=entry.revision,
    )
