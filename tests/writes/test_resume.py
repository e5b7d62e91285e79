"""Going on with a batch whose journal knows less than the wiki, or whose writer was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kgtool.api.sandbox.rules import Rules
from kgtool.drafts import Draft, Plan
from kgtool.entities import EntityIdValue, StringValue
from kgtool.errors import RemoteError
from kgtool.service.callers import OPERATOR
from kgtool.service.worker import Worker
from kgtool.settings import Settings
from kgtool.store import JobLeases
from kgtool.wiring import Kgtool
from kgtool.writes import Batch, BatchFolder, Run, undo_batch
from tests.builders import item, snak, statement
from tests.sandbox.running import APP
from tests.writes.kills import value_of_row
from tests.writes.wikis import WritableWiki

SOURCE = [[snak("P854", "https://example.org/catalogue")]]
STRANGER = f"Stranger@{APP}"
STANDING = [f"Q90000000{n}" for n in range(1, 5)]


def _plan(wiki: WritableWiki, rows: int) -> Plan:
    """Items to be made, and as many edits of standing ones as there are standing ones."""
    wiki.server.wiki.load([item(id, labels={"en": id}) for id in STANDING])
    numbers = [statement("P217", f"N {n}", references=SOURCE) for n in range(rows)]
    ids = [*STANDING, *[""] * rows][:rows]
    labels = [{} if id else {"en": f"object {n}"} for n, id in enumerate(ids)]
    return wiki.plan(
        [Draft(f"r{n}", n + 1, item(ids[n], numbers[n], labels=labels[n])) for n in range(0, rows)]
    )


def _each_once(wiki: WritableWiki, rows: int) -> bool:
    """Whether every inventory number of a plan of so many rows stands on the wiki just once."""
    return _numbers(wiki) == Counter({f"N {n}": 1 for n in range(rows)})


def _numbers(wiki: WritableWiki) -> Counter[str]:
    """How often each inventory number stands on the wiki."""
    found: Counter[str] = Counter()
    for id in wiki.pages():
        for one in wiki.item(id).claims.get("P217", []):
            assert isinstance(one.mainsnak.datavalue, StringValue)
            found[one.mainsnak.datavalue.value] += 1
    return found


def _again(wiki: WritableWiki, id: str, home: str = "home", **others: Any) -> Run:
    """A run as another process would begin it."""
    settings = wiki.settings(home, **others)
    return Run(BatchFolder(settings.home).open(id), settings, wiki.profile)


@pytest.fixture(autouse=True)
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if so much time had passed that nobody looks among the newest edits."""
    monkeypatch.setattr(Run, "made_elsewhere", lambda self, id: None)


def test_what_a_restored_journal_does_not_know_is_looked_up_first(
    wiki: WritableWiki, tool: Kgtool, tmp_path: Path
) -> None:
    batch = tool.batches.start(_plan(wiki, 10))
    tool.batches.apply(batch, trial=3)
    saved = tool.backups.make(tmp_path / "backups", entities=False)
    tool.batches.apply(batch, trial=5)
    before = {line.key: line.item for line in batch.report()}
    tool.backups.restore(saved, replace=True, forget_again=tool.people.take_out_again)

    again = tool.batches.open(batch.id)
    assert again.counts()["confirmed"] == 3
    tool.batches.apply(again)
    assert again.counts()["confirmed"] == 10
    assert _each_once(wiki, 10)
    after = {line.key: line.item for line in again.report()}
    assert {key: after[key] for key, item in before.items() if item} == {
        key: item for key, item in before.items() if item
    }
    edits = wiki.server.wiki.store.ask(
        f"SELECT count(*) FROM revision WHERE comment LIKE '%[{batch.id}:%'"
    )
    assert edits == [(10,)]


def test_what_an_account_that_a_restored_journal_does_not_name_sent_is_found(
    wiki: WritableWiki, tool: Kgtool, tmp_path: Path
) -> None:
    """Somebody else went on after the backup; nothing that came back knows of them."""
    batch = tool.batches.start(_plan(wiki, 10))
    tool.batches.apply(batch, trial=3)
    saved = tool.backups.make(tmp_path / "backups", entities=False)
    Run(batch, wiki.settings(wiki_user=STRANGER), wiki.profile).apply(trial=5)
    tool.backups.restore(saved, replace=True, forget_again=tool.people.take_out_again)

    again = tool.batches.open(batch.id)
    tool.batches.apply(again, trial=1)
    assert again.from_backup() is None  # from here on, it is not asked for again
    tool.batches.apply(again)
    assert again.counts()["confirmed"] == 10
    assert _each_once(wiki, 10)


def test_nothing_is_created_by_a_restored_journal_when_the_wiki_has_forgotten_what_was_sent(
    wiki: WritableWiki,
) -> None:
    batch = BatchFolder(wiki.settings().home).start(_plan(wiki, 6))
    batch.comes_from_backup(time.time())
    wiki.server.wiki.rules = Rules(recent_seconds=-1)
    before = wiki.pages()
    with pytest.raises(RemoteError, match="do not reach back"):
        Run(batch, wiki.settings(), wiki.profile).apply()
    assert wiki.pages() == before and batch.from_backup() is not None


def test_an_undo_that_a_restored_journal_does_not_know_is_not_sent_again(
    wiki: WritableWiki,
) -> None:
    batch = wiki.apply(_plan(wiki, 4))
    journal = batch.journal.path.read_bytes()
    undone = undo_batch(_again(wiki, batch.id))
    batch.journal.path.write_bytes(journal)  # a backup from before
    again = undo_batch(_again(wiki, batch.id))
    assert again == undone and len(undone.undone) == 4
    undos = wiki.server.wiki.store.ask("SELECT count(*) FROM revision WHERE comment LIKE '%u]%'")
    assert undos == [(4,)]


