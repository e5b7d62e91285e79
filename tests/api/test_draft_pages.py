"""Pages of drafts and batches: bring a table, look, decide; who may do what."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from tests.api.conftest import form_token

MAPPING = """
name = "paintings"
title = "Paintings of a list"
key = "number"
[parameters.list]
help = "address of the list"
[[labels]]
column = "title"
language = "en"
[[statements]]
property = "P195"
type = "wikibase-item"
constant = "Q190804"
[[statements]]
property = "P217"
type = "string"
column = "number"
key = true
[[references]]
[[references.snaks]]
property = "P854"
type = "url"
parameter = "list"
"""
TABLE = "number,title\nKG-1,First\nKG-2,Second\n"
ORIGIN = {"source": "A list", "licence": "CC0-1.0", "ground": "works of a national museum"}


@pytest.fixture(scope="module")
def volunteer(sample_signed_in: Callable[[str], TestClient]) -> TestClient:
    return sample_signed_in("volunteer")


def plan(
    browser: TestClient,
    table: bytes | str = TABLE,
    name: str = "t.csv",
    mapping: str = MAPPING,
    **more: str,
) -> Response:
    """Send the form of a mapping of one's own."""
    given = {
        "csrf": form_token(browser, "/drafts/new"),
        "kind": "own",
        "settings": "list = https://example.org/list",
        **ORIGIN,
        **more,
    }
    files = {"table": (name, table), "mapping_file": ("m.toml", mapping)}
    return browser.post("/drafts/new", data=given, files=files)


def decide(browser: TestClient, page: str, **given: str) -> Response:
    return browser.post(f"{page}/decide", data={"csrf": form_token(browser, page), **given})


def test_a_table_becomes_a_plan_that_people_decide(volunteer: TestClient) -> None:
    sent = plan(volunteer)
    assert sent.status_code == 303, sent.text
    page = sent.headers["location"]
    shown = volunteer.get(page).text
    assert "Paintings of a list" in shown and "KG-1" in shown
    assert "https://example.org/list" in shown  # the reference, exactly
    assert volunteer.get(f"{page}?outcome=create").text.count("<article") == 2
    assert decide(volunteer, page, row="KG-1", choice="skip").status_code == 303
    assert volunteer.get(f"{page}?outcome=create").text.count("<article") == 1
    assert decide(volunteer, page, row="KG-1", choice="create").status_code == 303
    assert volunteer.get(f"{page}?outcome=create").text.count("<article") == 2
    assert "Paintings of a list" in volunteer.get("/drafts").text
    exported = volunteer.get(f"{page}/quickstatements")
    assert exported.text.count("CREATE") == 2


PROPOSED = """
[[new_properties]]
label = "Lund museum ID"
datatype = "external-id"
description = "identifier of a thing in a museum of Lund"
motivation = "links every thing to the museum's page"
column = "number"
"""


def test_what_to_do_with_a_proposal_is_told_in_the_language_of_the_page(
    volunteer: TestClient,
) -> None:
    """The form itself is in English, as the custom is where it is posted."""
    page = plan(volunteer, mapping=MAPPING + PROPOSED).headers["location"]
    swedish = {"accept-language": "sv"}
    assert "Formuläret fylls där i på engelska" in volunteer.get(page, headers=swedish).text
    text = volunteer.get(f"{page}/proposals", headers=swedish).text
    assert text.startswith("<!-- Läggs ut på Wikidata:Property proposal.")
    assert "=== Lund museum ID ===\n{{Property proposal\n" in text and "→ KG-1\n" in text
    without = plan(volunteer).headers["location"]
    assert "Formuläret fylls" not in volunteer.get(without, headers=swedish).text


def test_without_origin_every_row_is_refused_and_says_why(volunteer: TestClient) -> None:
    page = plan(volunteer, licence="", source="", ground="").headers["location"]
    shown = volunteer.get(f"{page}?outcome=refused").text
    assert shown.count("<article") == 2 and "add [license]" in shown


def test_reasons_are_told_in_the_language_of_the_page(volunteer: TestClient) -> None:
    page = plan(volunteer, licence="").headers["location"]
    told = volunteer.get(page, headers={"accept-language": "sv"}).text
    assert "mappningen anger ingen licens" in told and "the mapping names" not in told
    told = volunteer.get(page, headers={"accept-language": "ar"}).text
    assert "لا يذكر التعيين رخصة" in told and "the mapping names" not in told


