"""What a careful writer does at every edit, seen from the wiki's side of the wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests
from msgspec.structs import replace

from kgtool.drafts import Draft, MemoryWorld, Planner, Refused, decided, plan_rows
from kgtool.entities import Term
from kgtool.settings import Settings
from kgtool.writes import Batch, BatchFolder, Run, WikiClient, WikiWorld
from kgtool.writes.outcomes import Confirmed
from tests.builders import item, snak, statement
from tests.sandbox.running import ACCOUNT
from tests.writes.wikis import WritableWiki

SOURCE = [[snak("P854", "https://example.org/catalogue")]]


class Wire:
    """Every request to the wiki, in order: (action, parameters, what the journal had by then)."""

    def __init__(self) -> None:
        self.journal: Any = None
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.timeouts: list[Any] = []
        self.agents: set[str] = set()

    def edits(self) -> list[dict[str, str]]:
        return [sent for action, sent, _ in self.seen if action == "wbeditentity"]

    def actions(self) -> list[str]:
        return [action for action, _, _ in self.seen]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    told = Wire()
    send = requests.Session.request

    def request(self: Any, method: str, url: str, **how: Any) -> requests.Response:
        given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        for part in (how.get("params"), how.get("data")):
            given |= {str(k): str(v) for k, v in part.items()} if isinstance(part, dict) else {}
        action = str(given.get("list") or given.get("action") or urlsplit(url).path)
        written = told.journal.read_bytes() if told.journal and told.journal.exists() else b""
        told.seen.append((action, given, written))
        told.timeouts.append(how.get("timeout"))
        told.agents.add(str(self.headers["User-Agent"]))
        return send(self, method, url, **how)

    monkeypatch.setattr(requests.Session, "request", request)
    yield told


def test_every_edit_names_its_account_has_a_time_limit_and_says_who_asks(
    wiki: WritableWiki, wire: Wire
) -> None:
    """Nothing else protects from editing as nobody, or from waiting for ever."""
    wiki.apply(wiki.plan([Draft(f"r{n}", n, item("", labels={"en": f"x{n}"})) for n in (1, 2)]))
    assert len(wire.edits()) == 2
    for sent in wire.edits():
        assert (sent["assertuser"], sent["assert"], sent["bot"]) == (ACCOUNT, "bot", "1")
        assert int(sent["maxlag"]) > 0
    assert all(isinstance(one, tuple) and all(one) for one in wire.timeouts)
    assert all("staff@example.org" in agent for agent in wire.agents)


def test_what_is_sent_is_in_the_journal_before(wiki: WritableWiki, wire: Wire) -> None:
    plan = wiki.plan([Draft("a", 1, item("", labels={"en": "x"}))])
    wire.journal = wiki.settings().home / "batches" / plan.id / "journal.jsonl"
    wiki.apply(plan)
    [journaled] = [had for action, _, had in wire.seen if action == "wbeditentity"]
    last = msgspec.json.decode(journaled.splitlines()[-1])
    assert (last["step"], last["state"], len(last["payload"])) == ("1.1", "sent", 64)


@pytest.mark.parametrize("fault", ["unavailable", "html", "drop-after", "drop-before"])
def test_between_two_attempts_at_one_row_the_wiki_is_looked_at(
    fault: str, wiki: WritableWiki, wire: Wire
) -> None:
    plan = wiki.plan([Draft("a", 1, item("", labels={"en": "x"}))])
    wiki.server.sandbox.faults.schedule.queue.append(fault)
    batch = wiki.apply(plan)
    assert batch.report()[0].state == "confirmed" and len(wiki.pages()) == 8
    actions = wire.actions()
    places = [n for n, action in enumerate(actions) if action == "wbeditentity"]
    for one, other in pairwise(places):
        assert "usercontribs" in actions[one:other]
    assert len(places) <= 2


def test_a_completion_sends_what_is_new_and_on_which_revision(
    wiki: WritableWiki, wire: Wire
) -> None:
    standing = statement("P217", "old", references=SOURCE)
    wiki.server.wiki.load([item("Q900000001", standing, labels={"en": "mine"})])
    new = statement("P31", "Q2", references=SOURCE)
    base = wiki.item("Q900000001").lastrevid
    wiki.apply(wiki.plan([Draft("a", 1, item("Q900000001", standing, new, labels={"en": "mine"}))]))
    [sent] = wire.edits()
    assert sent["baserevid"] == str(base)
    data = msgspec.json.decode(sent["data"])
    assert list(data) == ["claims"]
    assert [one["mainsnak"]["property"] for one in data["claims"]] == ["P31"]


def test_a_creation_has_its_fields_and_its_parts_in_order(wiki: WritableWiki, wire: Wire) -> None:
    """As the mapping has them, in what is sent and on the wiki; and no id of our own."""
    made = statement(
        "P571", kind="somevalue",
        qualifiers=[snak("P1326", kind="novalue"), snak("P1319", kind="somevalue"),
                    snak("P195", "Q1"), snak("P195", "Q2")],
        references=[[snak("P854", "https://example.org/"), snak("P248", "Q3")]],
    )  # fmt: skip
    wanted = item(
        "", statement("P217", "x"), made, statement("P31", "Q2"), statement("P31", "Q1"),
        labels={"sv": "ett", "en": "one"}, descriptions={"en": "thing"},
        aliases={"en": ["uno", "eins"]}, sitelinks={"svwiki": "Ett"},
    )  # fmt: skip
    [line] = wiki.apply(wiki.plan([Draft("a", 1, wanted)])).report()
    data = msgspec.json.decode(wire.edits()[0]["data"])
    assert list(data) == ["labels", "descriptions", "aliases", "sitelinks", "claims"]
    claims = data["claims"]
    assert [one["mainsnak"]["property"] for one in claims] == ["P217", "P571", "P31", "P31"]
    [sent] = [one for one in claims if one["mainsnak"]["property"] == "P571"]
    order = ["P1326", "P1319", "P195"]
    assert sent["qualifiers-order"] == list(sent["qualifiers"]) == order
    assert sent["references"][0]["snaks-order"] == ["P854", "P248"]
    kept = wiki.item(line.item)
    assert list(kept.claims) == ["P217", "P571", "P31"]
    [stood] = kept.claims["P571"]
    assert stood.qualifiers_order == order
    assert [one.datavalue for one in stood.qualifiers["P195"]] == [
        one.datavalue for one in made.qualifiers["P195"]
    ]
    assert stood.references[0].snaks_order == ["P854", "P248"]
    values = [one.mainsnak.datavalue for one in kept.claims["P31"]]
    assert values == [one.mainsnak.datavalue for one in wanted.claims["P31"]]
    assert [term.value for term in kept.aliases["en"]] == ["uno", "eins"]


def test_what_the_wiki_normalises_is_the_same_afterwards(wiki: WritableWiki) -> None:
    """Labels are trimmed, line breaks become spaces, signs are composed: nothing to do again."""
    wanted = item("", statement("P217", "Cafe\u0301 1", references=SOURCE))
    wanted = replace(
        wanted,
        labels={"en": Term("en", "  a\nlong   name\u0301 ")},
        descriptions={"en": Term("en", "of\tits kind ")},
        aliases={"en": [Term("en", " other\n name")]},
    )
    batch = wiki.apply(wiki.plan([Draft("a", 1, wanted)]))
    [line] = batch.report()
    assert (line.state, line.message) == ("confirmed", "")
    kept = wiki.item(line.item)
    assert kept.labels["en"].value == "a long nam\u00e9"
    assert kept.claims["P217"][0].mainsnak.datavalue == snak("P217", "Caf\u00e9 1").datavalue
    again = Draft("a", 1, replace(wanted, id=line.item))
    assert wiki.plan([again]).counts()["unchanged"] == 1


def test_what_a_stranger_changes_right_after_is_seen_when_it_is_read_back(
    wiki: WritableWiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of an edit need not be what was stored: the item is read again."""
    wiki.server.wiki.load([item("Q900000001", labels={"en": "mine"})])
    plan = wiki.plan([Draft("a", 1, item("Q900000001", statement("P217", "x", references=SOURCE)))])
    edit = WikiClient.edit

    def and_then(self: WikiClient, data: Any, summary: str, **how: Any) -> Any:
        outcome = edit(self, data, summary, **how)
        if self.account.name == ACCOUNT:
            gone = {"claims": [{"id": data["claims"][0]["id"], "remove": ""}]}
            edit(stranger, gone, "", item="Q900000001")
        return outcome

    stranger = wiki.client("Stranger")
    monkeypatch.setattr(WikiClient, "edit", and_then)
    [line] = wiki.apply(plan).report()
    assert line.state == "confirmed" and "P217" in line.message


