"""How edits are saved: conflicts, merges, uniqueness, summaries, burnt ids."""

from __future__ import annotations

import dataclasses
import json

from hypothesis import given
from hypothesis import strategies as st

from kgtool.api.sandbox.patches import Conflict, patched
from kgtool.api.sandbox.records import Raw
from kgtool.api.sandbox.rules import Limit
from kgtool.api.sandbox.server import SandboxServer

from .client import Client, claim
from .running import BOT


def _label(text: str) -> dict[str, object]:
    return {"labels": {"en": {"language": "en", "value": text}}}


def test_a_refused_creation_burns_its_id(bot: Client) -> None:
    bot.new_item("museum", "kind of institution")
    refused = bot.edit(
        {
            **_label("museum"),
            "descriptions": {"en": {"language": "en", "value": "kind of institution"}},
        },
        new="item",
    )
    assert refused["error"]["code"] == "modification-failed"
    assert bot.new_item("another") == "Q3"


def test_somebody_elses_statement_is_overwritten_in_spite_of_baserevid(
    sandbox: SandboxServer, bot: Client
) -> None:
    code = bot.new_property("string", "code")
    item = bot.new_item("thing", claims=[claim(code, "first")])
    base = bot.entity(item)
    statement = base["claims"][code][0]
    with Client(sandbox.address) as stranger:
        stranger.edit({"claims": [{**claim(code, "stranger's"), "id": statement["id"]}]}, id=item)
    mine = {**claim(code, "mine"), "id": statement["id"]}
    answer = bot.edit({"claims": [mine]}, id=item, baserevid=str(base["lastrevid"]))
    assert answer["warnings"]["wbeditentity"]["messages"][0]["name"] == "wikibase-conflict-patched"
    kept = bot.entity(item)["claims"][code]
    assert [one["mainsnak"]["datavalue"]["value"] for one in kept] == ["mine"]


def test_a_merged_edit_answers_with_what_was_not_stored(bot: Client) -> None:
    item = bot.new_item("old name")
    base = bot.entity(item)["lastrevid"]
    bot.edit(_label("new name"), id=item)
    described = {"descriptions": {"fr": {"language": "fr", "value": "chose"}}}
    answer = bot.edit(described, id=item, baserevid=str(base))
    assert answer["entity"]["labels"]["en"]["value"] == "old name"
    assert bot.entity(item)["labels"]["en"]["value"] == "new name"
    assert bot.entity(item)["lastrevid"] == answer["entity"]["lastrevid"]


def test_summaries_are_cut_and_an_automatic_one_comes_first(bot: Client) -> None:
    bot.edit(_label("x"), new="item", summary="s" * 600)
    found = bot.get(action="query", list="usercontribs", ucuser="KgBot", ucprop="comment")
    comment = found["query"]["usercontribs"][0]["comment"]
    assert comment.startswith("/* wbeditentity-create-item:0| */ sss")
    assert len(comment) == 500


def test_the_same_data_again_is_no_edit(bot: Client) -> None:
    item = bot.new_item("thing")
    before = bot.entity(item)["lastrevid"]
    answer = bot.edit(_label(" thing  "), id=item)
    assert answer["entity"]["nochange"] is True
    assert answer["entity"]["lastrevid"] == before


def test_edits_and_creations_have_limits_of_their_own(sandbox: SandboxServer, bot: Client) -> None:
    limits = sandbox.wiki.edits.limits
    limits.rules = dataclasses.replace(limits.rules, creations=Limit(2), refused_creation_cost=10)
    item = bot.new_item("one")
    wrong = {**_label("two"), "claims": [claim("P99", "x")]}
    assert bot.edit(wrong, new="item")["error"]["code"] == "modification-failed"
    refused = bot.edit(_label("three"), new="item")["error"]
    assert refused["code"] == "no-automatic-entity-id"
    assert bot.edit(_label("renamed"), id=item)["success"] == 1


def test_a_stale_label_of_one_user_conflicts_with_that_of_another(bot: Client) -> None:
    item = bot.new_item("thing")
    base = str(bot.entity(item)["lastrevid"])
    bot.edit(_label("theirs"), id=item)
    assert bot.edit(_label("ours"), id=item, baserevid=base)["error"]["code"] == "editconflict"
    # The very same change made twice is no conflict.
    assert bot.edit(_label("theirs"), id=item, baserevid=base)["success"] == 1


def test_undo_goes_past_later_edits_of_something_else(bot: Client) -> None:
    code = bot.new_property("string", "code")
    item = bot.new_item("thing")
    added = bot.edit({"claims": [claim(code, "x")]}, id=item)["entity"]["lastrevid"]
    bot.edit(_label("renamed"), id=item)
    answer = bot.post(action="edit", title=item, undo=str(added))
    assert answer["edit"]["result"] == "Success"
    assert bot.entity(item)["claims"] == {}
    assert bot.entity(item)["labels"]["en"]["value"] == "renamed"


