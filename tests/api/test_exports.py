"""What leaves a worklist: every form of export, the query service, QuickStatements, OpenRefine."""

from __future__ import annotations

import csv
import html
import io
import re
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

MUSEUM = "Q190804"
LIST = f"of={MUSEUM}&missing=P18"


@pytest.fixture
def reader(sample_app: FastAPI) -> TestClient:
    return TestClient(sample_app, follow_redirects=False)


@pytest.fixture
def gaps(sample_app: FastAPI) -> dict[str, str]:
    """Id → label of the museum's works without an image."""
    found = sample_app.state.kgtool.coverage.gaps(MUSEUM, ["P18"], limit=None)
    assert found.items
    return {one.id: one.label for one in found.items}


def links(reader: TestClient, path: str) -> list[str]:
    page = reader.get(path).text
    return [html.unescape(one) for one in re.findall(r'<a [^>]*?href="([^"]+)"', page)]


def test_the_page_offers_every_export_of_the_same_list(reader: TestClient) -> None:
    offered = links(reader, f"/en/worklists?{LIST}&expected=true")
    for format in ("csv", "txt", "wiki", "quickstatements", "openrefine"):
        (one,) = (link for link in offered if link.startswith(f"/en/worklists.{format}?"))
        assert "missing=P18" in one and "expected=true" in one
        assert reader.get(one).status_code == 200
    assert reader.get(f"/en/worklists.pdf?{LIST}").status_code == 404


def test_tables_ids_and_wikitext_hold_the_whole_list(
    reader: TestClient, gaps: dict[str, str]
) -> None:
    table = reader.get(f"/worklists.csv?{LIST}")
    assert "attachment" in table.headers["content-disposition"]
    assert dict(list(csv.reader(io.StringIO(table.text)))[1:]) == gaps
    assert reader.get(f"/worklists.txt?{LIST}").text.split() == list(gaps)
    text = reader.get(f"/worklists.wiki?{LIST}").text
    assert re.findall(r"\[\[d:(Q\d+)\|", text) == list(gaps)


def test_wikitext_is_in_the_readers_language_and_says_of_when_it_is(reader: TestClient) -> None:
    for path in (
        f"worklists.wiki?{LIST}",
        f"coverage.wiki?of={MUSEUM}&by=type",
        f"partners/{MUSEUM}/checks.wiki?shape=artwork",
        "coverage/compared.wiki",
        f"queries/gaps/no-image.wiki?partner={MUSEUM}",
    ):
        english, swedish = (reader.get(f"/{code}/{path}") for code in ("en", "sv"))
        assert '{| class="wikitable' in english.text and "Data as of" in english.text
        assert "Data per" in swedish.text and "Data as of" not in swedish.text


def test_every_answer_says_of_when_its_data_is(reader: TestClient, sample_app: FastAPI) -> None:
    as_of = sample_app.state.kgtool.snapshots.current().generation.meta.as_of
    route = f"/api/v1/partners/{MUSEUM}"
    for path in ("coverage", "gaps?missing=P18", "checks/artwork", "collections"):
        answer = reader.get(f"{route}/{path}")
        assert answer.headers["Kgtool-As-Of"] == as_of, path
        assert path == "collections" or answer.json()["as_of"] == as_of, path
        assert (
            reader.get(f"{route}/{path}", headers={"Accept": "text/csv"}).headers["Kgtool-As-Of"]
            == as_of
        )
    texts = [f"worklists.{form}?{LIST}" for form in ("csv", "txt", "openrefine", "quickstatements")]
    for path in (
        *texts,
        f"coverage.csv?of={MUSEUM}",
        "coverage/compared.csv",
        f"partners/{MUSEUM}/checks.csv?shape=artwork",
        f"partners/{MUSEUM}/changes.csv?since=2026-01-01",
        f"partners/{MUSEUM}/changes.csv?since=2026-01-01&sitelinks=true",
        f"partners/{MUSEUM}/changes.wiki?since=2026-01-01",
        f"queries/gaps/no-image.csv?partner={MUSEUM}",
        f"queries/gaps/no-image.ids?partner={MUSEUM}",
    ):
        assert reader.get(f"/{path}").headers["Kgtool-As-Of"] == as_of, path


