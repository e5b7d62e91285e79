"""Pages with wikitext on the sandbox, as MediaWiki keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from kgtool.api.sandbox.actions.wikitext import merged
from kgtool.api.sandbox.server import SandboxServer

from .client import Client
from .running import BOT

PAGE = "User:KgBot/Report"


@pytest.fixture
def ann(sandbox: SandboxServer) -> Iterator[Client]:
    sandbox.wiki.accounts.add("Ann")
    sandbox.wiki.accounts.add_bot_password("Ann", "web", BOT[1])
    with Client(sandbox.address, "Ann@web", BOT[1]) as client:
        yield client


def text_of(client: Client, title: str = PAGE) -> str:
    answer = client.get(
        action="query", prop="revisions", titles=title, rvprop="content|ids", rvslots="main"
    )
    main = answer["query"]["pages"][0]["revisions"][0]["slots"]["main"]
    assert main["contentmodel"] == "wikitext"
    return str(main["content"])


def test_a_page_is_made_read_and_changed(bot: Client, sandbox: SandboxServer) -> None:
    made = bot.post(action="edit", title="user:kgBot/Report", text="one\r\ntwo  \n\n", summary="s")
    edit = made["edit"]
    assert (edit["result"], edit["title"], edit["new"], edit["oldrevid"]) == (
        *("Success", PAGE, True),
        0,
    )
    assert text_of(bot) == "one\ntwo"
    again = bot.post(action="edit", title=PAGE, text="one\ntwo")
    assert again["edit"]["nochange"] is True and "newrevid" not in again["edit"]
    bot.post(action="edit", title=PAGE, appendtext="\nthree")
    assert text_of(bot, "User:KgBot/Report".replace(" ", "_")) == "one\ntwo\nthree"
    changes = bot.get(action="query", list="recentchanges", rcprop="title|user|flags")
    assert changes["query"]["recentchanges"][0]["title"] == PAGE
    assert bot.http.get(f"/wiki/{PAGE}").text == "one\ntwo\nthree"
    # Entities and their graph do not notice.
    assert bot.new_item("still works").startswith("Q")
    assert sandbox.wiki.graph.query("ASK { ?s ?p ?o }")


def test_titles_are_normalised(bot: Client) -> None:
    bot.post(action="edit", title="Wikidata:gLAM_page", text="x")
    answer = bot.get(action="query", prop="info", titles="wikidata:gLAM_page")["query"]
    assert answer["normalized"] == [
        {"fromencoded": False, "from": "wikidata:gLAM_page", "to": "Project:GLAM page"}
    ]
    assert answer["pages"][0]["contentmodel"] == "wikitext"
    missing = bot.get(action="query", prop="info", titles="User:Nobody/x")["query"]["pages"][0]
    assert missing == {"ns": 2, "title": "User:Nobody/x", "missing": True}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"title": PAGE}, "missingparam"),
        ({"title": PAGE, "text": "x", "createonly": "1"}, "articleexists"),
        ({"title": "User:KgBot/None", "text": "x", "nocreate": "1"}, "missingtitle"),
        ({"title": PAGE, "text": "x", "md5": "0" * 32}, "badmd5"),
        ({"title": PAGE, "text": "x", "baserevid": "999999"}, "nosuchrevid"),
        ({"title": PAGE, "text": "x", "basetimestamp": "now"}, "badtimestamp"),
        ({"title": "Q1", "text": "x"}, "no-direct-editing"),
        ({"title": PAGE, "text": "x", "assertuser": "Ann"}, "assertnameduserfailed"),
    ],
)
def test_refusals(bot: Client, parameters: dict[str, str], code: str) -> None:
    bot.new_item("an item")
    bot.post(action="edit", title=PAGE, text="there")
    assert bot.post(action="edit", **parameters)["error"]["code"] == code
    assert text_of(bot) == "there"


def test_conflicts(bot: Client, ann: Client) -> None:
    first = bot.post(action="edit", title=PAGE, text="a\nb\nc\nd\ne")["edit"]["newrevid"]
    ann.post(action="edit", title=PAGE, text="a\nb\nc\nd\nE")
    base = {"baserevid": str(first)}
    apart = bot.post(action="edit", title=PAGE, text="A\nb\nc\nd\ne", **base)
    assert apart["edit"]["result"] == "Success"
    assert text_of(bot) == "A\nb\nc\nd\nE"
    same = bot.post(action="edit", title=PAGE, text="a\nb\nc\nd\nmine", **base)
    assert same["error"]["code"] == "editconflict"
    md5 = hashlib.md5(b"whole", usedforsecurity=False).hexdigest()
    own = bot.post(action="edit", title=PAGE, text="whole", md5=md5)["edit"]["newrevid"]
    bot.post(action="edit", title=PAGE, text="next")
    mine = bot.post(action="edit", title=PAGE, text="over my own", baserevid=str(own))
    assert mine["edit"]["result"] == "Success"


def test_blocked_protected_and_too_fast(bot: Client, ann: Client, sandbox: SandboxServer) -> None:
    bot.post(action="edit", title=PAGE, text="x")
    sandbox.wiki.store.protect(PAGE)
    assert ann.post(action="edit", title=PAGE, text="y")["error"]["code"] == "protectedpage"
    sandbox.wiki.accounts.block("Ann", by="Admin", reason="test", seconds=60)
    answer = ann.post(action="edit", title="User:Ann/x", text="y")
    assert answer["error"]["code"] == "blocked"


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "made"),
    [
        ("a\nb\nc", "a\nb\nC", "A\nb\nc", "A\nb\nC"),
        ("a\nb\nc", "a\nX\nc", "a\nY\nc", None),
        ("a\nb\nc", "a\nX\nc", "a\nX\nc", "a\nX\nc"),
        ("a\nb\nc\nd", "a\nb\nc\nd\ne", "z\na\nb\nc\nd", "z\na\nb\nc\nd\ne"),
        ("a", "a", "b", "b"),
    ],
)
def test_three_texts(base: str, theirs: str, ours: str, made: str | None) -> None:
    assert merged(base, theirs, ours) == made
