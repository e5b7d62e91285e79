"""Taking batches back."""

from __future__ import annotations

from kgtool.drafts import Draft
from kgtool.writes import Batch, BatchFolder, Run, WikiClient, undo_batch
from tests.builders import item, snak, statement
from tests.writes.wikis import WritableWiki

SOURCE = [[snak("P854", "https://example.org/catalogue")]]


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


def test_edits_are_undone_and_creations_listed_unless_others_edited_since(
    wiki: WritableWiki,
) -> None:
    batch = _batch(wiki)
    ids = {line.key: line.item for line in batch.report()}
    stranger = WikiClient(
        wiki.settings(wiki_user="Stranger@kgtool"), wiki.profile, lambda seconds: None
    )
    label = {"labels": {"sv": {"language": "sv", "value": "ändrad"}}}
    stranger.edit(label, "", item=ids["b"])
    stranger.edit(label, "", item=ids["d"])
    settings = wiki.settings()
    run = Run(BatchFolder(settings.home).open(batch.id), settings, wiki.profile)
    done = undo_batch(run, "a test")
    assert done.undone == ["1.1"]
    assert set(done.skipped) == {"2.1", "4.1"} and "Stranger" in str(done.skipped["2.1"])
    assert done.skipped["2.1"].told("de") == f"{ids['b']} wurde seither von Stranger bearbeitet"
    assert done.created == [(ids["c"], "new")] and f"{{{{Q|{ids['c']}}}}}" in done.request()
    assert done.request("fr").startswith("=== Suppression de 1 élément ===")
    assert "P217" not in wiki.item(ids["a"]).claims
    assert "P217" in wiki.item(ids["b"]).claims


def test_undoing_twice_undoes_once(wiki: WritableWiki) -> None:
    batch = _batch(wiki)
    settings = wiki.settings()
    for _ in range(2):
        run = Run(BatchFolder(settings.home).open(batch.id), settings, wiki.profile)
        assert undo_batch(run).undone == ["2.1", "1.1"]
    undos = wiki.server.wiki.store.ask("SELECT count(*) FROM revision WHERE comment LIKE '%1.1u]%'")
    assert undos == [(1,)]
