"""Claimed slices of worklists: for fourteen days, and no longer."""

from __future__ import annotations

import datetime
from pathlib import Path

from kgtool.service.callers import Caller
from kgtool.service.claims import Claims
from kgtool.store import AuditStore, ClaimStore, Database

BEGIN = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def test_a_claim_expires_after_fourteen_days_and_the_slice_is_free_again(tmp_path: Path) -> None:
    now = BEGIN
    database = Database("", tmp_path / "registry.sqlite")
    claims = Claims(ClaimStore(database), AuditStore(database), lambda: now)
    ann, bo = Caller("Ann", "volunteer"), Caller("Bo", "volunteer")

    def claim(caller: Caller) -> list[str]:
        claimed = claims.claim(["Q1", "Q2"], selection="Q9", missing="P18", caller=caller)
        return [one.item for one in claimed]

    assert claim(ann) == ["Q1", "Q2"]
    now = BEGIN + 14 * DAY - datetime.timedelta(seconds=1)
    assert claim(bo) == [] and {one.by for one in claims.standing()} == {"Ann"}
    now = BEGIN + 14 * DAY
    assert claims.standing() == []
    assert claim(bo) == ["Q1", "Q2"] and {one.by for one in claims.standing()} == {"Bo"}
    assert {one.expires for one in claims.standing()} == {now + 14 * DAY}
    database.close()
