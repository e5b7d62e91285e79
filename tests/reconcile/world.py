"""A small index of real people and institutions that tests share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kgtool.entities import load_profile
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.query import Answer, Candidate, Failure
from kgtool.views.names.index import Index, Origin, build_index
from kgtool.views.names.record import NameRecord

PARENTS = {"Q207694": ["Q33506"], "Q33506": ["Q43229"]}
RECORDS = [
    NameRecord(
        "Q296",
        {"en": "Claude Monet", "mul": "Claude Monet"},
        {"en": ["Oscar-Claude Monet"]},
        {"en": "French painter"},
        types=["Q5"],
        begin=[1840],
        end=[1926],
        ids={"P245": ["500019484"], "P569": ["1840-11-14"]},
    ),
    NameRecord("Q900009001", {"en": "Claude Monet"}, types=["Q5"], begin=[1901], end=[1970]),
    NameRecord("Q501", {"nl": "Charles Baudelaire"}, types=["Q5"], begin=[1821], end=[1867]),
    NameRecord("Q5582", {"en": "Vincent van Gogh"}, types=["Q5"], begin=[1853], end=[1890]),
    NameRecord("Q5598", {"en": "Rembrandt van Rijn"}, {"en": ["Rembrandt"]}, types=["Q5"]),
    NameRecord(
        "Q190804",
        {"en": "Rijksmuseum", "nl": "Rijksmuseum Amsterdam"},
        types=["Q207694"],
        ids={
            "P791": ["NL-AsdRM"],
            "P856": ["https://www.rijksmuseum.nl/"],
            "P131": ["Q727"],
            "P625": ["52.36,4.885"],
        },
        country=["NL"],
    ),
    NameRecord("Q727", {"en": "Amsterdam"}, types=["Q515"], ids={"P131": ["Q701"], "P17": ["Q55"]}),
    NameRecord("Q701", {"en": "North Holland"}, ids={"P17": ["Q55"]}),
    NameRecord("Q55", {"en": "Netherlands", "de": "Niederlande"}, types=["Q6256"]),
    NameRecord("Q900009002", {"fr": "musée des Beaux-Arts de Lyon"}, types=["Q207694"]),
    NameRecord("Q900009003", {"fr": "Communauté urbaine de Lyon"}, types=["Q43229"]),
    NameRecord("Q900009004", {"en": "Old Master"}, same_as="Q296"),
    NameRecord("Q256", {"en": "Turkish"}, types=["Q34770"]),
    NameRecord("Q33506", {"en": "museum"}),
    NameRecord("Q207694", {"en": "art museum"}, parents=["Q33506"]),
]


def index(folder: Path, records: Iterable[NameRecord] = RECORDS, *, complete: bool = True) -> Index:
    return build_index(folder, records, Origin("test", "2026-01-01", complete), parents=PARENTS)


def reconciler(folder: Path, records: Iterable[NameRecord] = RECORDS) -> Reconciler:
    return Reconciler(index(folder, records), load_profile("wikidata"))


def candidates(answer: Answer) -> list[Candidate]:
    assert not isinstance(answer, Failure), answer
    return answer
