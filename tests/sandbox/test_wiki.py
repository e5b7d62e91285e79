"""The wiki as a whole: loading, many at once, search, lists, data pages, SPARQL."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kgtool.api.sandbox.run import Plan, prepared, profile_toml
from kgtool.api.sandbox.server import SandboxServer
from kgtool.entities import Entity, Item, Property, Term, load_profile, parse_entity
from kgtool.errors import Busy, UsageError
from tests.builders import item

from .client import Client, claim
from .running import BOT


def test_loaded_entities_are_there_as_they_were(sandbox: SandboxServer, bot: Client) -> None:
    entities: list[Entity] = [
        Property("wikibase-item", id="P31"),
        item("Q5", labels={"en": "human"}),
        item("Q42", P31="Q5", labels={"en": "Ann"}, sitelinks={"enwiki": "Ann"}),
    ]
    assert sandbox.wiki.load(entities) == 3
    stored = parse_entity(json.dumps(bot.entity("Q42")))
    assert isinstance(stored, Item)
    (statement,) = stored.claims["P31"]
    assert statement.id == entities[2].claims["P31"][0].id
    assert statement.mainsnak.datavalue == entities[2].claims["P31"][0].mainsnak.datavalue
    assert (statement.mainsnak.datatype, bool(statement.mainsnak.hash)) == ("wikibase-item", True)
    assert bot.get(action="wbgetentities", sites="enwiki", titles="Ann")["entities"]["Q42"]
    assert bot.new_item("next") == "Q43"
    refused = bot.edit({"sitelinks": {"enwiki": {"site": "enwiki", "title": "Ann"}}}, new="item")
    assert refused["error"]["messages"][1]["name"] == "wikibase-validator-sitelink-conflict"


def test_loading_again_replaces(sandbox: SandboxServer, bot: Client) -> None:
    sandbox.wiki.load([item("Q1", labels={"en": "old"})])
    first = bot.entity("Q1")["lastrevid"]
    sandbox.wiki.load([item("Q1", labels={"en": "new"}), item("Q2")])
    assert bot.entity("Q1")["labels"]["en"]["value"] == "new"
    assert bot.entity("Q1")["lastrevid"] > first


def test_writers_at_the_same_time_lose_nothing(sandbox: SandboxServer, bot: Client) -> None:
    code = bot.new_property("string", "code")
    target = bot.new_item("target")

    def write(writer: int) -> list[str]:
        with Client(sandbox.address, *BOT) as client:
            made = []
            for number in range(10):
                made.append(client.new_item(f"item {writer}.{number}"))
                client.edit({"claims": [claim(code, f"{writer}.{number}")]}, id=target)
            return made

    with ThreadPoolExecutor(6) as pool:
        made = [id for ids in pool.map(write, range(6)) for id in ids]
    assert len(set(made)) == 60
    values = [s["mainsnak"]["datavalue"]["value"] for s in bot.entity(target)["claims"][code]]
    assert sorted(values) == sorted(f"{w}.{n}" for w in range(6) for n in range(10))


def test_searching_by_words_and_by_value(sandbox: SandboxServer, bot: Client) -> None:
    properties = [Property("wikibase-item", id="P195"), Property("string", id="P217")]
    works = [
        item(f"Q{n}", P195="Q1", P217=f"NM {n}", labels={"en": f"work {n}"}) for n in range(2, 9)
    ]
    sandbox.wiki.load([*properties, item("Q1", labels={"en": "museum"}), *works])
    found = bot.get(action="query", list="search", srsearch="haswbstatement:P195=Q1", srlimit="5")
    assert found["query"]["searchinfo"]["totalhits"] == 7
    assert [hit["title"] for hit in found["query"]["search"]] == ["Q2", "Q3", "Q4", "Q5", "Q6"]
    further = bot.get(
        action="query", list="search", srsearch="haswbstatement:P195=Q1", **_text(found["continue"])
    )
    assert [hit["title"] for hit in further["query"]["search"]] == ["Q7", "Q8"]
    both = bot.get(action="query", list="search", srsearch="haswbstatement:P217 work 3")
    assert [hit["title"] for hit in both["query"]["search"]] == ["Q3"]


def test_a_search_stays_within_its_namespaces(sandbox: SandboxServer, bot: Client) -> None:
    named = {"en": Term("en", "sex")}
    sandbox.wiki.load([Property("string", id="P21", labels=named), Item("Q290", labels=named)])

    def found(**more: str) -> list[str]:
        answer = bot.get(action="query", list="search", srsearch="sex", **more)
        return [hit["title"] for hit in answer["query"]["search"]]

    assert found() == found(srnamespace="0") == ["Q290"]
    assert found(srnamespace="120") == ["Property:P21"]
    assert len(found(srnamespace="0|120")) == len(found(srnamespace="*")) == 2


def _text(values: dict[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items()}


def test_recent_changes_go_on_where_they_stopped(sandbox: SandboxServer, bot: Client) -> None:
    for number in range(12):
        bot.new_item(f"item {number}")
    bot.edit({"labels": {"en": {"language": "en", "value": "renamed"}}}, id="Q3")
    seen: list[str] = []
    mark: dict[str, str] = {}
    while True:
        answer = bot.get(
            action="query", list="recentchanges", rcdir="newer", rclimit="5", rctoponly="1", **mark
        )
        seen += [change["title"] for change in answer["query"]["recentchanges"]]
        if "continue" not in answer:
            break
        mark = _text(answer["continue"])
    assert seen == [f"Q{n}" for n in (1, 2, *range(4, 13), 3)]


def test_deletions_are_for_administrators_and_are_told(sandbox: SandboxServer, bot: Client) -> None:
    item_id = bot.new_item("thing")
    assert bot.post(action="delete", title=item_id)["error"]["code"] == "permissiondenied"
    sandbox.wiki.accounts.add("Admin", groups=("sysop",))
    sandbox.wiki.accounts.add_bot_password("Admin", "kgtool", "secret")
    with Client(sandbox.address, "Admin@kgtool", "secret") as admin:
        admin.post(action="delete", title=item_id, reason="test")
    assert bot.entity(item_id) == {"id": item_id, "missing": ""}
    changes = bot.get(action="query", list="recentchanges", rctype="log", rcprop="title|loginfo")
    assert changes["query"]["recentchanges"][0]["logaction"] == "delete"
    titles = bot.get(action="query", titles=item_id, prop="info")["query"]["pages"]
    assert titles == [{"ns": 0, "title": item_id, "missing": True}]


def test_protected_pages_are_for_administrators(sandbox: SandboxServer, bot: Client) -> None:
    item_id = bot.new_item("thing")
    sandbox.wiki.accounts.add("Admin", groups=("sysop",))
    sandbox.wiki.accounts.add_bot_password("Admin", "kgtool", "secret")
    renamed = {"labels": {"en": {"language": "en", "value": "renamed"}}}
    with Client(sandbox.address, "Admin@kgtool", "secret") as admin:
        admin.post(action="protect", title=item_id, protections="edit=sysop|move=sysop")
        refused = bot.edit(renamed, id=item_id)["error"]
        assert refused["messages"][1]["name"] == "protectedpagetext"
        assert admin.edit(renamed, id=item_id)["success"] == 1
        admin.post(action="protect", title=item_id, protections="edit=all")
        assert admin.post(action="protect", title=item_id, protections="edit")["error"]
    assert bot.edit({"labels": {}}, id=item_id)["success"] == 1


def test_links_to_a_page_are_what_entities_name(sandbox: SandboxServer, bot: Client) -> None:
    link = bot.new_property("wikibase-item", "part of")
    length = bot.new_property("quantity", "length")
    target, other = bot.new_item("target"), bot.new_item("other")
    named = claim(link, {"id": target}, "wikibase-entityid")
    by_value = bot.new_item("by value", claims=[named])
    unit = sandbox.wiki.profile.entity_iri(target)
    by_unit = bot.new_item(
        "by unit", claims=[claim(length, {"amount": "+1", "unit": unit}, "quantity")]
    )
    gone = bot.new_item("gone", claims=[named])
    bot.post(action="wbremoveclaims", claim=bot.entity(gone)["claims"][link][0]["id"])
    merged = bot.new_item("merged")
    bot.post(action="wbmergeitems", fromid=merged, toid=target, ignoreconflicts="description")
    ask = {"action": "query", "prop": "linkshere", "titles": f"{target}|{other}"}

    def linking(**more: str) -> list[tuple[str, bool]]:
        seen: list[tuple[str, bool]] = []
        mark: dict[str, str] = {}
        while True:
            answer = bot.get(**ask, **more, **mark)
            for page in answer["query"]["pages"]:
                links = page.get("linkshere", [])
                assert not links or page["title"] == target
                seen += [(one["title"], one["redirect"]) for one in links]
            if "continue" not in answer:
                return seen
            mark = _text(answer["continue"])

    everything = [(by_value, False), (by_unit, False), (merged, True)]
    assert linking() == linking(lhlimit="1") == everything
    assert linking(lhshow="!redirect", lhnamespace="0") == everything[:2]
    assert linking(lhshow="redirect") == everything[2:] and linking(lhnamespace="120") == []
    assert bot.get(**ask, lhcontinue="x")["error"]["code"] == "badcontinue"


def test_sparql_sees_each_edit_and_each_deletion(sandbox: SandboxServer, bot: Client) -> None:
    link = bot.new_property("wikibase-item", "part of")
    whole = bot.new_item("whole")
    value = {"id": whole}
    part = bot.new_item("part", claims=[claim(link, value, "wikibase-entityid")])

    def parts() -> list[str]:
        query = f"SELECT ?i WHERE {{ ?i wdt:{link} wd:{whole} }}"
        answer = bot.http.get("/sparql", params={"query": query}).json()
        return [row["i"]["value"].rpartition("/")[2] for row in answer["results"]["bindings"]]

    assert parts() == [part]
    other = bot.new_item("other", claims=[claim(link, value, "wikibase-entityid")])
    assert sorted(parts()) == [part, other]
    guid = bot.entity(part)["claims"][link][0]["id"]
    bot.post(action="wbremoveclaims", claim=guid)
    assert parts() == [other]
    asking_others = "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"
    assert bot.http.get("/sparql", params={"query": asking_others}).status_code == 400
    assert bot.http.get("/sparql", params={"query": "SELEKT"}).status_code == 400


def test_rest_locks_a_statement(bot: Client) -> None:
    code = bot.new_property("string", "code")
    item_id = bot.new_item("thing", claims=[claim(code, "x")])
    rest = f"/w/rest.php/wikibase/v1/entities/items/{item_id}"
    read = bot.http.get(f"{rest}/statements")
    guid = read.json()[code][0]["id"]
    changed = {"property": {"id": code}, "value": {"type": "value", "content": "y"}}
    lock = {"If-Match": read.headers["ETag"]}
    assert bot.http.put(f"{rest}/labels/de", json={"label": "Ding"}).status_code == 201
    stale = bot.http.put(f"{rest}/statements/{guid}", json={"statement": changed}, headers=lock)
    assert stale.status_code == 412
    lock = {"If-Match": bot.http.get(rest).headers["ETag"]}
    fresh = bot.http.put(f"{rest}/statements/{guid}", json={"statement": changed}, headers=lock)
    assert fresh.status_code == 200
    assert fresh.json()["value"]["content"] == "y"
    assert bot.http.delete(f"{rest}/statements/{guid}").status_code == 200
    assert bot.http.get(f"{rest}/statements/{guid}").status_code == 404
    assert bot.http.get(f"{rest}/labels/de").json() == "Ding"


GUID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "items/X1", {}, 400, "invalid-path-parameter"),
        ("GET", "items/Q1/statements/Q1-7", {}, 400, "invalid-path-parameter"),
        ("GET", "items/Q1/labels/not-a-language", {}, 400, "invalid-path-parameter"),
        ("GET", "items/Q77", {}, 404, "resource-not-found"),
        ("GET", "items/Q1/labels/de", {}, 404, "resource-not-found"),
        ("GET", f"items/Q1/statements/Q1${GUID}", {}, 404, "resource-not-found"),
        ("GET", "items/Q1/nothing", {}, 404, "rest-no-match"),
        ("POST", "items", {}, 400, "missing-field"),
        ("POST", "items", {"item": {"labels": {"en": 5}}}, 400, "invalid-value"),
        ("PUT", "items/Q1/labels/de", {}, 400, "missing-field"),
        ("PATCH", "items/Q1/labels", {}, 400, "missing-field"),
        (
            "PATCH",
            "items/Q1/labels",
            {"patch": [{"op": "test", "path": "/en", "value": "no"}]},
            409,
            "patch-test-failed",
        ),
        (
            "PATCH",
            "items/Q1/labels",
            {"patch": [{"op": "remove", "path": "/de"}]},
            409,
            "patch-target-not-found",
        ),
        ("PUT", "items/Q2/labels/de", {"label": "Ding"}, 409, "redirected-item"),
        ("PUT", "properties/P1/labels/de", {"label": "Ding"}, 405, "rest-method-not-allowed"),
    ],
)
def test_rest_says_what_is_wrong(
    bot: Client, method: str, path: str, sent: dict[str, object], status: int, code: str
) -> None:
    bot.new_property("string", "code")
    for label in ("thing", "the same thing"):
        bot.new_item(label)
    bot.post(action="wbmergeitems", fromid="Q2", toid="Q1")
    address = f"/w/rest.php/wikibase/v1/entities/{path}"
    answer = bot.http.request(method, address, json=sent if method != "GET" else None)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    revision = bot.entity("Q1")["lastrevid"]
    lock = {"If-Match": f'"{revision - 1}"'}
    put = bot.http.put(
        "/w/rest.php/wikibase/v1/entities/items/Q1/labels/de", json={"label": "Ding"}, headers=lock
    )
    assert put.status_code == 412
    assert bot.entity("Q1")["lastrevid"] == revision


def test_rest_leaves_alone_what_a_request_does_not_name(bot: Client) -> None:
    link = bot.new_property("wikibase-item", "part of")
    gone = bot.new_item("soon gone")
    value = claim(link, {"id": gone}, "wikibase-entityid")
    item_id = bot.new_item("thing", claims=[value])
    before = bot.entity(item_id)["claims"]
    rest = f"/w/rest.php/wikibase/v1/entities/items/{item_id}"
    patch = {"patch": [{"op": "add", "path": "/fr", "value": "chose"}]}
    assert bot.http.patch(f"{rest}/labels", json=patch).json() == {"en": "thing", "fr": "chose"}
    assert bot.entity(item_id)["claims"] == before


def test_a_sandbox_of_the_command_line_holds_the_sample(tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(port=0, with_sample=True, password="pw")
    server, password = prepared(plan, tmp_path / "wiki", said.append)
    file = tmp_path / "profile.toml"
    file.write_text(profile_toml(server.wiki.profile), encoding="utf-8")
    assert load_profile(str(file)) == server.wiki.profile
    with server, Client(server.address, "Rehearsal@kgtool", password) as client:
        assert "missing" not in client.entity("Q190804")
    with pytest.raises(UsageError, match="no fault"):
        prepared(Plan(port=0, rates={"nonsense": 1.0}), tmp_path / "other", said.append)


def test_a_port_that_is_taken_is_said_so(sandbox: SandboxServer, tmp_path: Path) -> None:
    port = int(sandbox.address.rpartition(":")[2])
    with pytest.raises(Busy, match=str(port)):
        SandboxServer(tmp_path / "second", port=port)
