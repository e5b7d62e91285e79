"""The registry over HTTP and as pages: who sees what."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.partners import Collection
from kgtool.service.callers import OPERATOR

from .conftest import form_token
from .fill import fields, send

Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def staff(bearer: Bearer) -> dict[str, str]:
    return bearer("coordinator")


def register(client: TestClient, staff: dict[str, str], qid: str, **given: object) -> None:
    body = {"name": f"Museum {qid}", "kind": "museum", **given}
    answer = client.put(f"/api/v1/partners/{qid}", headers=staff, json=body)
    assert answer.status_code == 200, answer.text


def test_a_prospect_is_nobodys_business(client: TestClient, staff: dict[str, str]) -> None:
    register(client, staff, "Q1", summary="secret talks")
    for path in ("/api/v1/partners", "/partners", "/partners.csv", "/", "/search?q=Museum"):
        text = client.get(path).text
        assert "Museum Q1" not in text and "secret" not in text, path
    assert client.get("/api/v1/partners/Q1").status_code == 404
    # Nothing was loaded here: as of any item that nobody registered.
    assert {client.get(f"/partners/{qid}").status_code for qid in ("Q1", "Q2")} == {503}
    assert client.get("/api/v1/partners/Q1", headers=staff).json()["summary"] == "secret talks"


def test_publishing_is_field_by_field(client: TestClient, staff: dict[str, str]) -> None:
    register(
        client,
        staff,
        "Q1",
        status="talking",
        summary="secret",
        affiliate="WMX",
        publish=["affiliate"],
    )
    seen = client.get("/api/v1/partners/Q1").json()
    assert seen["name"] == "Museum Q1" and seen["affiliate"] == "WMX"
    assert seen["summary"] == "" and seen["status"] == "" and seen["history"] == []
    page = client.get("/partners/Q1").text
    assert "WMX" in page and "secret" not in page and "Talking" not in page
    # what is not published cannot be found out by filtering either
    assert client.get("/api/v1/partners?status=talking").json()["partners"] == []


def test_csv_by_accept(client: TestClient, staff: dict[str, str]) -> None:
    register(client, staff, "Q1", name="=1+1", publish=["listed"])
    answer = client.get("/api/v1/partners", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "Q1,'=1+1,museum" in answer.text
    register(client, staff, "Q2", publish=["listed"])
    all, one = (
        client.get(path, headers={"Accept": "text/csv"}).text.splitlines()
        for path in ("/api/v1/partners", "/api/v1/partners/Q1")
    )
    assert (len(one), len(all)) == (2, 3) and set(one) < set(all)


def test_the_list_says_how_much_of_a_catalogue_is_here(
    sample_app: FastAPI, sample_signed_in: Callable[[str], TestClient]
) -> None:
    kgtool, qid = sample_app.state.kgtool, "Q190804"
    before = kgtool.partners.get(qid, OPERATOR)
    catalogue = Collection("Prints", None, 300_000)
    published = [*before.published, "collections"]
    kgtool.partners.change(qid, OPERATOR, collections=[catalogue], publish=published)
    reader = TestClient(sample_app)
    assert "of 300,000 (&lt;1%)" in reader.get("/en/partners").text
    kgtool.partners.change(qid, OPERATOR, collections=[], publish=before.published)
    assert "300,000" not in reader.get("/en/partners").text


def test_paging(client: TestClient, staff: dict[str, str]) -> None:
    for number in range(1, 6):
        listed = ["listed"] if number != 3 else []
        register(client, staff, f"Q{number}", publish=listed)
    seen: list[str] = []
    after = ""
    while after is not None:
        query = f"?limit=2&after={after}" if after else "?limit=2"
        page = client.get(f"/api/v1/partners{query}").json()
        seen += [one["qid"] for one in page["partners"]]
        after = page["next"]
    assert seen == ["Q1", "Q2", "Q4", "Q5"]


def test_partners_are_found_by_their_names(client: TestClient, staff: dict[str, str]) -> None:
    names = {"Q11": "Musée d’Été", "Q12": "Museum of Summer", "Q13": "Sommermuseum"}
    for qid, name in names.items():
        register(client, staff, qid, name=name)

    def found(text: str) -> list[str]:
        page = client.get("/partners", params={"q": text}, headers=staff).text
        return [qid for qid in names if f'/partners/{qid}"' in page]

    assert found("musee ete") == ["Q11"]
    assert found("MUSEUM") == ["Q12", "Q13"]
    assert found("q13") == ["Q13"]
    assert found("<script>") == []
    assert "2 of 3 fit" in client.get("/partners?q=museum", headers=staff).text
    assert found(" ") == list(names)


def test_names_are_shown_and_never_run(client: TestClient, staff: dict[str, str]) -> None:
    name = "<script>alert(1)</script>"
    register(client, staff, "Q1", name=name, kind='"><b>', publish=["listed"])
    for path in ("/partners", "/partners/Q1", "/", "/search?q=<script>", "/partners?kind=<script>"):
        text = client.get(path).text
        assert "<script>" not in text and "><b>" not in text


def test_a_coordinator_works_in_the_browser(signed_in: Callable[[str], TestClient]) -> None:
    browser = signed_in("coordinator")
    csrf = form_token(browser, "/partners/new")
    made = browser.post(
        "/sv/partners/new",
        data={"csrf": csrf, "qid": "q1", "name": "Ett museum", "kind": "museum", "country": "Q34"},
    )
    assert made.status_code == 303 and made.headers["location"] == "/sv/partners/Q1"
    changed = send(
        browser,
        "/partners/Q1/edit",
        status="agreement",
        note="signed",
        collections="Prints | | 12 000 | 2026-01-01 | yearbook",
        links="Site | https://example.org/",
        publish=["collections"],
    )
    assert changed.status_code == 303, changed.text
    page = browser.get("/partners/Q1").text
    assert "12,000 records" in page and "signed" in page and "https://example.org/" in page
    contact = {"csrf": csrf, "name": "Ann", "address": "ann@example.org", "purpose": "agreement"}
    assert browser.post("/partners/Q1/contacts", data=contact).status_code == 303
    assert "ann@example.org" in browser.get("/partners/Q1").text
    anyone = TestClient(browser.app)
    public = anyone.get("/partners/Q1").text
    assert "12,000 records" in public
    assert "ann@" not in public and "signed" not in public and "example.org" not in public


def test_wrong_lines_are_named_and_nothing_is_kept(
    signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    register(client, staff, "Q1")
    browser = signed_in("coordinator")
    wrong = {"name": "Other", "links": "x | javascript:alert(1)"}
    answer = send(browser, "/partners/Q1/edit", **wrong)
    assert answer.status_code == 400 and "Line 1" in answer.text
    assert client.get("/api/v1/partners/Q1", headers=staff).json()["name"] == "Museum Q1"


def test_a_form_that_is_wrong_is_shown_again_with_all_that_was_typed(
    signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    browser = signed_in("coordinator")
    new = {"qid": "the museum", "name": "A museum", "kind": "archive", "country": "Sweden"}
    answer = browser.post(
        "/partners/new", data={"csrf": form_token(browser, "/partners/new"), **new}
    )
    assert answer.status_code == 400 and "Nothing was saved" in answer.text
    again = fields(answer.text, "/partners/new")
    assert {name: again[name] for name in new} == new
    assert browser.post("/partners/new", data={**again, "qid": "Q1"}).status_code == 303
    typed = {"summary": "They <signed>", "links": "x | javascript:y", "country": "Norge"}
    answer = send(browser, "/partners/Q1/edit", **typed, note="by mail", publish=["summary"])
    assert answer.status_code == 400 and "Line 1" in answer.text
    again = fields(answer.text, "/edit")
    assert {name: unescape(again[name]) for name in typed} == typed
    assert again["note"] == "by mail" and again["publish"] == ["summary"]
    mended = {**again, "links": "x | https://example.org/"}
    assert browser.post("/partners/Q1/edit", data=mended).status_code == 303
    kept = client.get("/api/v1/partners/Q1", headers=staff).json()
    assert (kept["country"], kept["summary"]) == ("Q20", unescape(again["summary"]))
    contact = {"name": "Ann", "address": "ann@example.org", "purpose": " "}
    csrf = fields(browser.get("/partners/Q1/edit").text, "/contacts")["csrf"]
    answer = browser.post("/partners/Q1/contacts", data={"csrf": csrf, **contact})
    assert answer.status_code == 400
    assert fields(answer.text, "/contacts")["address"] == "ann@example.org"


def test_a_country_can_be_emptied(
    signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    register(client, staff, "Q1", country="SE")
    browser = signed_in("coordinator")
    assert fields(browser.get("/de/partners/Q1/edit").text, "/edit")["country"] == "Schweden"
    assert send(browser, "/partners/Q1/edit", country="").status_code == 303
    assert client.get("/api/v1/partners/Q1", headers=staff).json()["country"] is None


def test_a_table_with_few_columns_leaves_the_others_alone(
    signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    register(client, staff, "Q1", status="active", summary="much", affiliate="WMX")
    register(client, staff, "Q2", status="talking")
    before = {q: client.get(f"/api/v1/partners/{q}", headers=staff).json() for q in ("Q1", "Q2")}
    browser = signed_in("coordinator")
    csrf = form_token(browser, "/partners/new")
    table = b"qid,name,country\r\nQ1,Museum Q1,Sweden\r\nQ2,Museum Q2,\r\n"
    files = {"table": ("t.csv", table, "text/csv")}
    sent = browser.post("/partners/import", data={"csrf": csrf}, files=files)
    assert sent.status_code == 303
    one = client.get("/api/v1/partners/Q1", headers=staff).json()
    changed = {name for name in one if one[name] != before["Q1"][name]}
    assert changed == {"country", "updated", "version"} and one["country"] == "Q34"
    assert client.get("/api/v1/partners/Q2", headers=staff).json() == before["Q2"]


def test_tables_are_imported_whole_or_not_at_all(signed_in: Callable[[str], TestClient]) -> None:
    browser = signed_in("coordinator")
    csrf = form_token(browser, "/partners/new")

    def send(content: bytes) -> int:
        files = {"table": ("t.csv", content, "text/csv")}
        return browser.post("/partners/import", data={"csrf": csrf}, files=files).status_code

    assert send(b"qid,name\r\nQ1,One\r\nnonsense,Two\r\n") == 422
    assert "One" not in browser.get("/partners").text
    assert send("qid,name\r\nQ1,Öne\r\n".encode()) == 303
    assert "Öne" in browser.get("/partners").text
    assert send("qid,name\r\nQ1,Öne\r\n".encode("latin-1")) == 422


def test_claims_are_taken_once_and_say_nobodys_name(client: TestClient, bearer: Bearer) -> None:
    ann, bea = bearer("volunteer"), bearer("volunteer")
    given = {"items": ["Q1", "Q2"], "missing": "P18", "selection": "Q100"}
    first = client.post("/api/v1/claims", headers=ann, json=given)
    assert [c["item"] for c in first.json()["claims"]] == ["Q1", "Q2"]
    second = client.post("/api/v1/claims", headers=bea, json={**given, "items": ["Q2", "Q3"]})
    assert [c["item"] for c in second.json()["claims"]] == ["Q3"]
    seen = client.get("/api/v1/claims?missing=P18").json()["claims"]
    assert {c["item"]: c["mine"] for c in seen} == {"Q1": False, "Q2": False, "Q3": False}
    assert "volunteer" not in client.get("/api/v1/claims").text
    back = client.post("/api/v1/claims/release", headers=ann, json={**given, "items": ["Q2", "Q3"]})
    assert back.json() == {"released": 1}
    again = client.post("/api/v1/claims", headers=bea, json={**given, "items": ["Q2"]})
    assert [c["item"] for c in again.json()["claims"]] == ["Q2"]


def test_what_may_not_be_kept_is_deleted_in_the_background(app: FastAPI) -> None:
    tool = app.state.kgtool
    tool.partners.add("Q1", name="One", kind="museum", caller=OPERATOR)
    person = {"name": "Ann", "address": "ann@example.org", "purpose": "why"}
    tool.partners.add_contact("Q1", OPERATOR, **person, days=-1)
    tool.partners.add_contact("Q1", OPERATOR, **person, days=30)
    assert tool.worker().drain() == 2
    assert len(tool.partners.get("Q1", OPERATOR).contacts) == 1


def test_a_contact_is_kept_as_long_as_it_is_needed_and_reached(
    signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    register(client, staff, "Q1", publish=["listed"])
    browser = signed_in("coordinator")
    people = {"Ann": "User:Ann (WMX)", "Bo": "bo@example.org", "Cy": "<script>:x", "Di": "a phone"}
    for name, address in people.items():
        form = fields(browser.get("/partners/Q1/edit").text, "/contacts")
        assert form["days"] == "30"
        typed = {"name": name, "address": address, "purpose": "the agreement", "days": "365"}
        assert browser.post("/partners/Q1/contacts", data={**form, **typed}).status_code == 303
    page = browser.get("/partners/Q1").text
    assert 'href="https://www.wikidata.org/wiki/User:Ann_(WMX)"' in page
    assert 'href="mailto:bo@example.org"' in page and "<script>:x" not in page
    assert "<bdi>&lt;script&gt;:x</bdi>" in page and "<bdi>a phone</bdi>" in page
    forever = {**form, **typed, "days": "100000"}
    assert browser.post("/partners/Q1/contacts", data=forever).status_code == 422
    edit = browser.get("/partners/Q1/edit").text
    remove = edit.split("/contacts/", 1)[1].split('"', 1)[0]
    csrf = {"csrf": form["csrf"]}
    assert browser.post(f"/partners/Q1/contacts/{remove}", data=csrf).status_code == 303
    page = browser.get("/partners/Q1").text
    assert "User:Ann" not in page and "bo@example.org" in page
    assert browser.post(f"/partners/Q1/contacts/{remove}", data=csrf).status_code == 404
    assert client.post(f"/partners/Q1/contacts/{remove}", data=csrf).status_code == 401


def test_a_partner_shows_the_requests_about_it(
    app: FastAPI, signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    register(client, staff, "Q1", publish=["listed"])
    for title in ("Open plates", "Secret plates"):
        made = app.state.kgtool.requests.make(OPERATOR, title=title, description="d", partner="Q1")
    app.state.kgtool.requests.change(made.id - 1, OPERATOR, publish=["partner"])
    office = signed_in("coordinator").get("/partners/Q1").text
    assert "Open plates" in office and "Secret plates" in office
    public = client.get("/partners/Q1").text
    assert "Open plates" in public and "Secret plates" not in public