def test_every_row_opens_quickstatements_with_its_line(
    reader: TestClient, gaps: dict[str, str]
) -> None:
    skeleton = reader.get(f"/worklists.quickstatements?{LIST}").text.splitlines()
    assert skeleton == [f"{id}\tP18\t" for id in gaps]
    opened = [
        unquote(link.partition("#/v1=")[2])
        for link in links(reader, f"/en/worklists?{LIST}")
        if link.startswith("https://quickstatements.toolforge.org/")
    ]
    assert opened == [f"{id}|P18|" for id in gaps]
    labels = links(reader, f"/en/worklists?of={MUSEUM}&missing=Lsv")
    assert any(unquote(one).endswith('|Lsv|""') for one in labels)
    both = links(reader, f"/en/worklists?of={MUSEUM}&missing=P18+or+Lsv")
    assert not any("quickstatements.toolforge.org" in one for one in both)


def test_the_query_service_would_give_the_same_items(
    reader: TestClient, gaps: dict[str, str]
) -> None:
    """The query behind the link is run on the embedded graph, which answers as the service does."""
    (link,) = (
        one
        for one in links(reader, f"/en/worklists?{LIST}")
        if one.startswith("https://query.wikidata.org/#")
    )
    query = unquote(link.partition("#")[2])
    answer = reader.get("/sparql", params={"query": query}).json()
    found = {row["item"]["value"].rpartition("/")[2] for row in answer["results"]["bindings"]}
    assert found == gaps.keys()


def test_openrefine_gets_ids_to_match_and_a_column_to_fill(
    reader: TestClient, gaps: dict[str, str]
) -> None:
    sent = reader.get(f"/worklists.openrefine?{LIST}").content
    rows = list(csv.reader(io.StringIO(sent.decode())))
    assert rows[0] == ["item", "label", "P18"]
    assert {row[0]: row[1] for row in rows[1:]} == gaps and all(row[2] == "" for row in rows[1:])
    page = reader.get(f"/en/worklists?{LIST}").text
    assert "/reconcile/en</code>" in page  # where its ids are matched


def test_an_answer_of_the_catalogue_goes_out_whole_too(
    reader: TestClient, gaps: dict[str, str], sample_app: FastAPI
) -> None:
    name = f"queries/gaps/no-image?partner={MUSEUM}"
    offered = links(reader, f"/en/{name}&run=true")
    answer = reader.get(f"/api/v1/{name}")
    for format in ("csv", "ids", "wiki"):
        (one,) = (link for link in offered if f"no-image.{format}?" in link)
        sent = reader.get(one)
        assert sent.status_code == 200 and f"partner={MUSEUM}" in one
        if format == "csv":
            table = list(csv.reader(io.StringIO(sent.text)))
            assert table[0] == answer.json()["columns"]
            assert len(table) == 1 + len(answer.json()["rows"])
        elif format == "ids":
            assert set(sent.text.split()) == gaps.keys()
        else:
            assert set(re.findall(r"\[\[d:(Q\d+)\|", sent.text)) == gaps.keys()
            assert "Data as of" in sent.text
    as_of = sample_app.state.kgtool.snapshots.current().generation.meta.as_of
    assert answer.json()["as_of"] == answer.headers["Kgtool-As-Of"] == as_of
    # A question about figures has no items to list.
    counted = f"/en/queries/collections/by-decade?partner={MUSEUM}&run=true"
    assert not any(".ids?" in link for link in links(reader, counted))
    assert reader.get(f"/queries/gaps/no-image.pdf?partner={MUSEUM}").status_code in (404, 422)


def test_partners_that_are_compared_go_out_together(reader: TestClient) -> None:
    asked = "measures=P18%3B+Lsv&of=Q190804+Q160112"
    offered = links(reader, f"/en/coverage?{asked}")
    (table,) = (link for link in offered if "compared.csv" in link)
    rows = list(csv.DictReader(io.StringIO(reader.get(table).text)))
    assert {(row["partner"], row["measure"]) for row in rows} == {
        (partner, measure) for partner in ("Q190804", "Q160112") for measure in ("P18", "Lsv")
    }
    (text,) = (link for link in offered if "compared.wiki" in link)
    assert set(re.findall(r"\[\[d:(Q\d+)\|", reader.get(text).text)) == {"Q190804", "Q160112"}
