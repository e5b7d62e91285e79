"""What happened to a partner's data, from a wiki that really answers."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from kgtool.api.sandbox.server import SandboxServer
from kgtool.cli import root
from kgtool.entities import Item, parse_entity, to_json
from kgtool.partners.fate import Fate
from kgtool.partners.told import Told
from kgtool.service.callers import OPERATOR
from kgtool.service.versions import of_workspace
from kgtool.wiring import Kgtool
from tests.sandbox.client import Client

from .conftest import HOLDER, MUSEUM, NUMBER, URL, YEAR, Clock

SINCE = datetime.date(2026, 11, 1)


def told(tool: Kgtool, since: datetime.date = SINCE) -> Told:
    assert tool.changes.read(MUSEUM, since).finished
    return tool.changes.told(MUSEUM, since)


def fate(found: Told, item: str, part: str) -> Fate:
    (one,) = (one for one in found.statements if (one.item, one.part) == (item, part))
    return one


def claim_of(client: Client, item: str, property: str) -> dict[str, Any]:
    claim: dict[str, Any] = client.entity(item)["claims"][property][0]
    return claim


def set_claim(client: Client, claim: dict[str, Any]) -> int:
    answer = client.post(action="wbsetclaim", claim=json.dumps(claim))
    assert "error" not in answer, answer
    return int(answer["pageinfo"]["lastrevid"])


def test_statements_are_kept_changed_removed_enriched_and_added(
    tool: Kgtool, person: Callable[[str], Client], server: SandboxServer
) -> None:
    ann, ben = person("Ann"), person("Ben")
    year = claim_of(ann, "Q1", YEAR)
    year["mainsnak"]["datavalue"]["value"] = "1700"
    changed_in = set_claim(ann, year)
    ben.post(action="wbremoveclaims", claim=claim_of(ben, "Q2", NUMBER)["id"])
    source = {"snaktype": "value", "property": URL}
    source["datavalue"] = {"type": "string", "value": "https://elsewhere.example/book"}  # type: ignore[assignment]
    held = claim_of(ann, "Q3", HOLDER)
    held["references"] = [{"snaks": {URL: [source]}}]
    set_claim(ann, held)
    cited = {**source, "datavalue": {"type": "string", "value": "https://museum.example/x"}}
    new = {
        "mainsnak": {
            "snaktype": "value",
            "property": NUMBER,
            "datavalue": {"type": "string", "value": "B-4"},
        },
        "type": "statement",
        "rank": "normal",
        "id": "Q4$00000000-aaaa-bbbb-cccc-000000000001",
        "references": [{"snaks": {URL: [cited]}}],
    }
    set_claim(ben, new)
    ann.post(action="wbsetsitelink", id="Q5", linksite="svwiki", linktitle="Verket")

    found = told(tool)
    one = fate(found, "Q1", YEAR)
    assert (one.state, one.ground, one.before, one.now) == ("changed", "cites", "1601", "1700")
    assert [(e.what, e.by, e.revision) for e in one.events] == [("changed", "Ann", changed_in)]
    gone = fate(found, "Q2", NUMBER)
    assert (gone.state, gone.ground, gone.events[-1].by) == ("removed", "holds", "Ben")
    assert fate(found, "Q3", HOLDER).state == "enriched"
    (added,) = (o for o in found.statements if o.item == "Q4" and o.now == "B-4")
    assert (added.state, added.ground, added.events[0].by) == ("added", "cites", "Ben")
    assert found.counts == {"changed": 1, "removed": 1, "enriched": 1, "added": 1, "kept": 12}
    (link,) = found.sitelinks
    assert (link.item, link.site, link.what, link.by) == ("Q5", "svwiki", "gained", "Ann")
    assert (found.touched, found.people, found.items) == (5, 2, 5)
    assert found.reach.source == "wiki" and found.reach.complete
    # What is nobody's, nobody follows.
    assert not [o for o in found.statements if o.part == "P856"]
    # The diff is where it says.
    address = tool.profile.diff_url(one.events[0].revision, one.events[0].parent)
    shown = person("Ben").http.get(address)
    assert shown.status_code == 200 and "1700" in shown.text and "1601" in shown.text


def test_what_happened_before_the_day_is_how_things_stood(
    tool: Kgtool, person: Callable[[str], Client], clock: Clock
) -> None:
    ann = person("Ann")
    year = claim_of(ann, "Q1", YEAR)
    year["mainsnak"]["datavalue"]["value"] = "1700"
    set_claim(ann, year)
    day = datetime.datetime.fromtimestamp(clock.now, datetime.UTC).date()
    clock.days(2)
    tomorrow = day + datetime.timedelta(days=1)
    assert fate(told(tool, tomorrow), "Q1", YEAR).state == "kept"
    assert fate(told(tool, day), "Q1", YEAR).state == "changed"
    assert fate(told(tool, datetime.date(2020, 1, 1)), "Q1", YEAR).events[0].by == "Loader"


def test_removed_from_the_collection_is_still_followed(
    tool: Kgtool, person: Callable[[str], Client]
) -> None:
    tool.partners.add(MUSEUM, name="The Museum", kind="museum", caller=OPERATOR)
    tool.history.record(MUSEUM)
    person("Ben").post(action="wbremoveclaims", claim=claim_of(person("Ben"), "Q2", HOLDER)["id"])
    tool.sync.run()
    tool.history.record(MUSEUM, "load")
    one = fate(told(tool), "Q2", HOLDER)
    assert (one.state, one.events[0].by) == ("removed", "Ben")


def test_deleted_and_merged_items(
    tool: Kgtool, person: Callable[[str], Client], server: SandboxServer
) -> None:
    admin = person("Admin")
    admin.post(action="delete", title="Q2", reason="duplicate")
    ann = person("Ann")
    moved = ann.post(
        action="wbmergeitems",
        fromid="Q5",
        toid="Q4",
        ignoreconflicts="description",
    )
    assert "error" not in moved, moved
    found = told(tool)
    gone = fate(found, "Q2", YEAR)
    assert (gone.state, gone.events[-1].by) == ("removed", "Admin")
    assert found.reach.deleted == 1
    kept = fate(found, "Q5", YEAR)
    assert (kept.state, kept.heir) == ("kept", "Q4")


def test_reading_is_in_batches_goes_on_where_it_stopped_and_reads_nothing_twice(
    tool: Kgtool, person: Callable[[str], Client]
) -> None:
    ann = person("Ann")
    for n in (1, 2, 3):
        ann.post(action="wbsetlabel", id=f"Q{n}", language="sv", value=f"Verk {n}")
    asked = 0

    def after_two() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    first = tool.changes.read(MUSEUM, SINCE, stop=after_two)
    assert not first.finished and first.requests == 2
    part = tool.changes.told(MUSEUM, SINCE)
    assert part.reach.unread == 2 and not part.reach.complete
    fresh = datetime.timedelta(hours=1)
    rest = tool.changes.read(MUSEUM, SINCE, fresh=fresh)
    # The pages once more would be one request; two histories and one for the states before.
    assert rest.finished and rest.requests <= 3
    assert tool.changes.told(MUSEUM, SINCE).reach.complete
    again = tool.changes.read(MUSEUM, SINCE)
    assert again.requests == 1  # only which revision stands now
    ann.post(action="wbsetlabel", id="Q1", language="de", value="Werk 1")
    assert tool.changes.read(MUSEUM, SINCE).requests == 2


def test_without_the_wiki_the_workspace_is_compared_and_says_so(
    tool: Kgtool, person: Callable[[str], Client]
) -> None:
    ann = person("Ann")
    year = claim_of(ann, "Q1", YEAR)
    year["mainsnak"]["datavalue"]["value"] = "1700"
    set_claim(ann, year)
    tool.sync.run()
    found = tool.changes.told(MUSEUM, SINCE)
    one = fate(found, "Q1", YEAR)
    assert (one.state, one.events[0].by) == ("changed", "")
    assert found.reach.source == "workspace" and not found.reach.complete
    assert found.reach.begins and found.reach.unread == 5


def test_what_a_wiki_notes_beside_an_item_is_no_difference(tool: Kgtool) -> None:
    """Hashes, revision and page: a file of entities need not have them."""
    now = tool.snapshots.current().entities.many(["Q1"])["Q1"]
    assert isinstance(now, Item) and now.lastrevid
    old = parse_entity(re.sub(rb',?"hash":"[0-9a-f]{40}"', b"", to_json(now)))
    assert isinstance(old, Item)
    old = msgspec.structs.replace(old, lastrevid=None, modified=None)
    assert len(of_workspace("Q1", old, now, "2026-11-01").versions) == 1
    other = msgspec.structs.replace(old, labels={})
    assert len(of_workspace("Q1", other, now, "2026-11-01").versions) == 2


MAPPING = f"""
name = "works"
title = "Works of the museum"
key = "number"
item = "qid"
language = "sv"
[source]
title = "Catalogue"
[license]
name = "CC0"
[notability]
ground = "a museum's works"
[[labels]]
column = "title"
[[statements]]
property = "{YEAR}"
type = "string"
column = "made"
many = true
[[references]]
[[references.snaks]]
property = "{URL}"
type = "url"
constant = "https://museum.example/catalogue"
"""
TABLE = (
    "number,title,made,qid,shelf\nA-1,Ett verk,1666,Q1,\nA-2,Två verk,1667,Q2,X\nA-9,=evil,,,Y\n"
)


def test_the_partners_own_columns_come_back(
    tool: Kgtool, person: Callable[[str], Client], tmp_path: Path
) -> None:
    from kgtool.drafts import load_mapping, read_table
    from kgtool.service.changes_table import in_own_columns
    from kgtool.spreadsheet import csv_text

    (tmp_path / "works.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "works.csv").write_text(TABLE, encoding="utf-8")
    plan = tool.drafts.plan(tmp_path / "works.csv", str(tmp_path / "works.toml"), against="wiki")
    for row in plan.rows:
        if row.key == "A-9":
            plan = tool.drafts.decide(plan, row.key, "skip")
    batch = tool.batches.start(plan)
    assert tool.batches.apply(batch)["confirmed"] == 2
    ann = person("Ann")
    (ours,) = (
        claim
        for claim in ann.entity("Q1")["claims"][YEAR]
        if claim["mainsnak"]["datavalue"]["value"] == "1666"
    )
    ours["mainsnak"]["datavalue"]["value"] = "1670"
    set_claim(ann, ours)
    ann.post(action="wbsetlabel", id="Q2", language="sv", value="")

    found = told(tool)
    (changed,) = (o for o in found.statements if o.key == "A-1" and o.part == YEAR)
    assert (changed.state, changed.ground, changed.now) == ("changed", "written", "1670")
    assert changed.batch == batch.id
    mapping = load_mapping(str(tmp_path / "works.toml"))
    table = list(read_table(tmp_path / "works.csv"))
    head, rows = in_own_columns(found.statements, mapping, table, tool.profile)
    assert head[:6] == ["number", "title", "made", "qid", "shelf", "item"]
    first, second, third = (dict(zip(head, row, strict=True)) for row in rows)
    assert (first["item"], first["title: state"]) == ("Q1", "kept")
    assert (first["made: state"], first["made: now"], first["made: by"]) == (
        "changed",
        "1670",
        "Ann",
    )
    assert "diff=" in first["made: diff"]
    assert (second["title: state"], second["made: state"]) == ("removed", "kept")
    assert second["shelf"] == "X"
    assert ",'=evil," in csv_text(head, rows)
    assert third["title"] == "=evil" and third["item"] == third["made: state"] == ""
    head, rows = in_own_columns(found.statements, mapping, [], tool.profile)
    assert head[:2] == ["number", "item"] and [row[:2] for row in rows] == [
        ["A-1", "Q1"],
        ["A-2", "Q2"],
    ]


def test_two_columns_that_became_one_property_are_told_apart(
    tool: Kgtool, person: Callable[[str], Client], tmp_path: Path
) -> None:
    from kgtool.drafts import load_mapping, read_table
    from kgtool.service.changes_table import in_own_columns

    begun = f"""
