"""Requests: where they may go, when they wait too long, what of them is public."""

from __future__ import annotations

import datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kgtool.partners import STATES, Request, RequestCheck, RequestEvent, moves_from, overdue
from kgtool.partners.request import PUBLISHABLE, published_view, state_at
from kgtool.partners.wikitext import Entry, address, board_wikitext, item, plain

NOW = datetime.datetime(2026, 10, 31, tzinfo=datetime.UTC)
REQUEST = Request("Plates", "negatives", NOW, NOW, id=1)


def test_every_state_can_be_reached_and_left() -> None:
    reached = {to for state in STATES for to in moves_from(state)}
    assert reached >= set(STATES) - {"new"}
    assert all(moves_from(state) for state in STATES)
    assert all(set(moves_from(state)) <= set(STATES) for state in STATES)


def test_what_waits_too_long() -> None:
    def waiting(state: str, days: int) -> int:
        moved = NOW - datetime.timedelta(days=days)
        return overdue(Request("x", "y", moved, moved, state=state), NOW)

    assert waiting("new", 7) == 0
    assert waiting("new", 10) == 3
    assert waiting("done", 1000) == 0


@given(st.sets(st.sampled_from(PUBLISHABLE)))
def test_nothing_that_was_not_published_is_seen(fields: set[str]) -> None:
    secret = Request(
        "Plates",
        "secret",
        NOW,
        NOW,
        material="secret",
        outcome="secret",
        justification="secret",
        community="secret",
        links=["https://secret.org"],
        advice="secret",
        result="secret",
        assigned="never",
        author="never",
        contact="never",
        published=frozenset(fields | {"listed"}),
        events=[RequestEvent(NOW, "never", "commented", "never")],
        checks=[RequestCheck("risk", "concern", "never")],
    )
    seen = published_view(secret)
    assert seen is not None
    assert "never" not in repr(seen)
    for field in PUBLISHABLE:
        if field not in ("listed", "partner", "priority"):
            assert ("secret" in str(getattr(seen, field))) == (field in fields)


def test_what_is_not_listed_is_not_there() -> None:
    assert published_view(REQUEST) is None


@given(st.text())
def test_no_text_is_wikitext(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    for mark in ("[[", "{{", "''", "<", "~~~", "__", "|", "http&"):
        assert mark not in shown or mark == "http&"


def test_an_agenda_in_wikitext() -> None:
    one = Request("{{Delete}}", "a\n== b ==", NOW, NOW, state="agenda", country="Q34")
    entry = Entry(one.title, [item("Q34", "Sweden")], [plain(one.description)], [("a", "b")])
    lines = board_wikitext({"New": [], "On the agenda": [entry]}).splitlines()
    assert lines[0] == "== On the agenda =="
    assert lines[2].endswith("''' [[d:Q34|Sweden]]") and "{{" not in lines[2]
    assert lines[3] == "*: a &#61;&#61; b &#61;&#61;" and lines[4] == "*: ''a:'' b"


@given(st.text())
def test_no_address_is_wikitext(text: str) -> None:
    shown = address(f"https://example.org/{text}")
    for mark in ("[", "]", "{{", "''", "<", "~~~", "__", "|", " ", "\n"):
        assert mark not in shown


def test_the_state_at_a_time() -> None:
    day = datetime.timedelta(days=1)
    moves = [("new", 0), ("agenda", 2), ("approved: rare", 4)]
    events = [RequestEvent(NOW + n * day, "x", "moved", text) for text, n in moves]
    one = Request("x", "y", NOW, NOW, events=[*events, RequestEvent(NOW + day, "x", "joined")])
    assert [state_at(one, NOW + n * day) for n in range(6)] == [
        *("", "new", "new", "agenda", "agenda", "approved"),
    ]


def test_a_comment_waits_for_a_reply() -> None:
    asked = NOW - datetime.timedelta(days=10)
    events = [RequestEvent(asked, "ann", "commented", "and?")]
    one = Request("x", "y", NOW, NOW, state="in-progress", events=events)
    assert overdue(one, NOW) == 3
    assert overdue(msgspec.structs.replace(one, replied=True), NOW) == 0
