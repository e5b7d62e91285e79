"""Every recorded exchange with a real Wikibase, played against the sandbox.

Compared are status, headers, error codes, names of messages and the shape of the answer. What the
recorded wiki had done to it between two exchanges is done in :data:`SET_UP`. Where the sandbox
differs on purpose, :data:`DIFFERS` says why.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from pyoxigraph import RdfFormat, parse

from kgtool.api.sandbox.records import Author
from kgtool.api.sandbox.rules import Limit, Rules
from kgtool.api.sandbox.server import SandboxServer
from kgtool.entities import load_profile

from .recorded import Exchange, Player, differences, exchanges, shape

PASSWORD = "REDACTED-PASSWORD"

# Who a recorded token belongs to, by its first digits; any other is the bot's.
TOKENS = {
    "9cc589a0": "KgStaff@kgtool",
    "81672f62": "KgStaff@kgtool",
    "9608edeb": "KgBot@reader",
    "98caa205": "KgBlocked@kgtool",
}

# Headers that say nothing of the wiki's behaviour.
IGNORED_HEADERS = {
    "host": "sent back by PHP's own server only",
    "date": "differs by nature",
    "connection": "of the transport",
    "content-length": "of the transport",
    "transfer-encoding": "of the transport",
    "server": "names the server program",
    "x-powered-by": "names PHP",
    "x-request-id": "of MediaWiki's own logs",
    "set-cookie": "session cookies are compared by signing in; the others pin a database replica",
    "status": "PHP's second way to say 304",
}

RDF = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
}

# exchange (a pattern) → (where, why). The sandbox differs there, and may.
DIFFERS: dict[str, list[tuple[str, str]]] = {
    r".*": [
        (r"/error/docref|/docref", "our own words"),
        (r"/error/messages/\d+/html", "our own words, as text rather than marked up"),
    ],
    r"04-userinfo-rights": [
        (r"/query/userinfo/ratelimits/.*", "only the limits that the sandbox applies are listed"),
    ],
}


class World:
    """The sandbox that the recordings are played to, and what is done to it between them."""

    def __init__(self, server: SandboxServer, admin_password: str) -> None:
        self.server = server
        self.wiki = server.wiki
        accounts = self.wiki.accounts
        accounts.add("Admin", admin_password, groups=("sysop",))
        for name, groups in (("KgBot", ("bot",)), ("KgStaff", ()), ("KgBlocked", ())):
            accounts.add(name, groups=groups)
            accounts.add_bot_password(name, "kgtool", PASSWORD)
        accounts.add_bot_password("KgBot", "reader", PASSWORD, grants=("highvolume",))
        self._signed_in: dict[str, tuple[httpx2.Client, str]] = {}
        self.player = Player(server.address, self.sign_in)

    def sign_in(self, account: str) -> tuple[httpx2.Client, str]:
        """A signed-in client and its csrf token."""
        if account not in self._signed_in:
            client = self.player.new_client()
            client.base_url = self.server.address
            ask = {"action": "query", "meta": "tokens", "format": "json", "formatversion": "2"}
            token = client.get("/w/api.php", params={**ask, "type": "login"}).json()
            login = {"action": "login", "lgname": account, "lgpassword": PASSWORD}
            login["lgtoken"] = token["query"]["tokens"]["logintoken"]
            said = client.post("/w/api.php", data={**login, "format": "json"}).json()
            assert said["login"]["result"] == "Success", said
            csrf = client.get("/w/api.php", params=ask).json()["query"]["tokens"]["csrftoken"]
            self._signed_in[account] = client, csrf
        return self._signed_in[account]

    def edit(self, account: str = "KgBot@kgtool", **parameters: str) -> dict[str, Any]:
        """An edit that was not recorded."""
        client, token = self.sign_in(account)
        form = {"action": "wbeditentity", "format": "json", "formatversion": "2", "token": token}
        answer: dict[str, Any] = client.post("/w/api.php", data={**form, **parameters}).json()
        assert "error" not in answer, answer
        return answer

    def label(self, id: str, text: str) -> int:
        """Set the English label; gives the revision."""
        data = {"labels": {"en": {"language": "en", "value": text}}}
        made = self.edit(id=id, data=json.dumps(data))
        return int(made["entity"]["lastrevid"])

    def describe(self, id: str, text: str) -> None:
        """Set the English description."""
        data = {"descriptions": {"en": {"language": "en", "value": text}}}
        self.edit(id=id, data=json.dumps(data))

    def item(self, label: str, description: str = "", number: int = 0) -> str:
        """Make an item, with this number if one is given."""
        if number:
            self.wiki.store.set_counter("item", number - 1)
        data: dict[str, Any] = {"labels": {"en": {"language": "en", "value": label}}}
        if description:
            data["descriptions"] = {"en": {"language": "en", "value": description}}
        made = self.edit(new="item", data=json.dumps(data))
        return str(made["entity"]["id"])

    def limit(self, **limits: Limit | None) -> None:
        """Set rate limits."""
        self.wiki.edits.limits.rules = dataclasses.replace(self.wiki.rules, **limits)
        self.wiki.edits.limits.forget()

    def next_item(self, number: int) -> None:
        """Let the next item have a number."""
        self.wiki.store.set_counter("item", number - 1)


def _other_claim(world: World) -> None:
    """Somebody else changes the statement that the next exchange changes."""
    page = world.wiki.store.page("Q4")
    assert page
    claim = world.wiki.store.latest(page).entity["claims"]["P3"][0]
    claim["mainsnak"]["datavalue"]["value"] = "XX-STAFF"
    world.edit("KgStaff@kgtool", id="Q4", data=json.dumps({"claims": [claim]}))


def _deleted(world: World) -> None:
    world.wiki.store.protect("Q1", on=False)
    world.item("to be deleted", number=33)
    page = world.wiki.store.page("Q33")
    assert page
    world.wiki.store.delete(page, Author(1, "Admin"))


def _paging(world: World) -> None:
    world.limit()
    world.wiki.store.set_counter("item", 42)
    for number in range(25):
        world.item(f"paging museum {number:02}", f"page test {number:02}")


def _undo_with_later_edit(world: World) -> None:
    world.player.revisions["146"] = str(world.label("Q135", "Recovery museum wrong again"))
    world.describe("Q135", "rec 1, better")


def _undo_conflict(world: World) -> None:
    world.player.revisions["149"] = str(world.label("Q135", "Recovery museum wrong thrice"))
    world.label("Q135", "Recovery museum of somebody else")


def _set(**values: Any) -> Callable[[World], None]:
    def change(world: World) -> None:
        for name, value in values.items():
            setattr(world.wiki, name, value)

    return change


def _people(world: World) -> None:
    world.item("person")
    world.item("metre")


def _blocked(world: World) -> None:
    world.wiki.accounts.block("KgBlocked", by="Admin", reason="test block", seconds=86400)


def _to_merge(world: World) -> None:
    world.item("m", "x2", 34)
    world.item("m2", "y2", 35)


def _to_redirect(world: World) -> None:
    world.item("redirect source", "one", 36)
    world.item("redirect target", "two", 37)


def _no_edits_left(world: World) -> None:
    world.wiki.read_only = ""
    world.limit(edits=Limit(0))


def _no_creations_left(world: World) -> None:
    world.limit(edits=None, creations=Limit(0))


def _changed_by_staff(world: World) -> None:
    data = {"descriptions": {"en": {"language": "en", "value": "changed by staff"}}}
    made = world.edit("KgStaff@kgtool", id="Q187", data=json.dumps(data))
    world.player.revisions["181"] = str(made["entity"]["lastrevid"])


def _no_limits(world: World) -> None:
    world.limit(creations=None)
    world.next_item(134)


SET_UP: dict[str, Callable[[World], None]] = {
    "11-create-item-full": _people,
    "14j-conflict-same-claim": _other_claim,
    "20b-maxlag-5-queryservice-lag": _set(lag=7.4),
    "20e-maxlag-minus2": _set(lag=0.0),
    "27a-blocked-user": _blocked,
    "27c-protected-item": lambda world: world.wiki.store.protect("Q1"),
    "28a-wbgetentities-deleted": _deleted,
    "28c-wbmergeitems": _to_merge,
    "28g-wbmergeitems-descr-conflict": _to_redirect,
    "28h-wbmergeitems-clean": lambda world: world.describe("Q36", ""),
    "29a-readonly-write": _set(read_only="Database maintenance for the test"),
    "30a-ratelimit-edit-0": _no_edits_left,
    "31a-wbsearchentities-page1": _paging,
    "41a-rest-create": lambda world: world.next_item(187),
    "41b-rest-put-statement-stale-etag": _changed_by_staff,
    "41f-rest-readonly": _set(read_only="Database maintenance for the test"),
    "41g-rest-ratelimited": _no_edits_left,
    "41h-rest-idgenerator-limited": _no_creations_left,
    "50a-new-item-with-own-id": _no_limits,
    "51a-create-with-editgroups-token": lambda world: world.next_item(135),
    "52c-undo-with-later-edit": _undo_with_later_edit,
    "52d-undo-conflict": _undo_conflict,
}


@pytest.fixture
def recorded(shared: Path) -> list[Exchange]:
    return list(exchanges(shared / "wikibase" / "exchanges.jsonl"))


@pytest.fixture
def world(tmp_path: Path, recorded: list[Exchange]) -> Iterator[World]:
    rules = Rules(
        absent_files=frozenset({"Missing file.jpg"}),
        absent_pages=frozenset({"No such page here", "No such page"}),
        edits=Limit(100_000),
        creations=Limit(100_000),
    )
    base = "http://127.0.0.1:8181/"
    like = msgspec.structs.replace(load_profile("wikidata"), concept_base=base)
    admin = next(e for e in recorded if e.name == "27-clientlogin-admin").form["password"]
    with SandboxServer(tmp_path / "wiki", like=like, rules=rules) as server:
        world = World(server, admin)
        yield world
        world.player.close()


def test_every_recorded_exchange_comes_out_the_same(world: World, recorded: list[Exchange]) -> None:
    found: list[str] = []
    for exchange in recorded:
        prepare = SET_UP.get(exchange.name)
        if prepare:
            prepare(world)
        if exchange.name == "27-clientlogin-admin":
            world.player.begin_login(exchange)
        response = world.player.play(exchange, _account(exchange))
        for difference in _differences(exchange, response):
            if not _reason(exchange.name, difference):
                found.append(f"{exchange.name} {difference}")
    assert not found, "\n".join(found)
    assert len(recorded) == 171


def test_every_listed_difference_is_still_one(recorded: list[Exchange]) -> None:
    names = [exchange.name for exchange in recorded]
    for pattern in DIFFERS:
        assert any(re.fullmatch(pattern, name) for name in names), pattern
    assert set(SET_UP) <= set(names)


def _account(exchange: Exchange) -> str:
    """Who sends a recorded request."""
    token = exchange.form.get("token", "")
    if token.endswith("+\\") and token not in ("+\\", "deadbeef+\\"):
        return TOKENS.get(token[:8], "KgBot@kgtool")
    if exchange.header("x-authenticated-user"):
        return f"{exchange.header('x-authenticated-user')}@kgtool"
    signs_in = exchange.name.startswith(("01-", "02-", "03-", "27-"))
    return "" if signs_in or not exchange.cookie() else "KgBot@kgtool"


def _differences(exchange: Exchange, response: httpx2.Response) -> Iterator[str]:
    if response.status_code != exchange.status:
        yield f"status: {exchange.status} became {response.status_code} {response.text[:200]}"
        return
    recorded = {key.lower(): value for key, value in exchange.answer_headers}
    ours = {key.lower(): value for key, value in response.headers.items()}
    for name in sorted((recorded.keys() | ours.keys()) - IGNORED_HEADERS.keys()):
        if name not in ours:
            yield f"header {name}: missing"
        elif name not in recorded:
            yield f"header {name}: not recorded"
    for name in ("mediawiki-api-error", "retry-after", "x-database-lag", "content-type", "vary"):
        if recorded.get(name, "").lower() != ours.get(name, "").lower():
            yield f"header {name}: {recorded.get(name)} became {ours.get(name)}"
    media = recorded.get("content-type", "").partition(";")[0]
    if media in RDF and exchange.answer:
        yield from _triples(exchange.answer, response.text, RDF[media])
    if media != "application/json":
        return
    theirs, mine = json.loads(exchange.answer), response.json()
    yield from differences(shape(theirs), shape(mine))
    if isinstance(theirs, dict):
        yield from _codes(theirs, mine)


def _triples(recorded: str, ours: str, form: RdfFormat) -> Iterator[str]:
    # What Wikibase writes as names of blank nodes into RDF/XML are none to a strict parser.
    recorded = recorded.replace('rdf:nodeID="', 'rdf:nodeID="b')
    counts = [Counter(t.predicate.value for t in parse(text, form)) for text in (recorded, ours)]
    for predicate in sorted(counts[0].keys() | counts[1].keys()):
        if counts[0][predicate] != counts[1][predicate]:
            yield f"{predicate}: {counts[0][predicate]} became {counts[1][predicate]}"


def _codes(theirs: dict[str, Any], mine: dict[str, Any]) -> Iterator[str]:
    for path in (("error", "code"), ("code",), ("login", "result"), ("context", "violation")):
        one, other = _at(theirs, path), _at(mine, path)
        if one != other:
            yield f"/{'/'.join(path)}: {one} became {other}"
    names = [[m["name"] for m in _at(body, ("error", "messages")) or []] for body in (theirs, mine)]
    if names[0] != names[1]:
        yield f"/error/messages: {names[0]} became {names[1]}"


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def _reason(name: str, difference: str) -> str:
    where = difference.partition(":")[0]
    for pattern, places in DIFFERS.items():
        if re.fullmatch(pattern, name):
            for place, why in places:
                if re.fullmatch(place, where):
                    return why
    return ""
