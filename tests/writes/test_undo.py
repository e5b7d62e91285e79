"""Taking batches back."""

from __future__ import annotations

from typing import Any

from kgtool.drafts import Draft, Planner, decided
from kgtool.entities import Sitelink
from kgtool.writes import Batch, BatchFolder, Run, Undone, WikiWorld, undo_batch
from kgtool.writes.undo import undone_json
from tests.builders import item, snak, statement
from tests.sandbox.client import Client
from tests.sandbox.running import APP, PASSWORD
from tests.writes.kills import value_of_row
from tests.writes.wikis import WritableWiki

SOURCE = [[snak("P854", "https://example.org/catalogue")]]
PART = {"type": "statement", "rank": "normal"}


def _batch(wiki: WritableWiki) -> Batch:
    wiki.server.wiki.load([item(f"Q90000000{n}", labels={"en": f"i{n}"}) for n in (1, 2)])
    claims = statement("P217", "x", references=SOURCE)
    rows = [
        Draft("a", 1, item("Q900000001", claims)),
        Draft("b", 2, item("Q900000002", claims)),
        Draft("c", 3, item("", labels={"en": "new"})),
        Draft("d", 4, item("", labels={"en": "newer"})),
    ]
    return wiki.apply(wiki.plan(rows))


def _undone(wiki: WritableWiki, batch: Batch, reason: str = "") -> Undone:
    settings = wiki.settings()
    run = Run(BatchFolder(settings.home).open(batch.id), settings, wiki.profile)
    return undo_batch(run, reason)


def _ids(batch: Batch) -> dict[str, str]:
    return {line.key: line.item for line in batch.report()}


def _part_of(id: str) -> dict[str, Any]:
    value = {"type": "wikibase-entityid", "value": {"entity-type": "item", "id": id}}
    snak = {"snaktype": "value", "property": "P361", "datavalue": value}
    return {"claims": [{**PART, "mainsnak": snak}]}


def test_edits_are_undone_and_creations_listed_unless_others_edited_since(
    wiki: WritableWiki,
) -> None:
    batch = _batch(wiki)
    ids = _ids(batch)
    label = {"labels": {"sv": {"language": "sv", "value": "ändrad"}}}
    for key in ("b", "d"):
        wiki.client("Stranger").edit(label, "", item=ids[key])
    done = _undone(wiki, batch, "a test")
    assert done.undone == ["1.1"]
    assert set(done.skipped) == {"2.1", "4.1"} and "Stranger" in str(done.skipped["2.1"])
    assert done.skipped["2.1"].told("de") == f"{ids['b']} wurde seither von Stranger bearbeitet"
    assert done.created == [(ids["c"], "new")]
    assert "P217" not in wiki.item(ids["a"]).claims
    assert "P217" in wiki.item(ids["b"]).claims
    # The request has both, but what another has worked on stands apart, with who.
    assert done.request() == (
        f"=== Deletion of one item ===\n* {{{{Q|{ids['c']}}}}} new\n\n'''Reason:''' a test ~~~~\n\n"
        "=== One created item to look at before anything is deleted ===\n"
        f"* {{{{Q|{ids['d']}}}}} newer: {ids['d']} was edited since by Stranger\n"
    )
    assert done.request("fr").startswith("=== Suppression de 1 élément ===")
    said = undone_json(done, "sv")
    assert said["to_delete"] == [ids["c"]]
    assert said["in_use"] == {ids["d"]: f"{ids['d']} har sedan dess redigerats av Stranger"}


def test_a_created_item_that_is_in_use_is_marked_so(wiki: WritableWiki) -> None:
    """A page is connected with one, another item names one; a third has neither."""
    wiki.server.wiki.load([item("Q900000001", labels={"en": "standing"})])
    page = {"enwiki": Sitelink("enwiki", "A page")}
    rows = [
        Draft("page", 1, item("", labels={"en": "with a page"}, sitelinks={"enwiki": "A page"})),
        Draft("named", 2, item("", labels={"en": "named"})),
        Draft("free", 3, item("", labels={"en": "free"})),
    ]
    assert rows[0].wanted.sitelinks == page
    batch = wiki.apply(wiki.plan(rows))
    ids = _ids(batch)
    wiki.client("Stranger").edit(_part_of(ids["named"]), "", item="Q900000001")
    done = _undone(wiki, batch)
    assert done.created == [(ids["free"], "free")]
    told = {id: str(how) for id, _, how in done.used}
    assert told == {
        ids["page"]: "it has one page: enwiki",
        ids["named"]: "one item names it: Q900000001",
    }
    assert str(done.skipped["2.1"]) == f"{ids['named']} (one item names it: Q900000001)"
    heading = "=== 2 created items to look at before anything is deleted ===\n"
    assert heading in done.request() and "with a page: it has one page: enwiki\n" in done.request()


