"""Pages over the sample: what a reader sees of coverage, worklists and queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.api.pages.glossary import TERMS
from kgtool.api.pages.heat import bars_of, condition_of, heat_of, severities
from kgtool.api.pages.queries import bars_of as bars_of_query
from kgtool.coverage.matrix import Group
from kgtool.messages import texts
from kgtool.service.callers import OPERATOR

from .conftest import form_token

RIJKSMUSEUM = "Q190804"


@pytest.fixture
def reader(sample_app: FastAPI) -> Iterator[TestClient]:
    with TestClient(sample_app, follow_redirects=False) as made:
        yield made


def test_a_partners_page_says_how_things_stand(reader: TestClient, sample_app: FastAPI) -> None:
    page = reader.get(f"/partners/{RIJKSMUSEUM}").text
    matrix = sample_app.state.kgtool.coverage.matrix(RIJKSMUSEUM)
    assert f"{matrix.groups[0].items} items of this collection are here." in page
    cell = matrix.groups[0].measures["P18"]
    assert f"{cell.have} of {cell.have + cell.missing}" in page
    assert '<figure class="chart">' in page
    assert "This is a sample" in page


def test_every_cell_with_a_gap_opens_a_worklist_of_that_length(
    reader: TestClient, sample_app: FastAPI
) -> None:
    tool = sample_app.state.kgtool
    for by in ("type", "P170"):
        matrix = tool.coverage.matrix(RIJKSMUSEUM, by)
        heat = heat_of(matrix, {m: m for m in matrix.measures}, everything=False)
        for line in [line for section in heat.sections for line in section.lines]:
            for group, cell in zip(heat.groups, line.cells, strict=True):
                having = condition_of(group, by, "P31")
                if having is None or not cell.missing:
                    continue
                found = tool.coverage.gaps(
                    RIJKSMUSEUM, [line.measure], [having] if having else [], expected=True
                )
                assert found.count == cell.missing, (line.measure, group)


def test_the_links_of_the_table_work(reader: TestClient) -> None:
    page = reader.get(f"/sv/partners/{RIJKSMUSEUM}").text
    links = re.findall(r'href="(/sv/worklists\?[^"]+)"', page)
    assert links
    for link in links[:6]:
        assert reader.get(link.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("by", ["nothing", "collection", "country", "decade", "P186"])
def test_groupings(reader: TestClient, by: str) -> None:
    assert reader.get(f"/partners/{RIJKSMUSEUM}?by={by}").status_code == 200


def test_a_grouping_that_is_none_is_said_on_a_page(reader: TestClient) -> None:
    answer = reader.get(f"/partners/{RIJKSMUSEUM}?by=colour")
    assert answer.status_code == 400 and "<h1>" in answer.text


def test_exports_agree_with_the_list(reader: TestClient) -> None:
    of = f"of={RIJKSMUSEUM}&missing=P18"
    ids = reader.get(f"/worklists.txt?{of}").text.split()
    assert ids and all(id.startswith("Q") for id in ids)
    table = reader.get(f"/worklists.csv?{of}").text.splitlines()
    assert [row.split(",")[0] for row in table[1:]] == ids
    assert reader.get(f"/worklists.wiki?{of}").text.count("[[") == len(ids)
    lines = reader.get(f"/worklists.quickstatements?{of}").text.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [[id, "P18"] for id in ids]
    assert reader.get(f"/worklists.exe?{of}").status_code == 404
    page = reader.get(f"/worklists?{of}").text
    assert all(f">{id}<" in page for id in ids[:50])


def test_a_measure_that_nothing_meets_is_doubted(reader: TestClient) -> None:
    told = "No item of this workspace has a page on the site “enwikix”."
    for page in ("/en/worklists?of=Q190804&missing=Senwikix", "/en/coverage?measures=Senwikix"):
        assert told in reader.get(page).text
    json = reader.get("/api/v1/partners/Q190804/coverage?measure=Senwikix").json()
    assert json["warnings"][0].startswith(told)


def test_the_matrix_as_csv(reader: TestClient) -> None:
    rows = reader.get(f"/coverage.csv?of={RIJKSMUSEUM}&by=type").text.splitlines()
    assert rows[0].startswith("partner,kind,group,label,items,measure,have")
    assert any(",P18," in row for row in rows[1:])


def test_partners_compared(reader: TestClient) -> None:
    page = reader.get("/coverage?measures=P18;+P31%3DQ3305213").text
    assert "Rijksmuseum" in page and "P31=Q3305213" in page


@pytest.mark.parametrize("wrong", ["P18 and", "<script>", "Q1", "((("])
def test_a_wrong_measure_is_refused_with_its_place(reader: TestClient, wrong: str) -> None:
    for path in ("/coverage", "/worklists"):
        given = {"of": RIJKSMUSEUM, "missing": wrong, "measures": wrong}
        answer = reader.get(path, params=given)
        assert answer.status_code == 400
        assert "at character" in answer.text and "<script>" not in answer.text


def test_a_slice_is_claimed_and_given_back(
    sample_app: FastAPI, reader: TestClient, sample_signed_in: Callable[[str], TestClient]
) -> None:
    ann = sample_signed_in("volunteer")
    path = f"/worklists?of={RIJKSMUSEUM}&missing=P136"
    csrf = form_token(ann, path)
    items = re.findall(r'name="items" value="(Q\d+)"', ann.get(path).text)[:2]
    form = {"csrf": csrf, "of": RIJKSMUSEUM, "missing": "P136", "items": items}
    assert ann.post("/worklists/claim", data=form).status_code == 303
    assert ann.get(path).text.count("yours until") == 2
    assert reader.get(path).text.count("taken until") == 2
    narrowed = {**form, "having": "P170", "expected": "true", "release": "true"}
    back = ann.post("/worklists/claim", data=narrowed).headers["location"]
    assert "taken until" not in reader.get(path).text
    # What is shown next is the list that one was on.
    assert back == f"{path}&having=P170&expected=true"


def test_thumbnails_only_where_a_reader_asked_for_them(sample_app: FastAPI) -> None:
    reader = TestClient(sample_app, follow_redirects=False)
    path = f"/worklists?of={RIJKSMUSEUM}&having=P18"
    before = reader.get(path)
    assert "commons" not in before.text
    assert "wikimedia" not in before.headers["content-security-policy"]
    assert "Show thumbnails from Wikimedia Commons" in before.text  # anyone may ask for them
    csrf = form_token(reader, path)
    asked = reader.post("/images", data={"csrf": csrf, "show": "true", "back": path})
    assert asked.headers["location"] == path
    after = reader.get(path)
    assert "commons.wikimedia.org" in after.text
    assert "commons.wikimedia.org" in after.headers["content-security-policy"]
    reader.post("/images", data={"csrf": csrf, "back": path})
    assert "commons" not in reader.get(path).text.replace("Wikimedia Commons", "")
    without = reader.get(f"/worklists?of={RIJKSMUSEUM}&missing=P18").text
    assert "thumbnails" not in without, "nothing is there to show"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_no_form_sends_readers_to_other_sites(sample_app: FastAPI, back: str) -> None:
    reader = TestClient(sample_app, follow_redirects=False)
    csrf = form_token(reader, "/sign-in")
    answer = reader.post("/images", data={"csrf": csrf, "back": back})
    place = answer.headers["location"]
    assert place.startswith("/") and place[1:2] not in ("/", "\\")


def test_queries_are_listed_and_answered(reader: TestClient) -> None:
    catalogue = reader.get("/queries").text
    assert "/queries/gaps/no-image" in catalogue
    page = reader.get(f"/queries/gaps/no-image?run=true&partner={RIJKSMUSEUM}").text
    assert " rows</h2>" in page and "https://query.wikidata.org/#" in page
    # Partners are offered by name; what is sent is the QID.
    assert '<option value="Q190804">Rijksmuseum</option>' in page and 'list="partners"' in page
    assert "datalist" not in reader.get("/queries/partners/focus-list").text
    wrong = reader.get("/queries/gaps/no-image?run=true&partner=%3E+DROP")
    assert wrong.status_code == 400


def test_numbers_of_a_query_are_drawn(reader: TestClient) -> None:
    page = reader.get(f"/queries/collections/by-creator?run=true&partner={RIJKSMUSEUM}").text
    assert "The largest numbers" in page
    assert [bar.about for bar in bars_of_query([("Q1", 2), ("Q2", 9)])] == ["Q2", "Q1"]
    assert bars_of_query([("Q1", 2)]) == []  # nothing to compare
    assert bars_of_query([("Q1", 2, 3), ("Q2", 1, 1)]) == []  # which number?
    assert bars_of_query([("Q1", None), ("Q2", 1)]) == []


def test_institutions_of_a_query_are_on_a_map(reader: TestClient) -> None:
    page = reader.get("/queries/partners/sizes?run=true&partner=Q190804,Q160112").text
    assert page.count("<circle") == 2


def test_the_bars_of_the_chart_are_full(sample_app: FastAPI) -> None:
    matrix = sample_app.state.kgtool.coverage.matrix(RIJKSMUSEUM)
    heat = heat_of(matrix, {m: m for m in matrix.measures}, everything=False)
    bars = bars_of(heat)
    assert [bar.name for bar in bars][: len(heat.worst)] == [line.name for line in heat.worst]
    for bar in bars:
        assert sum(width for _, _, width in bar.parts) == pytest.approx(100, abs=0.1)


def test_what_is_wanted_more_counts_more(sample_app: FastAPI) -> None:
    matrix = sample_app.state.kgtool.coverage.matrix(RIJKSMUSEUM)
    heat = heat_of(matrix, {m: m for m in matrix.measures}, everything=False)
    wanted = severities()
    assert wanted["P31"] == "required"
    worth = {"required": 4, "recommended": 2, "suggested": 1}
    gains = [line.cells[0].missing * worth[wanted[line.measure]] for line in heat.worst]
    assert gains == sorted(gains, reverse=True) and gains


def test_groups_that_no_measure_says_have_no_worklist() -> None:
    assert condition_of(Group("value", "1640", "1640s", 3, {}), "decade", "P31") is None
    assert condition_of(Group("none", None, "", 3, {}), "type", "P31") == "not P31"
    assert condition_of(Group("total", None, "", 3, {}), "type", "P31") == ""


def test_search(reader: TestClient) -> None:
    assert "The Night Watch" in reader.get("/search?q=the+night").text
    assert reader.get("/search?q=q190804").headers["location"] == f"/partners/{RIJKSMUSEUM}"
    assert reader.get("/search?q=%25").status_code == 200


def test_partners_on_the_map_and_in_the_list_below(reader: TestClient) -> None:
    page = reader.get("/partners/map").text
    assert "/static/world.svg?v=" in page and page.count("<circle") > 5
    assert page.count(f"/partners/{RIJKSMUSEUM}") == 2
    assert reader.get("/static/world.svg").headers["content-type"].startswith("image/svg")


def test_the_list_tells_how_much_is_here(reader: TestClient, sample_app: FastAPI) -> None:
    items = sample_app.state.kgtool.coverage.matrix(RIJKSMUSEUM).groups[0].items
    row = reader.get("/partners").text.split(f"/partners/{RIJKSMUSEUM}", 1)[1].split("</tr>")[0]
    assert f'<td class="number">{items}</td>' in row


def test_a_partner_of_whom_nothing_was_loaded_has_all_its_pages(
    app: FastAPI, client: TestClient
) -> None:
    tool = app.state.kgtool
    tool.partners.add("Q900000001", name="Museum of Patience", kind="museum", caller=OPERATOR)
    tool.partners.change("Q900000001", OPERATOR, publish=["listed"])
    for below in ("", "/history", "/changes", "/checks"):
        page = client.get(f"/en/partners/Q900000001{below}")
        assert page.status_code == 200, below
        assert "Museum of Patience" in page.text and 'class="empty"' in page.text, below


def test_the_glossary_has_every_word_that_is_explained() -> None:
    explained = {
        key.removeprefix("glossary-").removesuffix("-text")
        for key in texts("en")
        if key.startswith("glossary-") and key != "glossary-lead"
    }
    assert sorted(TERMS) == sorted(explained)
