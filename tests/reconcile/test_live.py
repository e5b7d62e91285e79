"""Where the index is not complete: “none” is said only after asking the wiki."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from kgtool.entities import load_profile
from kgtool.errors import RateLimited, RemoteError
from kgtool.reconcile.live import Search, ask, completed, weak
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.query import Answer, Failure, Query
from kgtool.views.names.index import build_index
from kgtool.views.names.record import NameRecord

from .world import candidates, reconciler


def live(tmp_path: Path, search: Search) -> Callable[[list[Query]], list[Answer]]:
    """All steps of answering one batch of queries."""
    local = reconciler(tmp_path / "local")

    def over(records: Iterable[NameRecord]) -> Reconciler:
        made = build_index(
            tmp_path / "remote", records, local.index.origin, rarity=local.index.rarity
        )
        return Reconciler(made.sharing(local.index), load_profile("wikidata"))

    def match(queries: list[Query]) -> list[Answer]:
        answers = local.match(queries)
        places = weak(answers)
        asked = [queries[place] for place in places]
        found = ask(search, asked, None) if asked else []
        better = completed(asked, [answers[place] for place in places], found, over)
        for place, answer in zip(places, better, strict=True):
            answers[place] = answer
        return answers

    return match


def test_asks_only_where_nothing_local_matches_well(tmp_path: Path) -> None:
    asked: list[str | None] = []

    def search(
        queries: Sequence[Query], deadline: float | None
    ) -> list[list[NameRecord] | Failure]:
        asked.extend(query.name for query in queries)
        return [[NameRecord("Q64", {"en": "Berlin"})] for _ in queries]

    answers = live(tmp_path, search)([Query(name="Rijksmuseum"), Query(name="Berlin")])
    assert asked == ["Berlin"]
    assert candidates(answers[0])[0].id == "Q190804"
    assert candidates(answers[1])[0].id == "Q64"


def test_found_nowhere_is_an_empty_answer(tmp_path: Path) -> None:
    nothing = live(tmp_path, lambda queries, deadline: [[] for _ in queries])
    answers = nothing([Query(name="Qqqq zzz")])
    assert answers == [[]]


def test_a_wiki_that_cannot_be_asked_is_a_failure(tmp_path: Path) -> None:
    def down(queries: Sequence[Query], deadline: float | None) -> list[list[NameRecord] | Failure]:
        raise RemoteError("the wiki answers 500.")

    def busy(queries: Sequence[Query], deadline: float | None) -> list[list[NameRecord] | Failure]:
        raise RateLimited("slow down", retry_after=7)

    (first, second) = live(tmp_path, down)([Query(name="Qqqq"), Query(name="Rijksmuseum")])
    assert isinstance(first, Failure)
    assert "could not be asked" in first.reason
    assert candidates(second)[0].id == "Q190804"
    (limited,) = live(tmp_path / "b", busy)([Query(name="Qqqq")])
    assert isinstance(limited, Failure)
    assert limited.retry_after == 7


def test_a_namesake_on_the_wiki_takes_a_match_back(tmp_path: Path) -> None:
    def search(
        queries: Sequence[Query], deadline: float | None
    ) -> list[list[NameRecord] | Failure]:
        return [[NameRecord("Q77", {"en": "Claude Monet"}, types=["Q5"])] for _ in queries]

    (answer,) = live(tmp_path, search)([Query(name="Claude Mohnette", types=("Q5",))])
    assert not any(candidate.match for candidate in candidates(answer))
