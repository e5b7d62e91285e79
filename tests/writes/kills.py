"""Writers killed at random instants while the wiki misbehaves: nothing twice, nothing lost.

``python -m tests.writes.kills --kills 200 --seed 1`` kills that many writers with SIGKILL, over as
many batches of 200 rows as it takes, on a sandbox that drops connections before and after acting,
commits late, answers 429, 503 and HTML, lags, is read-only, and forgets sessions and tokens. After
each batch every row must be on the wiki exactly once and the journal must say which item it is.
"""

from __future__ import annotations

import argparse
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import msgspec

from kgtool.api.sandbox.faults import Schedule
from kgtool.drafts import Draft, Plan, local_id, plan_rows
from kgtool.drafts.world import MemoryWorld
from kgtool.entities import EntityId, EntityIdValue, Item, Term
from kgtool.writes import BatchFolder
from tests.builders import item, snak, statement
from tests.writes.wikis import WritableWiki, writable_wiki

ROOT = Path(__file__).resolve().parent.parent.parent
LATE = 0.15  # a commit comes at most so late …
QUIET = 0.4  # … and we wait so long before looking
RATES = {
    "drop-before": 0.03,
    "drop-after": 0.04,
    "late-commit": 0.03,
    "timeout": 0.01,
    "too-many": 0.02,
    "unavailable": 0.03,
    "html": 0.03,
    "maxlag": 0.02,
    "readonly": 0.002,
    "session-loss": 0.02,
    "bad-token": 0.02,
}


@dataclass
class Tally:
    """What happened; ``wrong`` must stay empty."""

    kills: int = 0
    writers: int = 0
    batches: int = 0
    rows: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def rehearse(folder: Path, *, kills: int, seed: int, rows: int) -> Tally:
    """Kill ``kills`` writers over batches of ``rows``; check wiki and journal after each batch."""
    random = Random(seed)
    tally = Tally()
    schedule = Schedule(rates=RATES, seed=seed, late_seconds=LATE, hang_seconds=1.5, retry_after=0)
    with writable_wiki(folder, schedule) as wiki, _zygote() as zygote:
        while tally.kills < kills:
            tally.batches += 1
            tally.rows += rows
            _one_batch(wiki, zygote, random, tally, kills, rows)
        tally.faults = dict(wiki.server.sandbox.faults.met)
    return tally


def _one_batch(
    wiki: WritableWiki,
    zygote: subprocess.Popen[str],
    random: Random,
    tally: Tally,
    kills: int,
    rows: int,
) -> None:
    home = wiki.folder / f"home{tally.batches}"
    wiki.server.wiki.load(_standing(tally.batches, rows))
    plan = wiki.plan_of(
        plan_rows(
            drafts(tally.batches, rows),
            MemoryWorld(_standing(tally.batches, rows), complete=False),
            wiki.profile,
        ),
        id=f"{random.getrandbits(48):012x}",
    )
    _prepare(wiki, home, plan)
    while True:
        allowed = random.uniform(0.0, 0.9) if tally.kills < kills else 120.0
        tally.writers += 1
        ended, code = _write(zygote, home, allowed)
        if not ended:
            tally.kills += 1
        elif code != 0:
            # The wiki could not be read for a while: what a person does is to start it again.
            continue
        elif not BatchFolder(home).open(plan.id).open_steps():
            break
    tally.wrong += check(wiki, plan, home)


def _write(zygote: subprocess.Popen[str], home: Path, seconds: float) -> tuple[bool, int]:
    """Run one writer and kill it after so many seconds; whether it ended before, and its status."""
    assert zygote.stdin and zygote.stdout
    zygote.stdin.write(f"{home}\n")
    zygote.stdin.flush()
    child = int(zygote.stdout.readline())
    with selectors.DefaultSelector() as waiting:
        waiting.register(zygote.stdout, selectors.EVENT_READ)
        ended = bool(waiting.select(seconds))
    if not ended:
        os.kill(child, signal.SIGKILL)
    code = int(zygote.stdout.readline().split()[1])
    # It may have ended between the last look and the kill.
    return code != signal.SIGKILL, code


