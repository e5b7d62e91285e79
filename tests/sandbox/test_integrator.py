"""WikibaseIntegrator, as it is published, works with the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kgtool.api.sandbox.server import SandboxServer

from .client import Client
from .running import BOT

wbi = pytest.importorskip("wikibaseintegrator")


@pytest.fixture
def login(sandbox: SandboxServer) -> Iterator[Any]:
    from wikibaseintegrator import wbi_helpers, wbi_login
    from wikibaseintegrator.wbi_config import config

    before = dict(config)
    config["MEDIAWIKI_API_URL"] = f"{sandbox.address}/w/api.php"
    config["WIKIBASE_URL"] = "http://www.wikidata.org"
    config["SPARQL_ENDPOINT_URL"] = f"{sandbox.address}/sparql"
    config["USER_AGENT"] = "kgtool tests (https://example.org/)"
    signed_in = wbi_login.Login(*BOT)
    yield signed_in
    signed_in.session.close()
    wbi_helpers.default_session.close()
    wbi_helpers.helpers_session.close()
    config.clear()
    config.update(before)


def test_it_creates_reads_edits_and_searches(login: Any, bot: Client) -> None:
    from wikibaseintegrator import WikibaseIntegrator, datatypes, wbi_helpers

    bot.new_property("string", "inventory number")
    bot.new_property("time", "inception")
    bot.new_property("wikibase-item", "instance of")
    museum = bot.new_item("museum", "kind of institution")
    integrator = WikibaseIntegrator(login=login, is_bot=True)

    item = integrator.item.new()
    item.labels.set("en", "Example Museum")
    item.descriptions.set("en", "museum in Exampletown")
    item.aliases.set("en", ["EMA"])
    reference = [[datatypes.String(prop_nr="P1", value="catalogue")]]
    item.claims.add(datatypes.Item(prop_nr="P3", value=museum, references=reference))
    item.claims.add(datatypes.Time(prop_nr="P2", time="+1901-00-00T00:00:00Z", precision=9))
    made = item.write(summary="a first item")
    assert made.id == "Q2"

    again = integrator.item.get("Q2")
    assert again.labels.get("en").value == "Example Museum"
    assert again.claims.get("P2")[0].mainsnak.datavalue["value"]["precision"] == 9
    assert again.lastrevid == bot.entity("Q2")["lastrevid"]

    again.labels.set("en", "Example Museum of Art")
    again.write(summary="renamed")
    assert wbi_helpers.search_entities("Example Museum of") == ["Q2"]
    rows = wbi_helpers.execute_sparql_query("SELECT ?i WHERE { ?i wdt:P3 wd:Q1 }")
    assert rows["results"]["bindings"][0]["i"]["value"].endswith("/Q2")

    history = bot.get(action="query", prop="revisions", titles="Q2", rvlimit="5", rvprop="comment")
    comments = [one["comment"] for one in history["query"]["pages"][0]["revisions"]]
    assert [comment.partition("*/ ")[2] for comment in comments] == ["renamed", "a first item"]


def test_what_it_writes_back_unchanged_is_no_edit(login: Any, bot: Client) -> None:
    from wikibaseintegrator import WikibaseIntegrator

    code = bot.new_property("string", "code")
    snak = {"snaktype": "value", "property": code}
    snak["datavalue"] = {"value": "x", "type": "string"}  # type: ignore[assignment]  # JSON
    bot.new_item("thing", claims=[{"mainsnak": snak, "type": "statement", "rank": "preferred"}])
    before = bot.entity("Q1")
    item = WikibaseIntegrator(login=login, is_bot=True).item.get("Q1")
    item.write()
    assert bot.entity("Q1") == before


def test_refusals_reach_it_as_its_own_errors(login: Any, bot: Client) -> None:
    from wikibaseintegrator import WikibaseIntegrator
    from wikibaseintegrator.wbi_exceptions import ModificationFailed, NonExistentEntityError

    bot.new_item("museum", "kind of institution")
    integrator = WikibaseIntegrator(login=login, is_bot=True)
    item = integrator.item.new()
    item.labels.set("en", "museum")
    item.descriptions.set("en", "kind of institution")
    with pytest.raises(ModificationFailed) as refused:
        item.write()
    assert refused.value.get_conflicting_entity_ids == ["Q1"]
    item.id = "Q424242"
    with pytest.raises(NonExistentEntityError):
        item.write()


def test_a_wrong_password_is_a_login_error(sandbox: SandboxServer, login: Any) -> None:
    from wikibaseintegrator.wbi_login import Login, LoginError

    with pytest.raises(LoginError):
        Login(BOT[0], "wrong")


def test_items_are_merged(login: Any, bot: Client) -> None:
    from wikibaseintegrator.wbi_helpers import merge_items

    first, second = bot.new_item("one thing"), bot.new_item("the same thing")
    merge_items(from_id=first, to_id=second, login=login, is_bot=True)
    assert bot.entity(first)["redirects"] == {"from": first, "to": second}
    assert bot.entity(second)["aliases"]["en"][0]["value"] == "one thing"


def test_a_client_for_its_owner_alone_signs_in(
    login: Any, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wikibaseintegrator import WikibaseIntegrator, wbi_login

    # oauthlib wants https, which a sandbox on this machine does not speak.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    sandbox.wiki.clients["a client"] = ("s3cret", "KgBot")
    rest = f"{sandbox.address}/w/rest.php"
    with pytest.raises(wbi_login.LoginError):
        wbi_login.OAuth2("a client", "wrong", mediawiki_rest_url=rest)
    owner = wbi_login.OAuth2("a client", "s3cret", mediawiki_rest_url=rest)
    item = WikibaseIntegrator(login=owner, is_bot=True).item.new()
    item.labels.set("en", "made by the owner's client")
    made = item.write()
    owner.session.close()
    page = sandbox.wiki.store.page(made.id)
    assert page
    assert sandbox.wiki.store.latest(page).user == "KgBot"
