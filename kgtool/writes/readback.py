"""Reading back: does the wiki have what was sent?"""

from __future__ import annotations

from msgspec.structs import replace

from kgtool.drafts import Complete, Create
from kgtool.entities import Profile
from kgtool.messages.words import Words
from kgtool.writes.batch import Batch
from kgtool.writes.prepare import remaining
from kgtool.writes.reading import WikiReader
from kgtool.writes.steps import Step

# How many items are read at once.
_TOGETHER = 50


def read_back(batch: Batch, client: WikiReader, profile: Profile) -> None:
    """Compare what stands on the wiki with what was sent, for all that was not compared yet."""
    entries = batch.journal.entries
    unfinished = {step.key for step in batch.open_steps()}
    whole: dict[str, list[Step]] = {}
    for step in batch.steps:
        entry = entries.get(step.id)
        if step.key in unfinished or step.key not in batch.items:
            continue
        if entry and entry.state == "confirmed" and not entry.checked:
            whole.setdefault(step.key, []).append(step)
    ids = sorted({batch.items[key] for key in whole})
    for start in range(0, len(ids), _TOGETHER):
        part = set(ids[start : start + _TOGETHER])
        items = client.items(sorted(part))
        for key, steps in whole.items():
            id = batch.items[key]
            row = batch.rows[key]
            if id not in part or not isinstance(row, Create | Complete):
                continue
            differences = [Words("why-item-gone")]
            if id in items:
                differences = remaining(row, items[id], batch.items, profile)
            for step in steps:
                known = entries[step.id].differences
                both = [*known, *(d for d in differences if d not in known)]
                seen = replace(entries[step.id], checked=True, differences=both)
                if id in items and items[id].id != id and not seen.merged:
                    seen = replace(seen, item=items[id].id, merged=id)
                batch.note(step, seen)
