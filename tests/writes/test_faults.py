"""Each way in which a wiki can fail, once: the row ends up on the wiki exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool.api.sandbox.faults import KINDS, Schedule
from tests.writes.kills import drafts, rehearse
from tests.writes.wikis import writable_wiki


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_fault_neither_loses_nor_doubles_a_row(kind: str, tmp_path: Path) -> None:
    schedule = Schedule(late_seconds=0.15, hang_seconds=2.0, retry_after=0)
    with writable_wiki(tmp_path, schedule) as wiki:
        plan = wiki.plan(drafts(1, 3))
        schedule.queue.append(kind)
        batch = wiki.apply(plan, http_timeout=0.5)
        assert wiki.server.sandbox.faults.met[kind] == 1
        assert [line.state for line in batch.report()] == ["confirmed"] * 3
        assert len(wiki.pages()) == 7 + 3


def test_killed_writers_leave_no_row_twice_and_none_out(tmp_path: Path) -> None:
    tally = rehearse(tmp_path, kills=8, seed=7, rows=24)
    assert tally.kills == 8
    assert tally.wrong == []