def test_quickstatements_are_planned(volunteer: TestClient) -> None:
    path = "/drafts/new?mapping=quickstatements"
    given = {
        "csrf": form_token(volunteer, path),
        "kind": "quickstatements",
        "title": "Two <b>labels</b>",
        "commands": 'CREATE\nLAST\tLen\t"A thing"\nLAST\tP195\tQ190804\n',
        **ORIGIN,
    }
    sent = volunteer.post("/drafts/new", data=given)
    assert sent.status_code == 303, sent.text
    shown = volunteer.get(sent.headers["location"]).text
    assert "Two &lt;b&gt;labels&lt;/b&gt;" in shown and "A thing" in shown
    wrong = volunteer.post("/drafts/new", data={**given, "commands": "LAST\tnonsense"})
    assert wrong.status_code == 400 and "line 1" in wrong.text
    # What was typed stays in the form.
    assert "LAST\tnonsense</textarea>" in wrong.text and ORIGIN["source"] in wrong.text
    assert 'value="Two &lt;b&gt;labels&lt;/b&gt;"' in wrong.text


@pytest.mark.parametrize(
    ("name", "content", "status", "said"),
    [
        ("t.pdf", b"x", 400, ".csv"),
        ("../../t.csv", b"number,title\n", 422, "no rows"),
        ("t.csv", b"number,title\n1\n", 422, "Line 2"),
        ("t.csv", b"\xff\xfe", 422, "cannot be read"),
        ("t.csv.gz", b"not packed", 422, "cannot be unpacked"),
        ("t.csv.gz", gzip.compress(b"number,title\n" + b"a,b\n" * 60_000), 413, "50,000"),
        ("t.csv.gz", gzip.compress(bytes(110_000_000)), 413, "100 MB"),
        ("t.xlsx", b"PK", 422, "Excel"),
    ],
)
def test_what_cannot_be_a_table_is_refused(
    volunteer: TestClient, name: str, content: bytes, status: int, said: str
) -> None:
    answer = plan(volunteer, content, name)
    assert answer.status_code == status and said in answer.text
    if status != 413:  # a file that is too large is told with what else there is to do
        assert 'role="alert"' in answer.text and f'value="{ORIGIN["source"]}"' in answer.text


def test_a_mapping_reads_no_file_of_the_server(volunteer: TestClient) -> None:
    stealing = MAPPING + '[lookups.x]\nfile = "/etc/passwd"\nkey = "a"\nvalue = "b"\n'
    given = {"csrf": form_token(volunteer, "/drafts/new"), "kind": "own", **ORIGIN}
    files = {"table": ("t.csv", TABLE), "mapping_file": ("m.toml", stealing)}
    answer = volunteer.post("/drafts/new", data=given, files=files)
    assert answer.status_code == 400 and "also needs the table" in answer.text


def test_a_mapping_that_is_wrong_is_named(volunteer: TestClient) -> None:
    given = {"csrf": form_token(volunteer, "/drafts/new"), "kind": "own"}
    files = {"table": ("t.csv", TABLE), "mapping_file": ("m.toml", "naem = 1")}
    assert volunteer.post("/drafts/new", data=given, files=files).status_code == 400


def test_strangers_are_asked_to_sign_in_and_volunteers_do_not_write(
    sample_app: FastAPI, volunteer: TestClient
) -> None:
    stranger = TestClient(sample_app, follow_redirects=False)
    assert "/sign-in" in stranger.get("/drafts").text
    page = plan(volunteer).headers["location"]
    assert stranger.get(page).status_code == 401
    given = {"csrf": form_token(volunteer, page)}
    assert volunteer.post(f"{page}/apply", data=given).status_code == 403
    assert f'action="{page}/apply"' not in volunteer.get(page).text
    assert volunteer.get("/batches/0123456789ab").status_code == 404


@pytest.mark.parametrize("name", ["museum", "ds-manuscripts", "lido-paintings", "own"])
def test_each_mapping_has_its_form(volunteer: TestClient, name: str) -> None:
    shown = volunteer.get("/drafts/new", params={"mapping": name})
    assert shown.status_code == 200 and 'enctype="multipart/form-data"' in shown.text
