"""Sync: what it reads, how often it asks, and that the result is what the wiki says."""

from __future__ import annotations

import json
from typing import NamedTuple

import msgspec
import pytest

from kgtool.api.sandbox.records import Author
from kgtool.api.sandbox.rules import Rules
from kgtool.api.sandbox.server import SandboxServer
from kgtool.coverage.selection import OfFocusList, OfItems, OfPagePile, OfPartners, OfQuery, Saved
from kgtool.entities import Entity, EntityId, EntityIdValue, Property, load_profile, parse_entity
from kgtool.entities.solutions import Term
from kgtool.errors import Busy, NotFound, RemoteError, UsageError
from kgtool.reconcile.query import Condition, Query
from kgtool.service.callers import OPERATOR
from kgtool.sources.dump import Line
from kgtool.sources.membership import MemberRole, Membership
from tests.builders import item, statement
from tests.sandbox.client import Client
from tests.short import short

from .worlds import MUSEUM, Make, a_museum, content, english


def _on_the_wiki(server: SandboxServer, ids: list[str]) -> dict[str, Entity]:
    found: dict[str, Entity] = {}
    with Client(server.address) as client:
        for start in range(0, len(ids), 50):
            part = "|".join(ids[start : start + 50])
            for id, raw in client.get(action="wbgetentities", ids=part)["entities"].items():
                entity = parse_entity(json.dumps(raw))
                assert not isinstance(entity, tuple)
                found[id] = entity
    return found


def test_a_partner_comes_with_all_that_its_items_mention(
    server: SandboxServer, workspace: Make
) -> None:
    server.wiki.load(a_museum(60))
    tool = workspace("home")
    synced = tool.sync.run(MUSEUM)
    held = content(tool)
    assert held == _on_the_wiki(server, sorted(held))
    works = {f"Q{n}" for n in range(100, 160)}
    classes = {"Q10", "Q11", "Q12", "Q20", "Q21"}
    assert works | classes | {"Q1", "Q2", "Q30"} <= held.keys()
    assert {"P31", "P195", "P170"} <= held.keys()
    # The human is two hops away, the other item is nobody's of ours.
    assert not {"Q40", "Q50", "Q51"} & held.keys()
    assert synced.read == len(held)
    # The tree of collections and its items are counted and listed; and its own identifier asked.
    assert synced.requests["membership"] == 5


def test_an_inventory_number_that_looks_like_an_id_is_none(
    server: SandboxServer, workspace: Make
) -> None:
    numbers = ["P001170", "P571"]
    server.wiki.load([*a_museum(2), Property("string", id="P217")])
    server.wiki.load([item("Q300", P195="Q1", P217=numbers)])
    tool = workspace("home")
    tool.sync.run(MUSEUM)
    held = content(tool)
    assert {"Q300", "P217"} <= held.keys()
    assert not set(numbers) & held.keys()


