"""What items and properties are called where they were loaded, and where not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgtool import files
from kgtool.entities import Item, Property, Term, to_json
from kgtool.entities.profile import load_profile
from kgtool.messages import languages, texts
from kgtool.settings import Settings
from kgtool.wiring import Kgtool, build
from tests.conftest import ROOT


@pytest.fixture
def tool(tmp_path: Path) -> Kgtool:
    return build(Settings(home=tmp_path))


def _load(tool: Kgtool, *entities: Item | Property) -> None:
    lines = enumerate((to_json(one) for one in entities), start=1)
    tool.loading.load(lines, source="test")


def test_properties_are_named_before_anything_was_loaded(tool: Kgtool) -> None:
    assert tool.labels.of(["P18", "Q3305213", "Q77777777"], "ja") == {
        "P18": ("画像", "ja"),
        "Q3305213": ("絵画", "ja"),
    }
    assert tool.wording.of(["P18", "P170.ref"], "sv") == {
        "P18": "bild",
        "P170.ref": "skapare, med en referens",
    }


def test_what_was_loaded_wins_unless_it_is_only_in_another_language(tool: Kgtool) -> None:
    _load(
        tool,
        Property("commonsMedia", id="P18", labels={"en": Term("en", "picture")}),
        Property("wikibase-item", id="P170", labels={"sv": Term("sv", "upphovsperson")}),
        Item(id="Q3305213", labels={"mul": Term("mul", "Painting!")}),
    )
    assert tool.labels.of(["P18", "P170", "Q3305213"], "sv") == {
        "P18": ("bild", "sv"),
        "P170": ("upphovsperson", "sv"),
        "Q3305213": ("Painting!", "mul"),
    }
    assert tool.labels.of(["P18"], "en") == {"P18": ("picture", "en")}
    assert tool.labels.of(["P18"], "gsw") == {"P18": ("picture", "en")}


def test_names_of_wikidata_are_not_put_on_another_wiki(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    text = (ROOT / "kgtool/entities/profiles/wikidata.toml").read_text(encoding="utf-8")
    other.write_text(text.replace('"P18"', '"P19"'), encoding="utf-8")
    assert not load_profile(str(other)).is_of_wikidata
    tool = build(Settings(home=tmp_path / "home", wikibase=str(other)))
    assert tool.labels.of(["P18"], "en") == {}


def test_every_property_of_shapes_and_queries_has_a_name_in_every_language() -> None:
    text = "".join(files.shape(name) for name in files.shape_names())
    text += "".join(files.query(name) for name in files.query_names())
    ids = set(re.findall(r"\bP[1-9][0-9]*\b", text))
    assert len(ids) > 50
    for language in languages():
        assert [id for id in sorted(ids) if f"property-{id}" not in texts(language)] == []
