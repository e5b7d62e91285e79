"""What is kept about a person can be read by them, and goes for good."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kgtool.drafts import Doubtful, Plan, read_plan, write_plan
from kgtool.drafts.words import words
from kgtool.errors import Forbidden, NotFound, UsageError
from kgtool.service.callers import OPERATOR, Caller
from kgtool.service.forgotten import Forgotten
from kgtool.settings import Settings
from kgtool.sources.revisions import History
from kgtool.store import Copy
from kgtool.store.people import pattern
from kgtool.store.personal import ABOUT_THINGS, PERSONAL
from kgtool.store.schema import metadata
from kgtool.wiring import Kgtool, build


def test_every_field_is_personal_with_a_purpose_or_about_things() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
    }
    personal = {f"{one.table}.{one.column}" for one in PERSONAL}
    assert personal & ABOUT_THINGS == set()
    assert personal | ABOUT_THINGS == columns
    assert all(one.purpose and one.kept for one in PERSONAL)


def test_export_holds_everything_readable(tool: Kgtool) -> None:
    found = tool.people.export("Ann Lind", OPERATOR)
    assert set(found) == {
        *("account", "audit", "claim", "file", "partner", "partner_status"),
        *("publication", "request", "request_event", "token"),
    }
    assert found["request"][0]["contact"] == "ann@example.org"
    contact = tool.people.export("CY@example.org", OPERATOR)["contact"][0]
    assert (contact["name"], contact["address"]) == ("Cy Ek", "cy@example.org")


def test_forgetting_leaves_no_trace_in_files(tool: Kgtool) -> None:
    tool.people.forget("Ann Lind", OPERATOR)
    tool.people.forget("ann@example.org", OPERATOR)
    tool.people.forget("Cy Ek", OPERATOR)
    with pytest.raises(NotFound):
        tool.people.export("Ann Lind", OPERATOR)
    assert tool.partners.get("Q190804", OPERATOR).contacts == []
    assert tool.partners.get("Q190804", OPERATOR).summary == "Ask (forgotten) first."
    texts = [event.text for event in tool.requests.get(1, OPERATOR).events]
    assert "(forgotten) will see to it" in texts
    tool.close()
    for path in tool.settings.home.rglob("*"):
        if path.is_file() and "generations" not in path.parts:
            content = path.read_bytes()
            assert b"Ann Lind" not in content, path
            assert b"ann@example.org" not in content, path


def test_files_say_the_rest_as_before(tool: Kgtool) -> None:
    home = tool.settings.home
    named = {one["file"] for one in tool.people.export("Ann Lind", OPERATOR)["file"]}
    assert named == {
        *("batches/b1/journal.jsonl", "batches/b1/ended", "batches/b1/undone.json"),
        *("plans/ab12ab12ab12.json", "plans/wanted/cd34cd34cd34.json", "revisions.sqlite"),
        "batches/b1/.plan.json.new",
    }
    tool.people.forget("Ann Lind", OPERATOR)
    [row] = read_plan(home / "plans/ab12ab12ab12.json").rows
    assert isinstance(row, Doubtful)
    assert row.reason == words("one", words("two", "(forgotten)"))
    assert (row.findings[0].message, row.findings[0].code) == ("no QID: (forgotten)", "as-said")
    assert not (home / "plans/wanted/cd34cd34cd34.json").exists()
    undone = json.loads((home / "batches/b1/undone.json").read_bytes())
    assert undone["skipped"] == {"1": {"key": "a", "params": ["(forgotten)"]}}
    ended = json.loads((home / "batches/b1/ended").read_bytes())
    assert ended == {"key": "outcome-detail", "params": ["a", "by (forgotten)"]}
    assert not (home / "batches/b1/.plan.json.new").exists()
    kept = History(home / "revisions.sqlite")
    told = {one.id: (one.user, one.comment) for one in kept.since(["Q1"], "2025-01-01")["Q1"]}
    assert told == {
        7: ("(forgotten)", "by hand"),
        8: ("Bo", "undid (forgotten)"),
        9: ("Annie Lind", ""),
    }


def test_a_table_whose_planning_failed_does_not_stay(tool: Kgtool) -> None:
    wanted = tool.settings.home / "plans" / "wanted" / "cd34cd34cd34.json"
    arguments = {"plan": wanted.stem}
    job = tool.jobs.ask("plan", arguments, by=OPERATOR, subject=f"plan {wanted.stem}")
    assert tool.plan_jobs.forget() == 0
    tool.jobs.stop(job.id, OPERATOR)
    assert tool.plan_jobs.forget() == 1
    assert not wanted.exists()


def test_others_stay_as_they_are(tool: Kgtool) -> None:
    tool.accounts.sign_in("Ann Lindgren")
    tool.accounts.sign_in("ann lind")
    before = tool.people.export("Bo", OPERATOR)["account"]
    tool.people.forget("Ann Lind", OPERATOR)
    names = {one.name for one in tool.accounts.accounts()}
    assert names == {"Ann Lindgren", "Bo", "ann lind"}
    assert tool.people.export("Bo", OPERATOR)["account"] == before


def test_an_old_backup_does_not_bring_anybody_back(
    tool: Kgtool, tmp_path: Path, data_key: str
) -> None:
    saved = tool.backups.make(tmp_path / "backups", entities=False)
    for name in ("Ann Lind", "cy@example.org"):
        assert tool.people.forget(name, OPERATOR).unreached == []
    # The workspace is lost; only the folder of backups is left.
    other = build(Settings(home=tmp_path / "other", data_key=data_key))
    done = other.backups.restore(saved, replace=False, forget_again=other.people.take_out_again)
    assert done.forgotten == 2
    rows = b"".join(Copy(other.database).lines())
    assert b"Ann Lind" not in rows
    assert other.partners.get("Q190804", OPERATOR).contacts == []
    assert b"Ann Lind" not in (other.settings.home / "batches/b1/journal.jsonl").read_bytes()
    other.close()


def test_somebody_who_came_back_later_stays(tool: Kgtool, tmp_path: Path) -> None:
    tool.people.forget("Bo", OPERATOR)
    known = (tool.settings.home / "forgotten.json").read_text()
    assert "Bo" not in known
    tool.accounts.sign_in("Bo")
    import time

    time.sleep(1.1)  # backups are dated to the second
    saved = tool.backups.make(tmp_path / "backups", entities=False)
    done = tool.backups.restore(saved, replace=True, forget_again=tool.people.take_out_again)
    assert done.forgotten == 0
    assert "Bo" in {one.name for one in tool.accounts.accounts()}


def test_only_admins_read_and_forget(tool: Kgtool) -> None:
    writer = Caller("W", "writer")
    with pytest.raises(Forbidden):
        tool.people.export("Bo", writer)
    with pytest.raises(Forbidden):
        tool.people.forget("Bo", writer)


def test_without_the_key_nobody_is_said_to_be_forgotten(tool: Kgtool, tmp_path: Path) -> None:
    """Who stands encrypted cannot be found: that is told, not passed over."""
    saved = tool.backups.make(tmp_path / "backups", entities=False)
    tool.people.forget("Cy Ek", OPERATOR)
    tool.backups.restore(saved, replace=True, forget_again=lambda *_: 0)
    tool.close()
    blind = build(Settings(home=tool.settings.home))
    for ask in (blind.people.export, blind.people.forget):
        with pytest.raises(UsageError, match="KGTOOL_DATA_KEY"):
            ask("Cy Ek", OPERATOR)
    with pytest.raises(UsageError, match="KGTOOL_DATA_KEY"):
        blind.backups.restore(saved, replace=True, forget_again=blind.people.take_out_again)
    blind.close()


def test_who_stands_in_a_comment_alone_stays_forgotten(
    tool: Kgtool, tmp_path: Path, data_key: str
) -> None:
    """A contact whose day had come before the backup was made: only texts name her."""
    tool.requests.comment(1, "Ask Eva Åström-Öz (eva@example.org).", Caller("Bo", "coordinator"))
    plan = tool.settings.home / "plans" / "0123456789ab.json"
    plan.parent.mkdir(exist_ok=True)
    made = Plan(
        id="0123456789ab",
        title="t",
        wiki="w",
        made="2026-01-01T00:00:00+00:00",
        summary="",
        permission="by Eva Åström-Öz",
    )
    write_plan(made, plan)
    saved = tool.backups.make(tmp_path / "backups", entities=False)
    for name in ("Eva Åström-Öz", "Eva@Example.org"):
        tool.people.forget(name, OPERATOR)
    assert "Eva" not in plan.read_text()
    other = build(Settings(home=tmp_path / "other", data_key=data_key))
    done = other.backups.restore(saved, replace=False, forget_again=other.people.take_out_again)
    assert done.forgotten == 2
    [comment] = [e.text for e in other.requests.get(1, OPERATOR).events if "Ask" in e.text]
    assert comment == "Ask (forgotten) ((forgotten))."
    assert "Eva" not in (other.settings.home / "plans" / plan.name).read_text()
    other.close()


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=12), st.text(min_size=2, max_size=6), st.text(max_size=12))
def test_a_name_is_found_wherever_it_would_be_taken_out(before: str, name: str, after: str) -> None:
    assume("@" not in name and name == name.strip())
    now = datetime.now(UTC)
    known = Forgotten()
    known.add(name, now)
    text = f"{before}{name}{after}"
    found = known.named_in([text], now - timedelta(days=1))
    assert (found == {name}) == bool(pattern(name).search(text))