def _zygote() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.writes.zygote"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _prepare(wiki: WritableWiki, home: Path, plan: Plan) -> None:
    settings = wiki.settings(quiet_seconds=QUIET, http_timeout=0.5, edits_per_minute=6000)
    raw = {
        name: getattr(settings, name)
        for name in (
            "wiki_user",
            "wiki_password",
            "quiet_seconds",
            "http_timeout",
            "edits_per_minute",
            "contact",
        )
    }
    home.mkdir()
    (home / "settings.json").write_bytes(msgspec.json.encode(raw))
    (home / "profile.json").write_bytes(msgspec.json.encode(wiki.profile))
    BatchFolder(home).start(plan)


def drafts(batch: int, rows: int) -> list[Draft]:
    """Rows of which nothing but the journal keeps doubles away: no descriptions, no identifiers.

    Every fourth completes an item; every tenth refers to the row before it, and that one back.
    """
    made = []
    for n in range(rows):
        key = f"{batch}-{n}"
        reference = [[snak("P854", "https://example.org/catalogue")]]
        claims = [statement("P217", key, references=reference)]
        if n % 4 == 3:
            wanted = item(f"Q{_standing_number(batch, n)}", *claims)
        else:
            if n % 10 == 0 and n:
                claims.append(statement("P361", value_of_row(f"{batch}-{n - 8}")))
            if n % 10 == 2 and n + 8 < rows and (n + 8) % 4 != 3:
                claims.append(statement("P527", value_of_row(f"{batch}-{n + 8}")))
            wanted = item("", *claims, labels={"en": f"object {key}"})
        made.append(Draft(key, n + 1, wanted))
    return made


def value_of_row(key: str) -> EntityIdValue:
    """The value that stands for another row's item."""
    return EntityIdValue(EntityId(local_id(key)))


def _standing(batch: int, rows: int) -> list[Item]:
    """The items that a batch completes, as they are before."""
    return [
        Item(
            id=f"Q{_standing_number(batch, n)}",
            labels={"en": Term("en", f"standing {batch}-{n}")},
        )
        for n in range(rows)
        if n % 4 == 3
    ]


def _standing_number(batch: int, n: int) -> int:
    return 900_000_000 + batch * 10_000 + n


def check(wiki: WritableWiki, plan: Plan, home: Path) -> list[str]:
    """What is wrong: rows on no item or on several, and journal entries that say otherwise."""
    time.sleep(LATE)  # the last late commits
    holders: dict[str, list[str]] = {}
    doubled: list[str] = []
    items = wiki.pages()
    store = wiki.server.wiki.store
    for id in items:
        page = store.page(id)
        assert page is not None
        entity = store.latest(page).entity
        values = [s["mainsnak"]["datavalue"]["value"] for s in entity["claims"].get("P217", [])]
        doubled += [f"{id} has {v} twice" for v in set(values) if values.count(v) > 1]
        for text in values:
            holders.setdefault(text, []).append(id)
    wrong = doubled
    batch = BatchFolder(home).open(plan.id)
    for line in batch.report():
        there = holders.get(line.key, [])
        if len(there) != 1:
            wrong.append(f"row {line.key} is on {there or 'no item'}")
        elif line.item != there[0]:
            wrong.append(f"row {line.key} is on {there[0]}, the journal says {line.item}")
        if line.state != "confirmed":
            wrong.append(f"row {line.key} is {line.state}: {line.message}")
        elif line.message:
            wrong.append(f"row {line.key}: {line.message}")
    labels = [
        store.latest(page).entity["labels"].get("en", {}).get("value")
        for id in items
        if (page := store.page(id)) is not None
    ]
    wrong += [f"“{label}” is there twice" for label in set(labels) if labels.count(label) > 1]
    return wrong


def main() -> None:
    """Rehearse, and fail if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=200)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tally = rehearse(Path(folder), kills=given.kills, seed=given.seed, rows=given.rows)
    print(f"seed {given.seed}: {tally.kills} kills of {tally.writers} writers")
    print(f"{tally.batches} batches, {tally.rows} rows, {time.monotonic() - began:.0f} s")
    print("faults met:", ", ".join(f"{n} {kind}" for kind, n in sorted(tally.faults.items())))
    for problem in tally.wrong:
        print("WRONG:", problem)
    sys.exit(1 if tally.wrong else 0)


if __name__ == "__main__":
    main()