def test_what_another_account_sent_is_found(wiki: WritableWiki) -> None:
    """It was killed before the answer came; somebody else goes on under their own account."""
    batch = wiki.apply(_plan(wiki, 5))
    lines = batch.journal.path.read_bytes().splitlines(keepends=True)
    [creation] = [
        n for n, line in enumerate(lines) if b'"state":"sent"' in line and b'"item"' not in line
    ]
    batch.journal.path.write_bytes(b"".join(lines[: creation + 1]))
    run = _again(wiki, batch.id, wiki_user=STRANGER)
    run.apply()
    assert run.batch.counts()["confirmed"] == 5
    assert _each_once(wiki, 5)


def test_rows_may_be_left_out_or_reordered_between_two_workspaces(wiki: WritableWiki) -> None:
    plan = _plan(wiki, 10)
    wiki.apply(replace(plan, rows=[row for row in plan.rows if row.key not in ("r4", "r6")]))
    assert sum(_numbers(wiki).values()) == 8
    other = wiki.apply(replace(plan, rows=plan.rows[::-1]), "elsewhere")
    assert _each_once(wiki, 10)
    for line in other.report():
        [number] = wiki.item(line.item).claims["P217"]
        assert number.mainsnak.datavalue == StringValue(f"N {line.key[1:]}")


def _circle(wiki: WritableWiki) -> Plan:
    """Five new items, each part of the next, the last of the first; and one that has all."""
    rows = [
        Draft(
            f"r{n}",
            n + 1,
            item("", statement("P217", f"N {n}", references=SOURCE),
                 statement("P361", value_of_row(f"r{(n + 1) % 5}"), references=SOURCE),
                 labels={"en": f"part {n}"}),
        )
        for n in range(5)
    ]  # fmt: skip
    whole = [statement("P527", value_of_row(f"r{n}"), references=SOURCE) for n in range(5)]
    rows.append(Draft("all", 6, item("", *whole, labels={"en": "whole"})))
    return wiki.plan(rows)


@pytest.mark.parametrize("lines", range(2, 26, 3))
def test_a_circle_of_rows_survives_a_kill_anywhere(lines: int, wiki: WritableWiki) -> None:
    """The journal is cut after so many lines, as a kill leaves it: what follows was sent."""
    plan = _circle(wiki)
    batch = wiki.apply(plan)
    whole = batch.journal.path.read_bytes().splitlines(keepends=True)
    batch.journal.path.write_bytes(b"".join(whole[:lines]))
    run = _again(wiki, batch.id)
    run.apply()
    assert {line.state for line in run.batch.report()} == {"confirmed"}
    ids = {line.key: line.item for line in run.batch.report()}
    assert len(wiki.pages()) == 7 + 6
    for n in range(5):
        assert _values(wiki, ids[f"r{n}"], "P361") == [ids[f"r{(n + 1) % 5}"]]
    assert _values(wiki, ids["all"], "P527") == [ids[f"r{n}"] for n in range(5)]


def test_a_circle_is_undone_from_its_end(wiki: WritableWiki) -> None:
    """The edit that closed it is taken back; the items are for a person, the newest first."""
    batch = wiki.apply(_circle(wiki))
    links = [step.id for step in batch.steps if step.kind == "link"]
    done = undo_batch(_again(wiki, batch.id))
    assert links == done.undone and len(links) == 1 and not done.skipped
    ids = [line.item for line in sorted(batch.report(), key=lambda line: line.revision)]
    assert sorted(id for id, _ in done.created) == sorted(ids)
    made = [int(id[1:]) for id, _ in done.created]
    assert made == sorted(made, reverse=True)


def _values(wiki: WritableWiki, id: str, property: str) -> list[str]:
    values = (one.mainsnak.datavalue for one in wiki.item(id).claims.get(property, []))
    return [value.value.id for value in values if isinstance(value, EntityIdValue)]


def test_a_worker_that_is_killed_in_a_batch_is_followed_by_the_next(
    wiki: WritableWiki, tool: Kgtool
) -> None:
    batch = tool.batches.start(_plan(wiki, 60))
    job = tool.batch_jobs.begin(batch, OPERATOR)
    with _worker(tool.settings) as process:
        try:
            _until_some_are_confirmed(batch, 12)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    batch.renew()
    done = int(batch.counts()["confirmed"])
    assert 12 <= done < 60
    assert tool.jobs.job(job.id, OPERATOR).state == "running"

    def a_minute_later() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=1)

    follower = Worker(JobLeases(tool.database), tool.works(), (), a_minute_later)
    follower.drain()
    ended = tool.jobs.job(job.id, OPERATOR)
    assert (ended.state, ended.result and ended.result["counts"]["confirmed"]) == ("done", 60)
    assert _each_once(wiki, 60)
    batch.renew()
    assert {line.state for line in batch.report()} == {"confirmed"}


def _worker(settings: Settings) -> subprocess.Popen[bytes]:
    names = ("home", "wikibase", "wiki_user", "wiki_password", "edits_per_minute",
             "quiet_seconds", "http_timeout", "contact")  # fmt: skip
    given = {f"KGTOOL_{name.upper()}": str(getattr(settings, name)) for name in names}
    return subprocess.Popen(
        [sys.executable, "-m", "kgtool", "worker"],
        env=os.environ | given,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )


def _until_some_are_confirmed(batch: Batch, number: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        batch.renew()
        if int(batch.counts()["confirmed"]) >= number:
            return
        time.sleep(0.01)
    raise AssertionError("The worker wrote nothing.")
