"""Applying plans to a real wiki."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from msgspec.json import decode

from kgtool.drafts import (
    Doubtful,
    Draft,
    MemoryWorld,
    Unchanged,
    decided,
    diff,
    outcome_name,
    plan_rows,
)
from kgtool.drafts.plan import Planner
from kgtool.entities import EntityIdValue, Statement
from kgtool.errors import Busy, Forbidden, InputError, UsageError
from kgtool.messages.words import Words
from kgtool.writes import BatchFolder, Run, WikiWorld, lease
from kgtool.writes.journal import Entry
from tests.builders import item, snak, statement
from tests.sandbox.client import Client
from tests.sandbox.running import ACCOUNT, PASSWORD
from tests.writes.kills import value_of_row
from tests.writes.wikis import WritableWiki

SOURCE = [[snak("P854", "https://example.org/catalogue")]]


def row(key: str, *claims: Statement, id: str = "", n: int = 1, **more: Any) -> Draft:
    labels = more.pop("labels", {"en": f"object {key}"} if not id else {})
    many = more.pop("many", [])
    return Draft(key, n, item(id, *claims, labels=labels, **more), many=many)


def _value(statement: Statement) -> object:
    """The string of a statement, or the id of its item."""
    found = statement.mainsnak.datavalue
    return found.value.id if isinstance(found, EntityIdValue) else getattr(found, "value", None)


def _made(wiki: WritableWiki, *claims: Statement) -> str:
    """An item that stands on the wiki, with these statements."""
    batch = wiki.apply(wiki.plan([row("standing", *claims)], id="aaaaaaaaaaaa"), home="before")
    return batch.report()[0].item


def test_rows_become_items_and_the_report_says_which(wiki: WritableWiki) -> None:
    rows = [row(f"r{n}", statement("P217", f"{n}", references=SOURCE), n=n) for n in range(1, 6)]
    batch = wiki.apply(wiki.plan(rows))
    report = batch.report()
    assert [line.key for line in report] == [f"r{n}" for n in range(1, 6)]
    for n, line in enumerate(report, 1):
        made = wiki.item(line.item)
        assert (line.state, line.message) == ("confirmed", "")
        assert made.labels["en"].value == f"object r{n}"
        assert diff(rows[n - 1], made, wiki.profile).is_empty()


def test_applying_a_finished_batch_again_sends_nothing(wiki: WritableWiki) -> None:
    plan = wiki.plan([row("a")])
    wiki.apply(plan)
    before = len(wiki.pages())
    wiki.apply(plan)
    assert len(wiki.pages()) == before


def test_another_workspace_finds_what_the_same_plan_made_elsewhere(wiki: WritableWiki) -> None:
    plan = wiki.plan([row("a"), row("b", n=2)])
    first = wiki.apply(plan, home="one")
    second = wiki.apply(plan, home="two")
    assert [line.item for line in second.report()] == [line.item for line in first.report()]
    assert len(wiki.pages()) == 7 + 2


def test_rows_that_refer_to_each_other_both_get_their_statement(wiki: WritableWiki) -> None:
    whole = row("whole", statement("P527", value_of_row("part"), references=SOURCE))
    part = row("part", statement("P361", value_of_row("whole"), references=SOURCE), n=2)
    batch = wiki.apply(wiki.plan([whole, part]))
    ids = {line.key: line.item for line in batch.report()}
    assert all(line.state == "confirmed" and not line.message for line in batch.report())
    assert _value(wiki.item(ids["whole"]).claims["P527"][0]) == ids["part"]
    assert _value(wiki.item(ids["part"]).claims["P361"][0]) == ids["whole"]


def test_completing_adds_and_leaves_alone_what_stands(wiki: WritableWiki) -> None:
    standing = statement("P217", "old", references=[[snak("P248", "Q1")]])
    wiki.server.wiki.load([item("Q900000001", standing, labels={"en": "mine"})])
    wanted = row(
        "a",
        statement("P217", "new", references=SOURCE),
        statement("P31", "Q2", references=SOURCE),
        id="Q900000001",
        many=["P217"],
        labels={"en": "theirs", "de": "meins"},
    )
    plan = wiki.plan([wanted])
    assert plan.counts()["complete"] == 1
    wiki.apply(plan)
    now = wiki.item("Q900000001")
    assert now.labels["en"].value == "mine" and now.labels["de"].value == "meins"
    assert [t.value for t in now.aliases["en"]] == ["theirs"]
    assert [_value(s) for s in now.claims["P217"]] == ["old", "new"]
    assert len(now.claims["P217"][0].references) == 1


def test_a_missing_reference_joins_those_of_the_standing_statement(wiki: WritableWiki) -> None:
    id = _made(wiki, statement("P217", "x", references=[[snak("P248", "Q1")]]))
    plan = wiki.plan([row("a", statement("P217", "x", references=SOURCE), id=id)])
    batch = wiki.apply(plan)
    now = wiki.item(id)
    assert [sorted(r.snaks) for r in now.claims["P217"][0].references] == [["P248"], ["P854"]]
    assert batch.report()[0].state == "confirmed"
    assert wiki.plan([plan.rows[0].draft]).counts()["unchanged"] == 1


def test_without_a_rest_api_a_standing_statement_is_left_to_a_person(wiki: WritableWiki) -> None:
    wiki.server.wiki.load([item("Q900000001", statement("P217", "x"), labels={"en": "mine"})])
    plan = wiki.plan([row("a", statement("P217", "x", references=SOURCE), id="Q900000001")])
    settings = wiki.settings()
    batch = BatchFolder(settings.home).start(plan)
    Run(batch, settings, msgspec.structs.replace(wiki.profile, rest_api="")).apply()
    assert batch.report()[0].state == "refused"
    assert "REST" in batch.report()[0].message


def test_a_value_is_replaced_only_where_a_person_said_so(wiki: WritableWiki) -> None:
    id = _made(wiki, statement("P217", "old"))
    plan = wiki.plan([row("a", statement("P217", "new", references=SOURCE), id=id)])
    assert plan.counts()["conflicting"] == 1
    wiki.apply(plan)
    assert _value(wiki.item(id).claims["P217"][0]) == "old"
    client = wiki.client()
    planner = Planner([plan.rows[0].draft], WikiWorld(client, wiki.profile), wiki.profile)
    chosen = decided(plan.rows[0], "complete", planner, item=wiki.item(id), replacing=["P217"])
    batch = wiki.apply(wiki.plan_of([chosen], id="ba9876543210"))
    assert batch.report()[0].state == "confirmed"
    now = wiki.item(id).claims["P217"]
    assert [_value(s) for s in now] == ["new"]


def test_a_stranger_editing_meanwhile_loses_nothing(wiki: WritableWiki) -> None:
    wiki.server.wiki.load([item("Q900000001", labels={"en": "mine"})])
    plan = wiki.plan(
        [
            row(
                "a",
                statement("P217", "ours", references=SOURCE),
                statement("P31", "Q2", references=SOURCE),
                id="Q900000001",
                labels={"en": "mine", "de": "unser Name"},
            )
        ]
    )
    stranger = wiki.client("Stranger")
    stranger.edit(
        {
            "labels": {"de": {"language": "de", "value": "fremder Name"}},
            "claims": [
                {
                    "type": "statement",
                    "rank": "normal",
                    "mainsnak": {
                        "snaktype": "value",
                        "property": "P217",
                        "datavalue": {"type": "string", "value": "theirs"},
                    },
                }
            ],
        },
        "from a stranger",
        item="Q900000001",
    )
    batch = wiki.apply(plan)
    now = wiki.item("Q900000001")
    assert now.labels["de"].value == "fremder Name"
    assert [_value(s) for s in now.claims["P217"]] == ["theirs"]
    # The item would not become what was approved: nothing of the row is written.
    assert "P31" not in now.claims
    [line] = batch.report()
    assert line.state == "refused"
    assert "P217: another value was set meanwhile" in line.message
    assert "label (de): another text was set meanwhile" in line.message


def test_where_others_wrote_the_same_or_something_else_the_rest_is_written(
    wiki: WritableWiki,
) -> None:
    wiki.server.wiki.load([item("Q900000001", labels={"en": "mine"})])
    wanted = [statement("P31", "Q2", references=SOURCE), statement("P170", "Q3", references=SOURCE)]
    plan = wiki.plan([row("a", *wanted, id="Q900000001", labels={"en": "mine"})])
    stranger = wiki.client("Stranger")
    stranger.edit(
        {
            "labels": {"sv": {"language": "sv", "value": "deras"}},
            "claims": [
                {
                    "type": "statement",
                    "rank": "normal",
                    "mainsnak": {
                        "snaktype": "value",
                        "property": "P31",
                        "datavalue": {
                            "type": "wikibase-entityid",
                            "value": {"entity-type": "item", "id": "Q2"},
                        },
                    },
                }
            ],
        },
        "from a stranger",
        item="Q900000001",
    )
    batch = wiki.apply(plan)
    now = wiki.item("Q900000001")
    assert batch.report()[0].state == "confirmed"
    assert [_value(one) for one in now.claims["P31"]] == ["Q2"]
    assert [_value(one) for one in now.claims["P170"]] == ["Q3"]
    assert now.labels["sv"].value == "deras"


def test_two_writers_of_one_workspace_are_one_too_many(wiki: WritableWiki) -> None:
    settings = wiki.settings()
    with lease(settings.home), pytest.raises(Busy), lease(settings.home):
        pass


def test_two_workspaces_applying_one_plan_at_once_do_no_harm_unseen(wiki: WritableWiki) -> None:
    rows = [row(f"r{n}", statement("P217", f"n{n}", references=SOURCE), n=n) for n in range(30)]
    plan = wiki.plan(rows)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda home: wiki.apply(plan, home=home), ["one", "two"])
    made = [wiki.item(id).labels["en"].value for id in wiki.pages() if int(id[1:]) > 7]
    twice = {label for label in made if made.count(label) > 1}
    told = {
        f"object {line.key}"
        for batch in (one, two)
        for line in batch.report()
        if "made more than once" in line.message
    }
    assert set(made) == {f"object r{n}" for n in range(30)}
    assert told == twice
    assert [line.state for batch in (one, two) for line in batch.report()] == ["confirmed"] * 60


def test_a_label_and_description_that_are_taken_are_told_with_the_item(wiki: WritableWiki) -> None:
    taken = item("Q900000001", labels={"en": "museum"}, descriptions={"en": "in Lund"})
    one = row("a", labels={"en": "museum"}, descriptions={"en": "in Lund"})
    plan = wiki.plan_of(plan_rows([one], MemoryWorld(), wiki.profile))
    wiki.server.wiki.load([taken])
    line = wiki.apply(plan).report()[0]
    assert line.state == "refused" and "Q900000001" in line.message


def test_a_label_and_description_taken_by_ourselves_are_success(
    wiki: WritableWiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer was lost, and the item is not among our newest edits any more."""
    one = row("a", labels={"en": "museum"}, descriptions={"en": "in Lund"})
    batch = wiki.apply(wiki.plan([one]))
    made = batch.report()[0].item
    batch.note(batch.steps[0], Entry(batch.steps[0].id, "planned", 0.0))
    monkeypatch.setattr(Run, "made_elsewhere", lambda self, id: None)
    monkeypatch.setattr(Run, "_looked", True)
    settings = wiki.settings()
    again = BatchFolder(settings.home).open(batch.id)
    Run(again, settings, wiki.profile).apply()
    [line] = again.report()
    assert (line.item, line.state) == (made, "confirmed")
    assert len(wiki.pages()) == 8