@pytest.mark.parametrize("count", [1_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_many_items_and_then_ten_edits(
    server: SandboxServer, workspace: Make, editor: Client, count: int
) -> None:
    server.wiki.load(a_museum(count))
    tool = workspace("home")
    first = tool.sync.run(MUSEUM)
    # Two collections besides; at most one batch more for each of the steps around them.
    assert first.requests["entities"] <= (count + 2) // 50 + 1 + 4
    assert sum(first.requests.values()) <= (count + 2) // 50 + 1 + 10
    for n in range(10):
        editor.edit(english(f"renamed {n}"), id=f"Q{200 + 7 * n}")
    editor.edit(english("none of ours"), id="Q50")
    second = tool.sync.run(MUSEUM)
    assert second.read == 10
    assert second.requests["entities"] == 1
    held = content(tool)
    assert held["Q207"].labels["en"].value == "renamed 1"
    fresh = workspace("fresh")
    fresh.sync.run(MUSEUM)
    assert held == content(fresh)


def test_the_same_as_a_fresh_load(server: SandboxServer, workspace: Make, editor: Client) -> None:
    server.wiki.load(a_museum(40))
    synced = workspace("synced")
    synced.sync.run(MUSEUM)
    editor.edit(english("renamed"), id="Q120")
    editor.post(action="wbremoveclaims", claim=editor.entity("Q121")["claims"]["P195"][0]["id"])
    synced.sync.run()
    held = content(synced)
    lines: list[Line] = [
        (number, json.dumps(editor.entity(id)).encode()) for number, id in enumerate(held, 1)
    ]
    loaded = workspace("loaded")
    loaded.loading.load(lines)
    assert content(loaded) == held
    tables = [tool.snapshots.current().tables() for tool in (synced, loaded)]
    for table in ("items", "claims", "terms"):
        columns = "* EXCLUDE statement" if table == "claims" else "*"
        rows = [
            one.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall() for one in tables
        ]
        assert rows[0] == rows[1]


def test_new_members_come_and_the_deleted_go(
    server: SandboxServer, workspace: Make, editor: Client
) -> None:
    server.wiki.load(a_museum(4))
    tool = workspace("home")
    tool.sync.run(MUSEUM)
    value = {"value": {"id": "Q1"}, "type": "wikibase-entityid"}
    snak = {"snaktype": "value", "property": "P195", "datavalue": value}
    new = editor.new_item("new work", claims=[{"mainsnak": snak, "type": "statement"}])
    page = server.wiki.store.page("Q101")
    assert page
    server.wiki.store.delete(page, Author(1, "Admin"))
    synced = tool.sync.run()
    assert synced.gone == 1
    held = content(tool)
    assert new in held
    assert "Q101" not in held


def test_redirects_are_followed_and_told(
    server: SandboxServer, workspace: Make, editor: Client
) -> None:
    server.wiki.load(a_museum(4))
    tool = workspace("home")
    tool.sync.run(MUSEUM)
    editor.post(action="wbmergeitems", fromid="Q101", toid="Q103")
    synced = tool.sync.run(MUSEUM)
    assert synced.redirects == {"Q101": "Q103"}
    assert "Q101" not in content(tool)
    assert tool.sync.run(OfItems(("Q101", "Q102"))).redirects == {"Q101": "Q103"}
    editor.post(action="wbmergeitems", fromid="Q103", toid="Q102")
    tool.sync.run()
    assert tool.leads.moved() == {"Q101": "Q102", "Q103": "Q102"}
    # Who reconciles with an old id is led on, too.
    by_id, by_value = tool.reconcile.match(
        [Query(ids=("Q101",)), Query(properties=(Condition("P170", ("Q30",)),), limit=1)]
    )
    assert isinstance(by_id, list)
    assert (by_id[0].id, by_id[0].redirected_from) == ("Q102", "Q101")
    assert isinstance(by_value, list)
    assert by_value[0].id not in {"Q101", "Q103"}
    assert tool.cards.card("Q103", "en").redirected_from == "Q103"


def test_after_a_long_pause_revisions_are_compared(
    server: SandboxServer, workspace: Make, editor: Client
) -> None:
    server.wiki.load(a_museum(120))
    tool = workspace("home")
    tool.sync.run(MUSEUM)
    editor.edit(english("renamed"), id="Q130")
    server.wiki.rules = Rules(recent_seconds=-1)  # the wiki has forgotten all changes
    synced = tool.sync.run(MUSEUM)
    assert synced.read == 1
    assert synced.requests["changes"] == 2 + -(-len(content(tool)) // 50)
    assert content(tool)["Q130"].labels["en"].value == "renamed"


def test_where_nothing_changed_nothing_is_published(server: SandboxServer, workspace: Make) -> None:
    server.wiki.load(a_museum(4))
    tool = workspace("home")
    first = tool.sync.run(MUSEUM)
    again = tool.sync.run(MUSEUM)
    assert again.generation == first.generation
    assert again.read == 0
    assert again.requests["entities"] == 0


def test_an_interrupted_sync_goes_on_where_it_stopped(
    server: SandboxServer, workspace: Make
) -> None:
    server.wiki.load(a_museum(300))
    stopped = workspace("home")

    class Stopped(Exception):
        pass

    def stop(what: str, done: int, total: int) -> None:
        if done >= 200:
            raise Stopped

    with pytest.raises(Stopped):
        stopped.sync.run(MUSEUM, stop)
    # A kill may also cut the last line of the spool short.
    spool = stopped.settings.home / "sync" / "spool.jsonl"
    spool.write_bytes(spool.read_bytes()[:-10])
    tool = workspace("home")
    synced = tool.sync.run(MUSEUM)
    assert synced.requests["entities"] <= (302 - 150) // 50 + 4
    fresh = workspace("fresh")
    fresh.sync.run(MUSEUM)
    assert content(tool) == content(fresh)
    assert not spool.exists()


def test_two_syncs_of_one_workspace_do_not_mix(server: SandboxServer, workspace: Make) -> None:
    server.wiki.load(a_museum(4))
    first, second = workspace("home"), workspace("home")

    def meanwhile(what: str, done: int, total: int) -> None:
        with pytest.raises(Busy, match="Another process syncs"):
            second.sync.run(MUSEUM)

    assert first.sync.run(MUSEUM, meanwhile).read > 0


def test_a_dry_run_says_how_many_requests_and_reads_nothing(
    server: SandboxServer, workspace: Make
) -> None:
    server.wiki.load(a_museum(120))
    tool = workspace("home")
    expected = tool.sync.expected(MUSEUM)
    assert (expected.members, expected.new, expected.changed) == (122, 122, 0)
    assert expected.requests["entities"] == 3
    assert tool.workspace.current() == 0


@pytest.mark.parametrize(
    ("roles", "expected"),
    short(
        4,
        [
            ((), {"Q800", "Q801", "Q802", "Q803", "Q804", "Q805"}),
            (("collection",), {"Q800", "Q801"}),
            (("located",), {"Q802"}),
            (("owned", "archives"), {"Q803", "Q804"}),
            (("identified",), {"Q805"}),
        ],
    ),
)
@pytest.mark.parametrize("endpoint", [True, False])
def test_members_in_each_role(
    server: SandboxServer,
    workspace: Make,
    roles: tuple[MemberRole, ...],
    expected: set[str],
    endpoint: bool,
) -> None:
    more = [Property("wikibase-item", id="P485"), Property("external-id", id="P350")]
    server.wiki.load(
        [
            *a_museum(0),
            *more,
            item("Q1", statement("P1687", _property("P350")), labels={"en": "museum"}),
            item("Q800", P195="Q1"),
            item("Q801", statement("P195", "Q2", rank="deprecated")),
            item("Q802", P276="Q1"),
            item("Q803", P127="Q2"),
            item("Q804", P485="Q1"),
            item("Q805", P350="N 1"),
        ]
    )
    tool = workspace("home")
    if not endpoint:
        tool.profile = msgspec.structs.replace(tool.profile, sparql=[])
        expected = expected - {"Q801", "Q805"}  # of which search knows nothing
    tool.sync.run(MUSEUM, roles=roles)
    assert {id for id in content(tool) if id.startswith("Q80")} == expected
    # A sync without words brings what was wanted before, and nothing else.
    tool.sync.run()
    assert {id for id in content(tool) if id.startswith("Q80")} == expected


def test_roles_are_of_partners(workspace: Make) -> None:
    with pytest.raises(UsageError, match="Only partners"):
        workspace("home").sync.run(OfItems(("Q1",)), roles=["located"])


def test_a_partner_and_its_items_may_be_described_by_different_endpoints() -> None:
    """The query service of Wikidata is split: scholarly articles have an endpoint of their own."""
    main, scholarly = load_profile("wikidata").sparql
    asked: dict[str, list[str]] = {main: [], scholarly: []}

    class Answer(NamedTuple):
        rows: list[dict[str, Term]]

    class Split:
        def __init__(self, address: str) -> None:
            self.address = address

        def select(self, query: str) -> Answer:
            asked[self.address].append(query)
            wanted: list[str] = []
            if "?partner ." in query and self.address == main:
                wanted = ["Q1", "Q2"]  # only here it is known what is part of what
            elif "?collection" in query:
                wanted = {main: ["Q800"], scholarly: ["Q900"]}[self.address]
            if "COUNT" in query:
                return Answer([{"n": Term("literal", str(len(wanted)))}])
            return Answer(
                [{"item": Term("uri", f"http://www.wikidata.org/entity/{q}")} for q in wanted]
            )

    endpoints = {address: Split(address) for address in (main, scholarly)}
    membership = Membership(load_profile("wikidata"), endpoints, None)  # type: ignore[arg-type]  # no wiki is asked
    assert membership.members(["Q1"]) == ["Q1", "Q2", "Q800", "Q900"]
    # Both are asked for the items of the part that only one of them knows.
    assert all(any("Q2>" in query for query in asked[address]) for address in asked)


def test_an_endpoint_that_cuts_its_answer_short_is_an_error(
    server: SandboxServer, workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.wiki.load(a_museum(10))
    answer = server.wiki.graph.query

    def short(text: str) -> tuple[str, bytes]:
        media, data = answer(text if "COUNT" in text else f"{text} LIMIT 5")
        return media, data

    monkeypatch.setattr(server.wiki.graph, "query", short)
    # The tree is asked first: Q1 and its part Q2, two ids and two came. Then the items with P195 of
    # one of the two: Q100 to Q109, so COUNT says 10, and LIMIT lets 5 of them come.
    with pytest.raises(RemoteError, match="counts 10 items and gave 5"):
        workspace("home").sync.run(MUSEUM)


def test_without_an_endpoint_search_finds_the_members(
    server: SandboxServer, workspace: Make
) -> None:
    server.wiki.load(a_museum(30))
    tool = workspace("home")
    tool.profile = msgspec.structs.replace(tool.profile, sparql=[])
    synced = tool.sync.run(MUSEUM)
    assert {f"Q{n}" for n in range(100, 130)} <= content(tool).keys()
    assert synced.requests["membership"] == 0


def test_other_selections(server: SandboxServer, workspace: Make, tmp_path: object) -> None:
    server.wiki.load([*a_museum(4), item("Q60", P5008="Q61"), item("Q61")])
    tool = workspace("home")
    tool.sync.run(OfFocusList("Q61"))
    assert {"Q60", "Q61"} <= content(tool).keys()
    tool.sync.run(OfQuery("SELECT ?item WHERE { ?item wdt:P170 wd:Q30 }"))
    assert "Q103" in content(tool)
    with pytest.raises(NotFound):
        tool.sync.run(OfQuery("no/such-query"))


def test_piles_and_saved_selections_are_synced_too(
    server: SandboxServer, workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.wiki.load(a_museum(4))
    tool = workspace("home")
    asked: list[int] = []

    def pile(number: int) -> list[str]:
        asked.append(number)
        return ["Q101"]

    monkeypatch.setattr(tool, "_items_of_pile", pile)
    tool.sync.run(OfPagePile(7))
    assert asked == [7]
    assert "Q101" in content(tool)
    mine = {"kind": "items", "qids": ["Q102"]}
    tool.saved_selections.save("of-mine", "Mine", mine, OPERATOR)
    tool.sync.run(Saved("of-mine"))
    assert "Q102" in content(tool)
    with pytest.raises(NotFound, match="of-nobody"):
        tool.sync.run(Saved("of-nobody"))
    # What was wanted once is kept up to date, whatever becomes of the name.
    tool.saved_selections.remove("of-mine", OPERATOR)
    assert tool.sync.run().read == 0


def test_a_partner_that_is_not_there_is_an_error(server: SandboxServer, workspace: Make) -> None:
    server.wiki.load(a_museum(2))
    tool = workspace("home")
    with pytest.raises(NotFound, match="no item Q999"):
        tool.sync.run(OfPartners(("Q1", "Q999")))
    assert tool.workspace.current() == 0


def test_an_empty_workspace_says_what_to_sync(workspace: Make) -> None:
    with pytest.raises(UsageError, match="nothing to sync yet"):
        workspace("home").sync.run()


def test_the_partners_own_identifier_makes_members(server: SandboxServer, workspace: Make) -> None:
    own = Property("external-id", id="P350")
    museum = item("Q1", statement("P1687", _property("P350")), labels={"en": "museum"})
    server.wiki.load([*a_museum(2), own, museum, item("Q70", P350="SK-1")])
    tool = workspace("home")
    tool.sync.run(MUSEUM)
    assert "Q70" in content(tool)


def _property(id: str) -> EntityIdValue:
    return EntityIdValue(EntityId(id, "property", int(id[1:])))


def test_a_lagging_wiki_is_waited_for(
    server: SandboxServer, workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    server.wiki.load(a_museum(2))
    tool = workspace("home")
    server.wiki.lag = 7.0

    def wait(seconds: float) -> None:
        waited.append(seconds)
        server.wiki.lag = 0.0

    monkeypatch.setattr(tool.http, "_sleep", wait)
    assert tool.sync.run(MUSEUM).read > 0
    assert waited == [5.0]
