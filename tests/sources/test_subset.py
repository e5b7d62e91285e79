"""The part of a dump that concerns partners, against decoding every line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgtool.entities import Item, load_profile, to_json
from kgtool.errors import UsageError
from kgtool.sources.dump import Dump
from kgtool.sources.subset import members, mentioning, sub_collections, subset
from tests.builders import item, statement

PROFILE = load_profile("wikidata")


def write(path: Path, entities: list[Item]) -> Dump:
    path.write_bytes(b"[\n" + b",\n".join(map(to_json, entities)) + b"\n]\n")
    return Dump([path])


works = st.builds(
    lambda number, holder, rank, role: item(
        f"Q{number}", statement(role, f"Q{holder}", rank=rank), P31="Q3305213"
    ),
    st.integers(100, 150),
    st.integers(1, 12),
    st.sampled_from(["normal", "preferred", "deprecated"]),
    st.sampled_from(["P195", "P276", "P127", "P170"]),
)


@given(st.lists(works, max_size=12), st.sets(st.integers(1, 12), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_members_are_those_that_decoding_everything_finds(
    tmp_path: Path, entities: list[Item], partners: set[int]
) -> None:
    dump = write(tmp_path / "dump", entities)
    ids = {f"Q{n}" for n in partners}
    for roles in (["P195"], ["P195", "P276", "P127"]):
        expected = [
            number
            for number, entity in enumerate(entities, start=2)
            for role in roles
            for made in entity.claims.get(role, [])
            if made.rank != "deprecated"
            and made.mainsnak.datavalue is not None
            and getattr(made.mainsnak.datavalue.value, "id", None) in ids
        ]
        assert [number for number, _ in members(dump, ids, roles)] == expected


def test_an_old_item_value_without_id_is_found(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    line = to_json(item("Q5", P195="Q190804")).replace(b'"id":"Q190804",', b"")
    assert b'"Q190804"' not in line
    path.write_bytes(line + b"\n")
    assert len(list(members(Dump([path]), {"Q190804"}, ["P195", "P276"]))) == 1


def test_an_identifier_of_the_partner_makes_a_member(tmp_path: Path) -> None:
    dump = write(tmp_path / "dump", [item("Q5", P350="12345"), item("Q6", P31="Q3305213")])
    assert [number for number, _ in members(dump, {"Q190804"}, ["P195"], ["P350"])] == [2]


def test_sub_collections_are_followed_however_deep(tmp_path: Path) -> None:
    dump = write(
        tmp_path / "dump",
        [
            item("Q13", P361="Q12"),
            item("Q12", P361="Q11"),
            item("Q10", P527="Q11"),
            item("Q20", P361="Q21"),
        ],
    )
    assert sub_collections(dump, {"Q10"}, PROFILE).keys() == {"Q10", "Q11", "Q12", "Q13"}


def test_a_subset_brings_members_and_what_they_mention(tmp_path: Path) -> None:
    dump = write(
        tmp_path / "dump",
        [
            item("Q10", labels={"en": "the partner"}, P17="Q55"),
            item("Q11", P361="Q10"),
            item("Q100", P195="Q11", P170="Q30"),
            item("Q101", P195="Q12", P170="Q31"),
            item("Q30", labels={"en": "a painter"}),
            item("Q31", labels={"en": "another"}),
            item("Q55", labels={"en": "its country"}),
        ],
    )
    found = [number - 2 for number, _ in subset(dump, {"Q10"}, PROFILE)]
    assert found == [0, 1, 2, 4, 6]


def test_what_is_no_id_never_reaches_the_search(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the id of an item"):
        list(mentioning(write(tmp_path / "dump", []), {"Q1|.*"}))
