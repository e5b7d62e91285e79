"""Requests: where they may go, when they wait too long, what of them is public."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from kgtool.partners import STATES, Request, RequestCheck, RequestEvent, moves_from, overdue
from kgtool.partners.request import PUBLISHABLE, published_view
from kgtool.partners.wikitext import board_wikitext, plain

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
    text = board_wikitext({"new": [], "agenda": [one]}, {"new": "New", "agenda": "On the agenda"})
    assert text.splitlines()[0] == "== On the agenda =="
    assert "[[d:Q34]]" in text and "{{" not in text