def test_what_was_searched_in_vain_is_in_the_journal(wiki: WritableWiki) -> None:
    wanted = item("", statement("P791", "SE-New", references=SOURCE), labels={"en": "new one"},
                  sitelinks={"svwiki": "Ny"})  # fmt: skip
    batch = wiki.apply(wiki.plan([Draft("a", 1, wanted, keys=["P791"])]))
    assert batch.report()[0].state == "confirmed"
    lines = [decode(line) for line in batch.journal.path.read_bytes().splitlines()]
    [sent] = [line for line in lines if line["state"] == "sent"]
    sought = [msgspec.convert(one, Words) for one in sent["searched"]]
    assert list(map(str, sought)) == [
        "P791 with the value “SE-New”",
        "the page svwiki:Ny",
        "the name “new one”",
    ]
    assert sought[1].told("de") == "die Seite svwiki:Ny"


def test_a_value_that_was_merged_is_written_as_what_it_leads_to(wiki: WritableWiki) -> None:
    client = wiki.client()
    wiki.server.wiki.load([item("Q900000001", labels={"en": "old"})])
    _merge(wiki, "Q900000001", "Q3")
    sent = statement("P170", "Q900000001", references=[[snak("P248", "Q900000001")]])
    plan = wiki.plan([row("a", sent)])
    [planned] = plan.rows
    assert "Q900000001 leads to Q3, which is taken instead" in [f.message for f in planned.findings]
    made = client.items([wiki.apply(plan).report()[0].item]).popitem()[1]
    [now] = made.claims["P170"]
    assert _value(now) == "Q3"
    [stated] = now.references[0].snaks["P248"]
    assert isinstance(stated.datavalue, EntityIdValue) and stated.datavalue.value.id == "Q3"


