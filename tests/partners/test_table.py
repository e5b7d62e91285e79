"""Partners as CSV, and the lines of forms: what goes out comes back."""

from __future__ import annotations

import datetime
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kgtool.errors import InputError, UsageError
from kgtool.partners import PUBLISHABLE, STATUSES, Collection, Link, Partner, Project, lines
from kgtool.partners.table import from_csv, to_csv

NOW = datetime.datetime(2026, 10, 3, tzinfo=datetime.UTC)

texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
qids = st.integers(1, 10**9).map("Q{}".format)
words = st.text(string.ascii_letters, min_size=1, max_size=10)
urls = words.map("https://example.org/{}".format)
partners = st.builds(
    Partner,
    qid=qids,
    name=texts,
    kind=st.text(string.ascii_lowercase, min_size=1, max_size=20),
    status=st.sampled_from(STATUSES),
    updated=st.just(NOW),
    country=st.none() | qids,
    affiliate=texts | st.just(""),
    summary=texts | st.just(""),
    links=st.lists(urls.map(lambda url: Link(url.removeprefix("https://"), url)), max_size=3),
    published=st.sets(st.sampled_from(PUBLISHABLE)).map(
        lambda fields: frozenset(fields | {"listed"} if fields else fields)
    ),
)


@given(st.lists(partners, max_size=5, unique_by=lambda one: one.qid))
def test_a_table_comes_back_as_it_was(given: list[Partner]) -> None:
    assert from_csv(to_csv(given), NOW) == given


@given(texts)
def test_no_cell_is_a_formula(name: str) -> None:
    row = to_csv([Partner("Q1", name, "museum", "active", NOW)]).splitlines()[1]
    assert not row.split(",", 1)[1].lstrip('"').startswith(("=", "+", "-", "@"))


def test_columns_may_stand_in_any_order_and_most_may_lack() -> None:
    (one,) = from_csv("\ufeffName,QID\r\nOne, q1\r\n", NOW)
    assert (one.qid, one.name, one.status, one.kind) == ("Q1", "One", "prospect", "other")


def test_of_a_known_partner_only_what_the_table_tells_changes() -> None:
    links = [Link("Agreement", "https://example.org/a"), Link("Page", "https://example.org/b")]
    known = Partner("Q1", "One", "museum", "active", NOW, country="Q34", summary="s", links=links)
    known = replace(known, affiliate="WMX", published=frozenset({"listed"}))

    def read(table: str) -> Partner:
        (one,) = from_csv(table, NOW, {"Q1": known})
        return one

    assert read("qid,name\nQ1,Uno\n") == replace(known, name="Uno")
    assert read(to_csv([known])) == known, "the titles of links are not in the table, and stay"
    emptied = read("qid,name,kind,status,country,summary,links,published\nQ1,One,,,,,,\n")
    nothing: dict[str, Any] = {
        "country": None,
        "summary": "",
        "links": [],
        "published": frozenset(),
    }
    assert emptied == replace(known, **nothing)


def test_every_wrong_row_is_named_at_once() -> None:
    table = "qid,name,status\nQ1,One,\nx,Two,\nQ3,,\nQ4,Four,married\nQ1,Again,\n"
    with pytest.raises(InputError) as caught:
        from_csv(table, NOW)
    for row in ("row 3", "row 4", "row 5", "row 6"):
        assert row in caught.value.message
    assert "row 2" not in caught.value.message


@pytest.mark.parametrize(
    "table", ["", "name\nOne\n", "qid,name,colour\nQ1,One,red\n", 'qid,name\n"']
)
def test_what_is_no_table_is_refused(table: str) -> None:
    with pytest.raises(InputError):
        from_csv(table, NOW)


plain = st.text(st.characters(exclude_characters="|", exclude_categories=["C", "Z"]), min_size=1)
dates = st.none() | st.dates()


@given(st.lists(st.builds(Project, plain, st.none() | qids, dates, dates)))
def test_projects_come_back(given: list[Project]) -> None:
    assert lines.projects_from(lines.projects_to(given)) == given


@given(
    st.lists(
        st.builds(
            Collection,
            plain,
            st.none() | qids,
            st.none() | st.integers(0, 999_999_999),
            dates,
            plain | st.just(""),
        )
    )
)
def test_collections_come_back(given: list[Collection]) -> None:
    assert lines.collections_from(lines.collections_to(given)) == given


@given(st.lists(st.builds(Link, plain, urls)))
def test_links_come_back(given: list[Link]) -> None:
    assert lines.links_from(lines.links_to(given)) == given


@pytest.mark.parametrize("text", ["a | b", "x | javascript:alert(1)", "| https://a.b", "a|b|c"])
def test_a_wrong_line_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="Line 2"):
        lines.links_from(f"ok | https://example.org\n{text}")