[[statements]]
property = "{YEAR}"
type = "string"
column = "begun"
many = true
"""
    mapping_file, table_file = tmp_path / "works.toml", tmp_path / "works.csv"
    mapping_file.write_text(MAPPING.replace("[[references]]", f"{begun}[[references]]", 1))
    table_file.write_text(
        "number,title,made,begun,qid\nA-1,Ett verk,1666,1660,Q1\nA-2,Två verk,1667,1667,Q2\n"
    )
    plan = tool.drafts.plan(table_file, str(mapping_file), against="wiki")
    batch = tool.batches.start(plan)
    assert tool.batches.apply(batch)["confirmed"] == 2
    ann = person("Ann")
    (ours,) = (
        claim
        for claim in ann.entity("Q1")["claims"][YEAR]
        if claim["mainsnak"]["datavalue"]["value"] == "1660"
    )
    assert "error" not in ann.post(action="wbremoveclaims", claim=ours["id"])
    found = told(tool)
    mapping = load_mapping(str(mapping_file))
    rows = list(read_table(table_file))
    head, made = in_own_columns(found.statements, mapping, rows, tool.profile)
    first, second = (dict(zip(head, row, strict=True)) for row in made)
    assert (first["made: state"], first["begun: state"]) == ("kept", "removed")
    assert first["begun: by"] == "Ann" and first["made: by"] == ""
    # One value from both columns: both are told what became of it.
    assert (second["made: state"], second["begun: state"]) == ("kept", "kept")
    # Without the table nobody can say which: the worst counts for both.
    head, made = in_own_columns(found.statements, mapping, [], tool.profile)
    alone = dict(zip(head, made[0], strict=True))
    assert (alone["made: state"], alone["begun: state"]) == ("removed", "removed")


@pytest.fixture
def run(tool: Kgtool, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr("kgtool.cli.common.kgtool", lambda: tool)
    return lambda *words: CliRunner().invoke(root, ["changes", *words], catch_exceptions=False)


def test_the_command_in_every_format(
    run: Callable[..., Any], person: Callable[[str], Client]
) -> None:
    ann = person("Ann")
    year = claim_of(ann, "Q1", YEAR)
    year["mainsnak"]["datavalue"]["value"] = "[[=|1700"
    set_claim(ann, year)
    since = ("--since", "2026-11-01")
    answer = json.loads(run(MUSEUM, *since, "--json").stdout)
    assert answer["counts"]["changed"] == 1 and answer["reach"]["complete"]
    assert len(answer["statements"]) == 15
    csv = run(MUSEUM, *since, "--format", "csv", "--state", "changed").stdout.splitlines()
    assert csv[0].startswith("item,part,statement,ground,state,before,now,by,at,revision,diff")
    assert len(csv) == 2 and ",Ann," in csv[1]
    table = run(MUSEUM, *since).stdout
    assert "changed 1" in table and "Ann" in table
    wikitext = run(MUSEUM, *since, "--format", "wikitext", "--language", "sv").stdout
    assert wikitext.startswith("== The Museum: vad som hänt")
    assert "[[=" not in wikitext and "diff=" in wikitext
    offline = run(MUSEUM, *since, "--offline", "--json")
    assert json.loads(offline.stdout)["counts"] == answer["counts"]
    assert run(MUSEUM).exit_code == 2


@pytest.mark.parametrize(
    ("definition", "grounds"),
    [
        ({"kind": "partners", "qids": [MUSEUM]}, {"written", "holds", "identifies", "cites"}),
        ({"kind": "items", "qids": ["Q1", "Q2"]}, {"selected"}),
    ],
)
def test_a_saved_selection_is_followed_as_a_partner_is(
    tool: Kgtool,
    person: Callable[[str], Client],
    run: Callable[..., Any],
    definition: dict[str, Any],
    grounds: set[str],
) -> None:
    tool.saved_selections.save("works", "Works", definition, OPERATOR)
    ann = person("Ann")
    year = claim_of(ann, "Q1", YEAR)
    year["mainsnak"]["datavalue"]["value"] = "1700"
    set_claim(ann, year)
    tool.changes.read("works", SINCE)
    found = tool.changes.told("works", SINCE)
    assert found.selection == "works" and found.reach.complete
    assert fate(found, "Q1", YEAR).state == "changed"
    assert {one.ground for one in found.statements} <= grounds
    written = run("works", "--since", SINCE.isoformat(), "--json")
    assert json.loads(written.stdout)["counts"]["changed"] == 1