def _merge(wiki: WritableWiki, source: str, target: str) -> None:
    with Client(wiki.server.address, f"{ACCOUNT}@kgtool", PASSWORD) as editor:
        answer = editor.post(action="wbmergeitems", fromid=source, toid=target,
                             ignoreconflicts="description")  # fmt: skip
        assert answer["redirected"] == 1


def test_an_item_deleted_meanwhile_is_told(wiki: WritableWiki) -> None:
    wiki.server.wiki.load([item("Q900000001", labels={"en": "mine"})])
    plan = wiki.plan([row("a", statement("P217", "x", references=SOURCE), id="Q900000001")])
    wiki.server.wiki.edits.store.ask("UPDATE page SET deleted = 1 WHERE entity = 'Q900000001'")
    line = wiki.apply(plan).report()[0]
    assert line.state == "refused" and "not there any more" in line.message


def test_above_the_limit_a_run_needs_a_bot_or_an_approval(wiki: WritableWiki) -> None:
    wiki.server.wiki.accounts.add("Person")
    wiki.server.wiki.accounts.add_bot_password("Person", "kgtool", PASSWORD)
    plan = wiki.plan([row("a"), row("b", n=2)])
    with pytest.raises(Forbidden, match="approval"):
        wiki.apply(plan, wiki_user="Person@kgtool", bot_above=1)
    assert len(wiki.pages()) == 7
    approved = msgspec.structs.replace(plan, approval="https://example.org/approved")
    wiki.apply(approved, wiki_user="Person@kgtool", bot_above=1)
    comments = wiki.server.wiki.store.ask("SELECT comment FROM revision WHERE user = 'Person'")
    assert len(comments) == 2
    assert all("https://example.org/approved" in comment for (comment,) in comments)


