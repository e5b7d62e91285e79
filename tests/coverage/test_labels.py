"""Labels in any letters: ``mul`` serves the readers of the same languages in every engine."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyoxigraph as ox
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kgtool.coverage.expression import parse
from kgtool.coverage.sparql import Sparql
from kgtool.entities import Item
from kgtool.entities.language import serves
from tests.builders import item
from tests.coverage.worlds import WIKIDATA, World, graph_of

MUSEUM = "Q190804"
LANGUAGES = ["sv", "ru", "el", "ar", "ja", "zh-hant", "ko", "sr", "sr-el", "en-gb", "he"]
MEASURES = [f"L{code}{own}" for code in LANGUAGES for own in ("", ".own")]

# Letters of many scripts, marks that combine, digits, signs of no script, letters beyond 16 bits.
_letters = st.sampled_from("aZåéßøЖщΩάאمهあカ漢字한ก०٣1 ’'-.()&½ªʼ\u0301\u064b\u200d\u3005𐐷𝒜🖼")
_texts = st.one_of(
    st.text(_letters, min_size=1, max_size=6).filter(str.strip),
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=4),
)
_labels = st.dictionaries(st.sampled_from(["mul", "mul", *LANGUAGES]), _texts, max_size=2)


def _met(labels: dict[str, str], measure: str) -> bool:
    code, _, own = measure.removeprefix("L").partition(".")
    return code in labels or (not own and "mul" in labels and serves(labels["mul"], code))


@settings(
    max_examples=6,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each world takes a while
)
@given(st.lists(_labels, min_size=1, max_size=40), st.booleans())
def test_every_engine_finds_the_same_labels(found: list[dict[str, str]], ready: bool) -> None:
    entities: list[Item] = [
        item(f"Q{910_000_000 + n}", P195=MUSEUM, labels=labels) for n, labels in enumerate(found)
    ]
    store, sparql = graph_of(entities), Sparql(WIKIDATA)
    where = sparql.members({MUSEUM})
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), entities, MEASURES if ready else [])
        for measure in MEASURES:
            wanted = {f"Q{910_000_000 + n}" for n, one in enumerate(found) if _met(one, measure)}
            listed = world.coverage.gaps(MUSEUM, having=[measure], limit=None)
            assert {one.id for one in listed.items} == wanted, measure
            answer = store.query(sparql.items(where, sparql.holds(parse(measure), "truthy", set())))
            assert isinstance(answer, ox.QuerySolutions)
            assert {one["item"].value.rpartition("/")[2] for one in answer} == wanted, measure
