"""Where to begin: gaps that occur together, and what is usual on similar items."""

from __future__ import annotations

from pathlib import Path

from kgtool.coverage.cooccurrence import CoOccurrence
from kgtool.coverage.expected import ExpectedOfKind
from kgtool.coverage.suggestions import Suggestion
from kgtool.entities import Property, Term
from tests.builders import item
from tests.coverage.worlds import World

MUSEUM, OTHER, PAINTING = "Q190804", "Q900000001", "Q3305213"


def test_gaps_that_occur_together(tmp_path: Path) -> None:
    kinds = [
        ExpectedOfKind(frozenset({PAINTING}), False, (("P18", ""), ("P170", ""))),
        ExpectedOfKind(frozenset({"Q87167"}), False, (("P407", ""),)),
    ]
    world = World(
        tmp_path,
        [
            item("Q910000001", P195=MUSEUM, P31=PAINTING),
            item("Q910000002", P195=MUSEUM, P31=PAINTING, P18="2.jpg"),
            item("Q910000003", P195=MUSEUM, P31=PAINTING, P170="Q5598"),
            item("Q910000004", P195=MUSEUM, P31=PAINTING, P18="4.jpg", P170="Q5598"),
            item("Q910000005", P195=OTHER, P31="Q87167"),
        ],
        kinds=kinds,
    )
    found = world.advice.together(MUSEUM)
    assert found == CoOccurrence(4, ["P18", "P170"], [[2, 1], [1, 2]])
    named = world.advice.together(MUSEUM, ["P407", "P18"])
    assert named.lacking == [[4, 2], [2, 2]]


def test_what_similar_items_usually_have(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            *(
                item(f"Q91000001{n}", P195=OTHER, P31=PAINTING, P186="Q296955", P180="Q5")
                for n in range(8)
            ),
            item("Q910000001", P195=MUSEUM, P31=PAINTING, P180="Q5"),
            item("Q910000002", P195=MUSEUM, P31=PAINTING, P180="Q5"),
            item("Q910000003", P195=OTHER, P31="Q87167", P407="Q397"),
            Property("wikibase-item", id="P186", labels={"sv": Term("sv", "material")}),
        ],
    )
    assert world.advice.suggestions(MUSEUM, language="sv") == [
        Suggestion("P186", "material", 0.8, 0.0)
    ]
    assert world.advice.suggestions(OTHER, limit=0) == []