def test_a_wrong_password_is_told_without_the_password(
    wiki: WritableWiki, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Forbidden) as told:
        wiki.apply(wiki.plan([row("a")]), wiki_password="hunter2")
    assert "hunter2" not in str(told.value) + caplog.text


@pytest.mark.parametrize("by", ["password", "token"])
def test_no_secret_is_in_logs_or_files(
    by: str, wiki: WritableWiki, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wiki.server.wiki.tokens["oauth-secret"] = ACCOUNT
    token = {"wiki_user": "", "wiki_password": "", "oauth2_token": "oauth-secret"}
    batch = wiki.apply(wiki.plan([row("a")]), **(token if by == "token" else {}))
    written = b"".join(p.read_bytes() for p in batch.folder.rglob("*") if p.is_file())
    assert PASSWORD not in caplog.text and PASSWORD.encode() not in written
    assert "oauth-secret" not in caplog.text and b"oauth-secret" not in written
    assert "+\\" not in caplog.text and b"+\\\\" not in written


def test_a_run_without_an_account_says_which_settings_it_needs(wiki: WritableWiki) -> None:
    with pytest.raises(UsageError, match="account"):
        wiki.apply(wiki.plan([row("a")]), wiki_password="")


def test_an_oauth_token_serves_as_well(wiki: WritableWiki) -> None:
    wiki.server.wiki.tokens["a-token"] = ACCOUNT
    wiki.apply(wiki.plan([row("a")]), wiki_user="", wiki_password="", oauth2_token="a-token")
    users = wiki.server.wiki.store.ask("SELECT user FROM revision ORDER BY id DESC LIMIT 1")
    assert users == [(ACCOUNT,)]


def test_a_blocked_account_sends_nothing(wiki: WritableWiki) -> None:
    plan = wiki.plan([row("a")])
    wiki.server.wiki.accounts.block(ACCOUNT, by="Admin", reason="spam", seconds=3600)
    with pytest.raises(Forbidden, match="blocked"):
        wiki.apply(plan)


def test_a_trial_sends_only_so_many_rows_and_the_rest_later(wiki: WritableWiki) -> None:
    settings = wiki.settings()
    batch = BatchFolder(settings.home).start(wiki.plan([row(f"r{n}", n=n) for n in range(1, 6)]))
    Run(batch, settings, wiki.profile).apply(trial=2)
    assert batch.counts()["confirmed"] == 2 and batch.counts()["planned"] == 3
    Run(batch, settings, wiki.profile).apply()
    assert batch.counts()["confirmed"] == 5


def test_asked_to_stop_it_ends_after_the_edit_and_goes_on_later(wiki: WritableWiki) -> None:
    settings = wiki.settings()
    batch = BatchFolder(settings.home).start(wiki.plan([row(f"r{n}", n=n) for n in range(1, 5)]))
    run = Run(
        batch,
        settings,
        wiki.profile,
        progress=lambda done: batch.ask_to_stop() if done.state == "confirmed" else None,
    )
    run.apply()
    assert run.stopped and batch.counts()["confirmed"] == 1
    Run(batch, settings, wiki.profile).apply()
    assert batch.counts()["confirmed"] == 4
    assert len(wiki.pages()) == 7 + 4


def test_a_row_that_was_sent_cannot_be_another_one_in_a_later_plan(wiki: WritableWiki) -> None:
    plan = wiki.plan([row("a")])
    wiki.apply(plan)
    other = wiki.plan([row("a", labels={"en": "something else"})])
    with pytest.raises(InputError, match="sent already"):
        wiki.apply(other)


def test_each_edit_says_batch_and_row_in_its_summary(wiki: WritableWiki) -> None:
    wiki.apply(wiki.plan([row("a")], summary="x" * 600))
    comments = wiki.server.wiki.store.ask("SELECT comment FROM revision WHERE user = ?", ACCOUNT)
    assert [c for (c,) in comments if "[0123456789ab:1.1]" in c and len(c) <= 500]


def test_the_wiki_is_asked_for_duplicates_by_several_keys(wiki: WritableWiki) -> None:
    wiki.server.wiki.load(
        [
            item("Q900000001", statement("P791", "SE-Lund"), labels={"en": "one"}),
            item("Q900000002", labels={"sv": "Museet"}, aliases={"sv": ["Stadsmuseet"]}),
        ]
    )
    by_id = Draft("a", 1, item("", statement("P791", "SE-Lund")), keys=["P791"])
    by_name = Draft("b", 2, item("", labels={"sv": "Stadsmuseet"}))
    plan = wiki.plan([by_id, by_name, row("c", n=3)])
    assert [outcome_name(one) for one in plan.rows] == ["unchanged", "doubtful", "create"]
    first, second, _ = plan.rows
    assert isinstance(first, Unchanged) and first.item == "Q900000001"
    assert isinstance(second, Doubtful) and second.near[0].id == "Q900000002"