def test_a_standing_statement_changed_between_reading_and_writing_is_left(
    wiki: WritableWiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``If-Match`` refuses (412) what ``baserevid`` would let through."""
    guid = "Q900000001$6E1B2C7A-0000-4000-8000-000000000001"
    standing = statement("P217", "old", references=SOURCE, id=guid)
    wiki.server.wiki.load([item("Q900000001", standing, labels={"en": "mine"})])
    draft = Draft("a", 1, item("Q900000001", statement("P217", "new", references=SOURCE)))
    world = WikiWorld(wiki.client("Stranger"), wiki.profile)
    [row] = plan_rows([draft], world, wiki.profile)
    planner = Planner([draft], world, wiki.profile)
    now = wiki.item("Q900000001")
    chosen = decided(row, "complete", planner, item=now, replacing=["P217"])
    plan = wiki.plan_of([chosen])
    patch, tries = WikiClient.patch, list[str]()

    def late(self: WikiClient, *given: Any) -> Any:
        if not tries:
            theirs = {"id": guid, "type": "statement", "rank": "normal", "mainsnak": {
                "snaktype": "value", "property": "P217",
                "datavalue": {"type": "string", "value": "theirs"}}}  # fmt: skip
            wiki.client("Stranger").edit({"claims": [theirs]}, "", item="Q900000001")
        outcome = patch(self, *given)
        tries.append(type(outcome).__name__)
        return outcome

    monkeypatch.setattr(WikiClient, "patch", late)
    [line] = wiki.apply(plan).report()
    assert tries == ["EditConflict"], line
    assert line.state == "refused" and "P217" in line.message
    [kept] = wiki.item("Q900000001").claims["P217"]
    assert kept.mainsnak.datavalue == snak("P217", "theirs").datavalue


def test_two_writers_and_a_stranger_at_the_same_items_lose_nothing(wiki: WritableWiki) -> None:
    """Both carry out one plan while a third edits: all of the third's stands, ours once or not."""
    ids = [f"Q9000000{n:02}" for n in range(12)]
    wiki.server.wiki.load([item(id, labels={"en": id}) for id in ids])
    wanted = [statement("P217", "ours", references=SOURCE), statement("P31", "Q2")]
    drafts = [Draft(id, n, item(id, *wanted)) for n, id in enumerate(ids)]
    plan = wiki.plan(drafts)
    stranger, ready = wiki.client("Stranger"), threading.Barrier(3)

    def edit_all() -> None:
        ready.wait()
        for n, id in enumerate(ids):
            theirs: dict[str, Any] = {
                "labels": {"sv": {"language": "sv", "value": f"deras {id}"}},
                "claims": [{"type": "statement", "rank": "normal", "mainsnak": {
                    "snaktype": "value", "property": "P217" if n % 2 else "P791",
                    "datavalue": {"type": "string", "value": "theirs"}}}],
            }  # fmt: skip
            assert isinstance(stranger.edit(theirs, "", item=id), Confirmed)

    def write(home: str) -> Batch:
        ready.wait()
        return wiki.apply(plan, home=home)

    with ThreadPoolExecutor(3) as pool:
        strange = pool.submit(edit_all)
        batches = list(pool.map(write, ["one", "two"]))
        strange.result()
    for n, id in enumerate(ids):
        now = wiki.item(id)
        assert now.labels["sv"].value == f"deras {id}"
        several = {
            property: [getattr(one.mainsnak.datavalue, "value", None) for one in statements]
            for property, statements in now.claims.items()
        }
        assert several["P217" if n % 2 else "P791"].count("theirs") == 1
        ours = several.get("P217", []).count("ours")
        assert ours == len(several.get("P31", [])) <= 1
        states = {line.state for batch in batches for line in batch.report() if line.key == id}
        assert ("confirmed" in states) == (ours == 1)


def test_many_items_are_read_fifty_at_a_time_and_what_can_be_none_harms_no_other(
    wiki: WritableWiki, wire: Wire
) -> None:
    ids = [f"Q9000{n:05}" for n in range(120)]
    wiki.server.wiki.load([item(id, labels={"en": id}) for id in ids])
    client = wiki.client("Stranger")
    found = client.items([*ids, "Q424242", "Q0", "X1", "Q٤٢", f"Q{2**31}"])
    assert sorted(found) == sorted(ids)
    assert wire.actions().count("wbgetentities") == 3


def test_edits_keep_their_distance(wiki: WritableWiki) -> None:
    """By a clock of the test's own: thirty a minute are two seconds apart."""
    now = [time.time()]
    settings = wiki.settings(edits_per_minute=30)
    drafts = [Draft(f"r{n}", n, item("", labels={"en": f"x{n}"})) for n in range(4)]
    batch = BatchFolder(settings.home).start(wiki.plan(drafts))
    edited: list[float] = []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    Run(
        batch,
        settings,
        wiki.profile,
        sleep=sleep,
        clock=lambda: now[0],
        progress=lambda done: edited.append(now[0]) if done.state == "confirmed" else None,
    ).apply()
    assert len(edited) == 4
    assert all(later - before >= 1.99 for before, later in pairwise(edited))


def test_settings_are_gentle_by_default(tmp_path: Any) -> None:
    settings = Settings(home=tmp_path)
    assert settings.edits_per_minute == 60 and settings.maxlag == 5
    assert settings.http_timeout > 0 and settings.quiet_seconds > 0


def test_a_plan_that_the_wiki_would_refuse_burns_no_id(wiki: WritableWiki, wire: Wire) -> None:
    rows = [
        Draft("bad", 1, item("", statement("P217", " x\t"), labels={"en": "bad"})),
        Draft("good", 2, item("", labels={"en": "good"})),
    ]
    plan = wiki.plan_of(plan_rows(rows, MemoryWorld(), wiki.profile))
    assert isinstance(plan.rows[0], Refused)
    settings = wiki.settings()
    batch = BatchFolder(settings.home).start(plan)
    Run(batch, settings, wiki.profile).apply()
    assert len(wire.edits()) == 1
    assert [line.item for line in batch.report()] == ["Q8"]