def test_single_statements_qualifiers_and_references(bot: Client) -> None:
    code = bot.new_property("string", "code")
    item = bot.new_item("thing")
    made = bot.post(
        action="wbcreateclaim", entity=item, property=code, snaktype="value", value='"x"'
    )
    guid = made["claim"]["id"]
    bot.post(action="wbsetqualifier", claim=guid, property=code, snaktype="value", value='"q"')
    snak = {"snaktype": "value", "property": code, "datavalue": {"value": "r", "type": "string"}}
    said = bot.post(action="wbsetreference", statement=guid, snaks=json.dumps({code: [snak]}))
    statement = bot.get(action="wbgetclaims", claim=guid)["claims"][code][0]
    assert statement["references"][0]["hash"] == said["reference"]["hash"]
    assert statement["qualifiers"][code][0]["datavalue"]["value"] == "q"
    bot.post(action="wbremoveclaims", claim=guid)
    assert bot.entity(item)["claims"] == {}


def test_terms_one_by_one(bot: Client) -> None:
    item = bot.new_item("thing")
    bot.post(action="wbsetlabel", id=item, language="de", value="Ding")
    bot.post(action="wbsetdescription", id=item, language="de", value="etwas")
    bot.post(action="wbsetaliases", id=item, language="de", add="Sache|Gegenstand")
    bot.post(action="wbsetaliases", id=item, language="de", remove="Sache")
    bot.post(action="wbsetsitelink", id=item, linksite="dewiki", linktitle="Ding an sich")
    entity = bot.entity(item)
    assert entity["labels"]["de"]["value"] == "Ding"
    assert [alias["value"] for alias in entity["aliases"]["de"]] == ["Gegenstand"]
    by_page = bot.get(action="wbgetentities", sites="dewiki", titles="Ding_an_sich", props="info")
    assert list(by_page["entities"]) == [item]


def test_nothing_protects_from_editing_without_signing_in(sandbox: SandboxServer) -> None:
    with Client(sandbox.address) as nobody:
        item = nobody.new_item("made by nobody")
        changes = nobody.get(action="query", list="recentchanges", rcprop="title|user")
    assert changes["query"]["recentchanges"][0] == {
        "type": "new",
        "ns": 0,
        "title": item,
        "user": "127.0.0.1",
    }


def test_an_access_token_signs_in_for_both_apis(sandbox: SandboxServer) -> None:
    sandbox.wiki.tokens["t0ken"] = "KgBot"
    with Client(sandbox.address) as client:
        client.http.headers["Authorization"] = "Bearer t0ken"
        client.csrf = client.get(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]
        assert client.edit(_label("x"), new="item", assertuser="KgBot")["success"] == 1
        rest = client.http.get("/w/rest.php/wikibase/v1/entities/items/Q1")
        assert rest.headers["X-Authenticated-User"] == "KgBot"
        client.http.headers["Authorization"] = "Bearer expired"
        refused = client.get(action="query", meta="userinfo")
        assert refused["error"]["code"] == "mwoauth-invalid-authorization"
        rest = client.http.get("/w/rest.php/wikibase/v1/entities/items/Q1")
        assert rest.status_code == 401


def test_everything_is_there_after_a_restart(sandbox: SandboxServer, bot: Client) -> None:
    code = bot.new_property("string", "code")
    item = bot.new_item("thing", claims=[claim(code, "x")])
    before = bot.entity(item)
    folder = sandbox.folder
    with SandboxServer(folder) as again, Client(again.address, *BOT) as client:
        assert client.entity(item) == before
        assert client.edit({"claims": [claim(code, "y")]}, id=item)["success"] == 1


_terms = st.dictionaries(st.sampled_from(["en", "de", "sv"]), st.text(max_size=3), max_size=3)


def _entity(labels: dict[str, str], statements: dict[str, str]) -> Raw:
    claims = [
        {"id": guid, "mainsnak": {"property": "P1"}, "is": v} for guid, v in statements.items()
    ]
    return {
        "labels": {code: {"language": code, "value": text} for code, text in labels.items()},
        "descriptions": {},
        "aliases": {},
        "sitelinks": {},
        "claims": {"P1": claims} if claims else {},
    }


_entities = st.builds(
    _entity, _terms, st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text(max_size=2))
)


@given(_entities, _entities)
def test_a_change_put_on_the_state_it_was_made_for_is_that_change(before: Raw, after: Raw) -> None:
    made = patched(before, before, after)
    assert made["labels"] == after["labels"]
    by_guid = {s["id"]: s for several in made["claims"].values() for s in several}
    assert by_guid == {s["id"]: s for several in after["claims"].values() for s in several}


@given(_entities, _entities, _entities)
def test_what_only_one_side_changed_stays(before: Raw, mine: Raw, theirs: Raw) -> None:
    try:
        made = patched(theirs, before, mine)
    except Conflict:
        return
    for code in before["labels"].keys() | theirs["labels"].keys():
        if mine["labels"].get(code) == before["labels"].get(code):
            assert made["labels"].get(code) == theirs["labels"].get(code)


def test_languages_that_wikis_know_and_others(bot: Client) -> None:
    for code in ("en", "zh-hant", "be-tarask", "mul", "de-ch", "sr-ec", "nan-latn-pehoeji"):
        assert bot.edit({"labels": [{"language": code, "value": "x"}]}, new="item")["success"] == 1
    for code in ("xx", "und", "EN", "en_GB", ""):
        refused = bot.edit({"labels": [{"language": code, "value": "x"}]}, new="item")
        assert refused["error"]["code"] == "not-recognized-language"