def test_what_the_batch_itself_linked_counts_only_while_it_stands(wiki: WritableWiki) -> None:
    """Rows that name each other can go together; an edit that named one is undone before."""
    wiki.server.wiki.load([item("Q900000001", labels={"en": "standing"})])
    part = statement("P361", value_of_row("whole"), references=SOURCE)
    rows = [
        Draft("whole", 1, item("", statement("P527", value_of_row("part"), references=SOURCE),
                               labels={"en": "whole"})),
        Draft("part", 2, item("", part, labels={"en": "part"})),
        Draft("old", 3, item("Q900000001", part)),
    ]  # fmt: skip
    batch = wiki.apply(wiki.plan(rows))
    ids = _ids(batch)
    done = _undone(wiki, batch)
    assert sorted(done.created) == sorted([(ids["whole"], "whole"), (ids["part"], "part")])
    assert done.used == [] and "3.1" in done.undone
    assert "P361" not in wiki.item("Q900000001").claims


def test_created_items_that_were_deleted_or_merged_since_are_not_asked_for(
    wiki: WritableWiki,
) -> None:
    batch = _batch(wiki)
    ids = _ids(batch)
    server = wiki.server.wiki
    server.accounts.add("Admin", groups=("sysop",))
    server.accounts.add_bot_password("Admin", APP, PASSWORD)
    with Client(wiki.server.address, f"Admin@{APP}", PASSWORD) as admin:
        admin.post(action="delete", title=ids["c"])
        merged = admin.post(action="wbmergeitems", fromid=ids["d"], toid="Q7",
                            ignoreconflicts="description")  # fmt: skip
        assert merged["redirected"] == 1
    done = _undone(wiki, batch)
    assert done.created == [] and done.used == [] and done.request() == ""
    assert str(done.skipped["3.1"]) == f"{ids['c']} (the item is not there any more)"
    assert str(done.skipped["4.1"]) == f"{ids['d']} was merged into Q7"


def test_what_was_changed_in_standing_statements_is_as_it_was(wiki: WritableWiki) -> None:
    """A value that a person let be replaced, and a reference that joined another."""
    old = [[snak("P248", "Q1")]]
    ids = ["Q900000001", "Q900000002"]
    guids = [f"{id}$6E1B2C7A-0000-4000-8000-00000000000{n}" for n, id in enumerate(ids)]
    wiki.server.wiki.load(
        item(id, statement("P217", "old", references=old, id=guid), labels={"en": id})
        for id, guid in zip(ids, guids, strict=True)
    )
    before = [wiki.item(id).claims for id in ids]
    drafts = [
        Draft("a", 1, item(ids[0], statement("P217", "new", references=SOURCE))),
        Draft("b", 2, item(ids[1], statement("P217", "old", references=SOURCE))),
    ]
    first, second = wiki.plan(drafts).rows
    planner = Planner(drafts[:1], WikiWorld(wiki.client(), wiki.profile), wiki.profile)
    chosen = decided(first, "complete", planner, item=wiki.item(ids[0]), replacing=["P217"])
    batch = wiki.apply(wiki.plan_of([chosen, second]))
    assert [step.kind for step in batch.steps] == ["replace", "add"]
    after = [wiki.item(id).claims for id in ids]
    assert after[0] != before[0] and after[1] != before[1]
    done = _undone(wiki, batch)
    assert sorted(done.undone) == sorted(step.id for step in batch.steps) and not done.skipped
    assert [wiki.item(id).claims for id in ids] == before


def test_undoing_twice_undoes_once(wiki: WritableWiki) -> None:
    batch = _batch(wiki)
    for _ in range(2):
        assert _undone(wiki, batch).undone == ["2.1", "1.1"]
    undos = wiki.server.wiki.store.ask("SELECT count(*) FROM revision WHERE comment LIKE '%1.1u]%'")
    assert undos == [(1,)]


def test_links_are_read_on_to_their_end(wiki: WritableWiki) -> None:
    """More items than one answer of the wiki has."""
    wiki.server.wiki.load([item(f"Q9000{n:05}", P361="Q1") for n in range(600)])
    found = wiki.client("Stranger").linking(["Q1", "Q2"])  # no bot: 500 at once
    assert (len(found["Q1"]), len(set(found["Q1"])), found["Q2"]) == (600, 600, [])
