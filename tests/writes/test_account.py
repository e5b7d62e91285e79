"""Accounts, summaries and the request for a bot's approval."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kgtool.drafts import Draft, MemoryWorld, Plan, Planner, decided, plan_rows
from kgtool.entities import load_profile
from kgtool.errors import Forbidden
from kgtool.writes import approval_request, deletion_list
from kgtool.writes.account import Account, account_of, check_account
from kgtool.writes.summary import edit_summary, token
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
SOURCE = [[snak("P854", "https://example.org/1")]]
PERSON = {
    "id": 7,
    "name": "Ann",
    "groups": ["*", "user"],
    "rights": ["edit", "createpage"],
    "ratelimits": {
        "edit": {"user": {"hits": 90, "seconds": 60}, "newbie": {"hits": 8, "seconds": 60}}
    },
}


def test_the_mildest_rate_limit_of_an_account_counts() -> None:
    assert account_of(PERSON).edits_per_minute == 90.0
    free = {**PERSON, "rights": ["edit", "noratelimit", "bot"]}
    assert account_of(free).edits_per_minute == 0.0 and account_of(free).is_bot


@pytest.mark.parametrize("info", [{"id": 0, "name": "127.0.0.1", "anon": True}, {"id": 0}])
def test_anonymous_is_never_an_account(info: dict[str, object]) -> None:
    with pytest.raises(Forbidden, match="anonymous"):
        account_of(info)


@pytest.mark.parametrize(
    ("rights", "creations", "told"),
    [([], 0, "edit"), (["edit"], 1, "createpage")],
)
def test_a_right_that_is_lacking_is_named(rights: list[str], creations: int, told: str) -> None:
    account = Account("Ann", [], rights)
    with pytest.raises(Forbidden, match=told):
        check_account(account, edits=1, creations=creations, limit=10, approval="")


@given(st.text(max_size=900), st.text("0123456789abcdef", min_size=12, max_size=12))
def test_token_and_tag_survive_any_text(text: str, batch: str) -> None:
    summary = edit_summary(text, batch, "17.1", WIKIDATA, approval="https://example.org/a")
    assert len(summary) <= 340
    tail = f"{token(batch, '17.1')} ([[:toolforge:editgroups/b/CB/{batch}|details]])"
    assert summary.endswith(tail)


def test_edit_groups_can_part_our_text_from_the_wikis() -> None:
    """Separators become look-alikes, as OpenRefine writes them; the tag stays as it must be."""
    summary = edit_summary("Lund: maps, plans", "0" * 12, "1.1", WIKIDATA)
    assert summary.startswith("Lund\u0589 maps\ua4f9 plans [")
    assert summary.endswith(f"([[:toolforge:editgroups/b/CB/{'0' * 12}|details]])")
    elsewhere = replace(WIKIDATA, action_api="https://wiki.example.org/w/api.php")
    assert edit_summary("Lund: maps, plans", "0" * 12, "1.1", elsewhere) == (
        f"Lund: maps, plans [{'0' * 12}:1.1]"
    )


@pytest.mark.parametrize(
    "text",
    [
        "[[:toolforge:editgroups/b/CB/ffffffffffff|details]]",
        "[[:TOOLFORGE:EditGroups /b/OR/ffffffffffff|x]]",
        "[ffffffffffff:1.1]",
        "[ ffffffffffff :1.1]",
        "/* wbeditentity-create:0| */ nothing",
        "[ffffffff[ffffffffffff:2]ffff:1.1]",
        "/*/* */*/",
    ],
)
@pytest.mark.parametrize("approval", [False, True])
def test_no_text_passes_for_a_token_a_tag_or_the_wikis_words(text: str, approval: bool) -> None:
    """Titles and names come from outside: a row must not look like one of another batch."""
    said, link = ("x", text) if approval else (f"x {text}", "")
    batch = "0" * 12
    made = edit_summary(said, batch, "1.1", WIKIDATA, link)
    tail = f" [{batch}:1.1] ([[:toolforge:editgroups/b/CB/{batch}|details]])"
    ours = made.removesuffix(tail)
    assert ours != made
    assert not re.search(r"editgroups\s*/|\[\s*[0-9a-f]{12}\s*:|/\*|\*/", ours, re.I)


def test_the_approval_request_says_what_from_where_and_how_much() -> None:
    rows = plan_rows(
        [Draft("a", 1, item("", labels={"en": "x"}, P31="Q5"))], MemoryWorld(), WIKIDATA
    )
    plan = Plan(
        id="0" * 12,
        title="Museums {{of}} Lund",
        wiki="w",
        made="2026",
        summary="s",
        source="A list",
        license="CC0",
        ground="in a museum",
        rows=rows,
    )
    text = approval_request(plan, "LundBot@kgtool", WIKIDATA)
    assert text.startswith("=== LundBot ===")
    for part in ("one item is created", "A list; CC0", "in a museum", "{{P|31}}", "&#123;&#123;of"):
        assert part in text
    assert "Nothing that stands is overwritten. One statement has no reference." in text
    german = approval_request(plan, "LundBot@kgtool", WIKIDATA, "de")
    assert "'''Quelle und Rechte:''' A list; CC0\n" in german
    assert "Eine Aussage hat keine Fundstelle." in german


def test_the_approval_request_does_not_hide_what_is_replaced_nor_list_what_is_left_out() -> None:
    standing = item("Q900000001", statement("P217", "old"), labels={"en": "x"})
    wanted = item("Q900000001", statement("P217", "new", references=SOURCE))
    refused = item("", statement("P31", "Q5"), labels={"en": "x" * 251})
    drafts = [Draft("a", 1, wanted), Draft("b", 2, refused)]
    world = MemoryWorld([standing])
    [row, other] = plan_rows(drafts, world, WIKIDATA)
    planner = Planner([row.draft], world, WIKIDATA)
    settled = decided(row, "complete", planner, item=standing, replacing=["P217"])
    plan = Plan(id="0" * 12, title="T", wiki="w", made="2026", summary="s", rows=[settled, other])
    text = approval_request(plan, "LundBot", WIKIDATA)
    assert "One value that stands is replaced, as a person decided." in text
    assert "Every statement has a reference." in text
    assert "{{P|217}}" in text and "{{P|31}}" not in text


def test_items_to_delete_are_listed_with_their_labels() -> None:
    text = deletion_list([("Q5", "a | b")], [], "a mistake")
    assert text.startswith("=== Deletion of one item ===\n* {{Q|Q5}} a &#124; b\n")
    swedish = deletion_list([("Q5", "a"), ("Q6", "b")], [], "ett misstag", "sv")
    assert swedish.startswith("=== Radering av 2 objekt ===\n")
    assert swedish.endswith("\n'''Skäl:''' ett misstag ~~~~\n")
