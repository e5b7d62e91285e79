"""Sections of wiki pages between two marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import UsageError
from kgtool.writes.section import (
    Section,
    checked_name,
    digest_of,
    find_section,
    marks,
    with_section,
)

_plain = st.text(st.characters(blacklist_characters="<>", blacklist_categories=["Cs"]))


@given(_plain, _plain, _plain)
def test_what_is_written_is_found_again(before: str, content: str, after: str) -> None:
    page = f"{before}{marks('gaps')}{after}"
    empty = find_section(page, "gaps")
    assert empty == Section(before, "", after, "")
    found = find_section(with_section(empty, "gaps", content), "gaps")
    assert found is not None
    assert (found.before, found.after, found.between) == (before, after, content.strip())
    assert found.digest == digest_of(content)
    again = with_section(found, "gaps", content)
    assert again == with_section(empty, "gaps", content)


def test_sections_of_other_names_are_not_touched() -> None:
    page = f"{marks('one')} {marks('two')}"
    one = find_section(page, "one")
    assert one is not None and one.after == f" {marks('two')}"
    assert find_section(page, "three") is None
    assert find_section("nothing", "one") is None


@pytest.mark.parametrize(
    "page",
    [
        "<!-- begin kgtool gaps -->",
        "<!-- end kgtool gaps -->",
        "<!-- end kgtool gaps --><!-- begin kgtool gaps -->",
        marks("gaps") * 2,
    ],
)
def test_marks_that_are_no_pair(page: str) -> None:
    with pytest.raises(UsageError, match="not one pair"):
        find_section(page, "gaps")


@pytest.mark.parametrize("name", ["", "Gaps", "a b", "-->", "x" * 41, "ü"])
def test_names(name: str) -> None:
    with pytest.raises(UsageError):
        checked_name(name)
