"""Which gaps opened and closed, and that every recorded state can be rebuilt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kgtool.coverage.trends import Missing, Move, changed, moves, moves_kept, rebuilt, span
from kgtool.entities import to_json
from kgtool.service.history import History
from kgtool.settings import Settings
from kgtool.store import HistoryStore
from kgtool.wiring import build
from tests.builders import item

numbers = st.lists(st.integers(1, 50), unique=True).map(sorted)
states = st.builds(
    lambda items, image, creator: Missing(
        items, {"P18": [n for n in image if n in items], "P170": [n for n in creator if n in items]}
    ),
    numbers,
    numbers,
    numbers,
)


@given(st.lists(states, max_size=6))
def test_states_are_rebuilt_from_their_differences(told: list[Missing]) -> None:
    before: Missing | None = None
    again: Missing | None = None
    for state in told:
        again = rebuilt(again, changed(before, state))
        assert again == state
        before = state


@given(states, states)
def test_what_moved_accounts_for_every_gap(before: Missing, after: Missing) -> None:
    moved = moves(before, after)
    for measure in ("P18", "P170"):
        move = moved.get(measure, Move())
        was, now = set(before.by_measure[measure]), set(after.by_measure[measure])
        assert (was | set(move.opened)) - set(move.closed) - set(move.left) == now
        assert not set(move.left) & set(after.items)
        assert set(move.closed) <= set(after.items)


@given(states, states)
def test_what_is_kept_tells_what_moved(before: Missing, after: Missing) -> None:
    kept = changed(before, after)
    assert moves_kept(kept, ["P18", "P170"]) == moves(before, after)


@given(st.lists(states, min_size=1, max_size=5))
def test_a_span_is_what_moved_between_its_ends(told: list[Missing]) -> None:
    before, steps = None, []
    for state in told:
        steps.append((changed(before, state), len(state.items)))
        before = state
    began, ended = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    found = span(steps, began, ended)
    assert found.moved == moves(told[0], told[-1])
    assert found.arrived == sorted(set(told[-1].items) - set(told[0].items))
    assert found.items == len(told[-1].items)


def test_a_closed_gap_and_a_new_item_show_in_the_history(tmp_path: Path) -> None:
    tool = build(Settings(home=tmp_path))
    now = datetime(2026, 10, 1, tzinfo=UTC)
    history = History(tool.coverage, HistoryStore(tool.database), dict, lambda: now)
    museum = item("Q190804", P31="Q33506", labels={"en": "Rijksmuseum"})
    bare = item("Q1001", P31="Q3305213", P195="Q190804", labels={"en": "A"})
    tool.loading.load([(1, to_json(museum)), (2, to_json(bare))])
    assert history.record("Q190804")
    assert not history.record("Q190804")  # once a day
    pictured = item("Q1001", P31="Q3305213", P195="Q190804", P18="A.jpg", labels={"en": "A"})
    tool.loading.apply([pictured, item("Q1002", P31="Q3305213", P195="Q190804")])
    now += timedelta(days=1)
    assert history.record("Q190804")
    first, second = history.steps("Q190804")
    assert (first.items, first.missing["P18"]) == (1, 1)
    assert (second.items, second.missing["P18"], second.arrived) == (2, 1, [1002])
    assert second.moves["P18"] == Move(opened=[1002], closed=[1001])
    assert history.steps("Q190804", now.date()) == [second]
    tool.close()
