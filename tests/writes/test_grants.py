"""Under whose account a batch is written: the bot's, or the approver's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from kgtool.drafts import Draft, Plan
from kgtool.entities import Item, Term
from kgtool.errors import Forbidden, UsageError
from kgtool.service.callers import OPERATOR, Caller
from kgtool.sources.sign_in import Grant
from kgtool.store import Seal
from kgtool.wiring import Kgtool, build

from .wikis import WritableWiki

NOW = datetime.now(UTC)


@pytest.fixture
def tool(wiki: WritableWiki) -> Iterator[Kgtool]:
    made = build(wiki.settings(write_as="approver", data_key=Seal.new_key()))
    yield made
    made.close()


def ann(tool: Kgtool, wiki: WritableWiki, *, token: str = "anns-token") -> Caller:
    """Somebody who signed in and granted editing."""
    if "Ann" not in wiki.server.wiki.tokens.values():
        wiki.server.wiki.accounts.add("Ann")
        wiki.server.wiki.tokens["anns-token"] = "Ann"
    caller = tool.accounts.sign_in("Ann")
    tool.grants.keep(caller, Grant(token, "renews", NOW + timedelta(hours=4)))
    tool.accounts.set_role("Ann", "writer", partner=None, by=OPERATOR)
    return Caller("Ann", "writer", account=caller.account)


def plan(wiki: WritableWiki) -> Plan:
    return wiki.plan([Draft("a", 1, Item(labels={"en": Term("en", "first")}))])


def accounts(tool: Kgtool, id: str) -> set[str]:
    """The accounts that the journal of a batch names."""
    return {entry.account for entry in tool.batches.open(id).journal.entries.values()}


def test_the_approver_writes(tool: Kgtool, wiki: WritableWiki) -> None:
    caller = ann(tool, wiki)
    batch = tool.batches.start(plan(wiki))
    job = tool.batch_jobs.begin(batch, caller)
    tool.worker().drain()
    assert tool.jobs.job(job.id, caller).state == "done"
    assert accounts(tool, batch.id) == {"Ann"}
    [event] = tool._audit.events(object=f"batch {batch.id}")
    assert (event.by, event.detail["account"]) == ("Ann", "Ann")
    [line] = csv.DictReader(io.StringIO(tool.batches.open(batch.id).report_csv()))
    assert wiki.item(line["item"]).labels["en"].value == "first"


def test_who_granted_nothing_lets_nothing_be_written(tool: Kgtool, wiki: WritableWiki) -> None:
    batch = tool.batches.start(plan(wiki))
    with pytest.raises(Forbidden, match="granted nothing"):
        tool.batch_jobs.begin(batch, Caller("token of staff", "writer"))
    assert tool.batch_jobs.job(batch) is None


def test_a_grant_is_kept_encrypted_and_for_thirty_days(tool: Kgtool, wiki: WritableWiki) -> None:
    caller = ann(tool, wiki)
    database = (tool.settings.home / "registry.sqlite").read_bytes()
    database += (tool.settings.home / "registry.sqlite-wal").read_bytes()
    assert b"anns-token" not in database and b"renews" not in database
    assert tool.people.export("Ann", by=OPERATOR)["account"][0]["grant"] == "kept, and not shown"
    assert tool.grants.forget_old() == 0
    tool.grants._clock = lambda: NOW + timedelta(days=32)
    assert tool.grants.forget_old() == 1
    with pytest.raises(Forbidden, match="granted nothing"):
        tool.grants.account_of(caller)


def test_a_withdrawn_grant_ends_the_batch_before_its_first_edit(
    tool: Kgtool, wiki: WritableWiki
) -> None:
    caller = ann(tool, wiki, token="withdrawn")
    before = wiki.pages()
    batch = tool.batches.start(plan(wiki))
    job = tool.batch_jobs.begin(batch, caller)
    tool.worker().drain()
    assert tool.jobs.job(job.id, caller).state == "failed"
    assert wiki.pages() == before


def test_what_is_found_withdrawn_signs_out(tool: Kgtool, wiki: WritableWiki) -> None:
    caller = ann(tool, wiki)
    session = tool.accounts.begin(caller)
    other = tool.accounts.begin(tool.accounts.sign_in("Bo"))

    class Provider:
        def renew(self, grant: Grant, now: datetime) -> Grant:
            raise Forbidden("What you granted is not good any longer.")

    tool.grants._sign_in = Provider  # type: ignore[assignment]  # it only renews
    assert tool.grants.token("Ann") == "anns-token"
    assert tool.accounts.by_session(session) is not None
    tool.grants._clock = lambda: NOW + timedelta(hours=5)
    with pytest.raises(Forbidden, match="not good any longer"):
        tool.grants.token("Ann")
    assert tool.accounts.by_session(session) is None
    assert tool.accounts.by_session(other) is not None
    assert tool._audit.events()[0].action == "grant-withdrawn"
    with pytest.raises(Forbidden, match="granted nothing"):
        tool.grants.account_of(caller)


def test_the_settings_name_who_writes(wiki: WritableWiki) -> None:
    with pytest.raises(UsageError, match="KGTOOL_WRITE_AS"):
        _ = build(wiki.settings(write_as="nobody")).grants


def test_a_trial_does_not_grow_when_it_is_taken_up_again(tool: Kgtool, wiki: WritableWiki) -> None:
    caller = ann(tool, wiki)
    drafts = [Draft(f"r{n}", n, Item(labels={"en": Term("en", f"n {n}")})) for n in range(1, 6)]
    batch = tool.batches.start(wiki.plan(drafts))
    job = tool.batch_jobs.begin(batch, caller, trial=2)
    # As after a kill: one edit is journaled, and the job is begun anew.
    tool.batches.apply(batch, trial=1, grant="anns-token")
    tool.worker().drain()
    assert tool.jobs.job(job.id, caller).state == "done"
    assert tool.batches.open(batch.id).counts()["confirmed"] == 2
