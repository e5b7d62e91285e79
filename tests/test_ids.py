"""Every id of Wikidata that we ship means what we think it means."""

from __future__ import annotations

import gzip
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.published import Published

_id = re.compile(r"(?<![\w.$])([QP][1-9][0-9]*)(?!\w)")
_SHIPPED = ("shapes", "queries", "examples", "kgtool", "api")
_TEXTS = {".py", ".rq", ".shex", ".toml", ".html"}
# The sample has its labels beside its ids (tests/test_sample.py). The sandbox is a wiki of its own,
# which counts from Q1 and P1; pages and messages of ours speak of it too.
_OTHER = ("kgtool/sample/", "api/sandbox/", "tests/sandbox/", "tests/sync/", "tests/writes/")

MEANT = tomllib.loads((Path(__file__).parent / "ids.toml").read_text(encoding="utf-8"))


def made_up(id: str) -> bool:
    number = int(id[1:])
    if id[0] == "Q":
        return number >= 900_000_000
    return number >= 90_000 or number < 6  # Wikidata's first property is P6


def ids_in(*folders: str) -> dict[str, list[str]]:
    """Ids by file, made-up ones left out."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in _TEXTS and not name.startswith(_OTHER):
                ids = set(_id.findall(path.read_text(encoding="utf-8")))
                found[name] = sorted(id for id in ids if not made_up(id))
    return found


def test_what_we_ship_is_listed_with_its_meaning() -> None:
    listed = {id for meanings in MEANT.values() for id in meanings}
    missing = {
        name: sorted(set(ids) - listed)
        for name, ids in ids_in(*_SHIPPED).items()
        if set(ids) - listed
    }
    assert not missing, f"Say in tests/ids.toml what these mean: {missing}"


def test_an_id_means_in_published_data_what_it_means_to_us(published: Published) -> None:
    wrong = {}
    for id, meaning in MEANT["labelled"].items():
        if id[0] == "P":
            label = published.property_labels.get(id, "")
            if label.casefold() != meaning.casefold():
                wrong[id] = label
        elif not published.knows(id, meaning):
            wrong[id] = str(sorted(published.labels.get(id, ()))[:3])
    assert not wrong


@pytest.mark.long
def test_an_id_without_a_label_occurs_in_published_data(published: Published, shared: Path) -> None:
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as file:
        text = file.read()

    def occurs(id: str) -> bool:
        return id in published.datatypes or bool(re.search(rb"\b%s\b" % id.encode(), text))

    assert not [id for id in MEANT["unlabelled"] if not occurs(id)]
    assert not [id for id in MEANT["unpublished"] if occurs(id)]


def test_tests_use_properties_that_exist(published: Published) -> None:
    unknown: dict[str, set[str]] = defaultdict(set)
    for name, ids in ids_in("tests").items():
        for id in ids:
            if id[0] == "P" and id not in published.datatypes:
                unknown[name].add(id)
    assert not unknown
