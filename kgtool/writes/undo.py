"""Undoing a batch: its edits newest first, except where someone else has edited since.

An edit is taken back by the wiki's own ``undo``. A creation cannot be undone by an ordinary
account: created items that nobody else touched go on a list for a deletion request. Undoing is
journaled like applying, with tokens of its own, and can be resumed.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from kgtool.drafts.words import words
from kgtool.messages.words import Words, told
from kgtool.writes.approval import deletion_list
from kgtool.writes.journal import Entry
from kgtool.writes.outcomes import Confirmed, Outcome, Unknown, in_words
from kgtool.writes.run import Run
from kgtool.writes.steps import Step
from kgtool.writes.summary import edit_summary


class Undone(Struct, frozen=True):
    """What became of undoing: ids of steps, and why some were left alone.

    ``created`` are items that were made and stay, (QID, label): an ordinary account cannot delete;
    ``reason`` is why they should go.
    """

    undone: list[str]
    skipped: dict[str, Words]
    unknown: list[str]
    created: list[tuple[str, str]]
    reason: str | Words

    def request(self, language: str = "en") -> str:
        """The request to delete what was created, as wikitext; ``""`` if nothing was."""
        if not self.created:
            return ""
        return deletion_list(self.created, told(self.reason, language), language)


def undo_batch(run: Run, reason: str = "") -> Undone:
    """Take back what a batch did.

    Skipped, with the reason, is what others have edited since, what the wiki will not undo, and
    creations that others have edited.

    :raises Forbidden: the account may not edit.
    :raises RemoteError: the wiki cannot be read; the undoing can be started again.
    """
    batch = run.batch
    ours = {entry.account for entry in batch.journal.entries.values() if entry.account}
    run.settle([undo_step(step.id) for step in batch.steps])
    done: list[str] = []
    skipped: dict[str, Words] = {}
    unknown: list[str] = []
    created: list[tuple[str, str]] = []
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
        strangers = [
            user
            for _, user in run.client.revisions_since(entry.item, entry.revision)
            if user not in ours
        ]
        if strangers:
            others = ", ".join(sorted(set(strangers)))
            skipped[step.id] = Words("why-edited-since", (entry.item, others))
        elif step.kind == "create":
            created.append((entry.item, batch.rows[step.key].label))
        else:
            outcome = _undo(run, step, entry)
            if isinstance(outcome, Confirmed):
                done.append(step.id)
            elif isinstance(outcome, Unknown):
                unknown.append(step.id)
            else:
                skipped[step.id] = in_words(outcome)
    why = reason or Words("deletion-why", (batch.id,))
    return Undone(done, skipped, unknown, created, why)


def undone_json(undone: Undone, language: str = "en") -> dict[str, Any]:
    """What became of undoing, for scripts; reasons and the request for deletions in a language."""
    return {
        "undone": undone.undone,
        "skipped": {step: said.told(language) for step, said in undone.skipped.items()},
        "unknown": undone.unknown,
        "to_delete": [item for item, _ in undone.created],
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
