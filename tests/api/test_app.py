"""The frame: numbers, languages, limits, headers, errors, and a rule for every route."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from tempfile import gettempdir

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.testclient import TestClient

from kgtool.api.app import BODY_LIMIT
from kgtool.api.auth import FormRule, Rule
from kgtool.api.places import Places
from kgtool.messages.words import Words
from kgtool.service.logs import JsonLines
from tests.short import short


def routes_of(app: FastAPI) -> list[RouteContext]:
    every = iter_route_contexts(app.routes)
    return [route for route in every if isinstance(route.original_route, APIRoute)]


def rules(route: RouteContext) -> list[Rule]:
    return [d.call for d in route.dependant.dependencies if isinstance(d.call, Rule)]


def test_every_route_states_who_may_use_it(app: FastAPI) -> None:
    routes = routes_of(app)
    assert len(routes) > 10
    silent = [f"{route.methods} {route.path}" for route in routes if not rules(route)]
    assert silent == []


def test_every_form_is_guarded_against_other_sites(app: FastAPI) -> None:
    pages = [
        route
        for route in routes_of(app)
        if not route.include_in_schema
        and (route.methods or set()) & {"POST", "PUT", "DELETE", "PATCH"}
    ]
    assert pages
    for route in pages:
        assert any(isinstance(rule, FormRule) for rule in rules(route)), route.path


def test_live_and_ready(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "kgtool load" in answer.json()["hint"]
    assert answer.headers["retry-after"]


def test_readiness_tells_when_what_is_usually_asked_is_at_hand(sample_app: FastAPI) -> None:
    with TestClient(sample_app) as serving:
        for _ in range(600):
            told = serving.get("/health/ready").json()
            assert told["status"] == "ok" and told["generation"] > 0
            if told["warm"]:
                break
            time.sleep(0.1)
        assert told["warm"]


def test_metrics_count_by_route_and_never_by_address(client: TestClient) -> None:
    client.get("/partners/Q42?secret=1")
    client.get("/nothing/here")
    text = client.get("/metrics").text
    assert 'route="/partners/{qid}"' in text
    assert "secret" not in text and "/nothing" not in text


def test_a_problem_for_programs_a_page_for_people(client: TestClient) -> None:
    program = client.get("/api/v1/partners/Q42")
    assert program.status_code == 404
    assert program.json()["status"] == 404
    assert program.headers["content-type"] == "application/problem+json"
    person = client.get("/sv/requests/42")
    assert person.status_code == 404
    assert '<html lang="sv" dir="ltr">' in person.text
    assert client.get("/api/nothing").json()["detail"]
    assert "<h1>" in client.get("/nothing").text


def test_wrong_parameters_are_named(client: TestClient) -> None:
    answer = client.get("/api/v1/partners?limit=0")
    assert answer.status_code == 422
    assert "limit" in answer.json()["detail"]


def test_safe_headers_everywhere(client: TestClient) -> None:
    for path in ("/", "/api/v1/partners", "/nothing", "/static/style.css", "/health/live"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-request-id"]


def test_no_page_needs_inline_script_or_style(client: TestClient) -> None:
    for path in ("/", "/partners", "/requests", "/requests/new", "/glossary", "/docs", "/sign-in"):
        text = client.get(path).text
        assert "<script>" not in text and "style=" not in text and "onclick" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_request_keeps_its_number(client: TestClient) -> None:
    given = {"X-Request-ID": "abc-12345678"}
    assert client.get("/health/live", headers=given).headers["x-request-id"] == "abc-12345678"
    odd = {"X-Request-ID": "<script>"}
    assert client.get("/health/live", headers=odd).headers["x-request-id"] != "<script>"


def test_the_language_is_the_first_part_of_the_path_or_what_the_browser_asks(
    client: TestClient,
) -> None:
    assert 'lang="ar" dir="rtl"' in client.get("/ar/partners").text
    swedish = client.get("/", headers={"Accept-Language": "sv-FI, en;q=0.5"})
    assert 'lang="sv"' in swedish.text
    assert "Accept-Language" in swedish.headers["vary"]
    assert 'lang="en"' in client.get("/partners").text
    assert 'href="/ja/glossary"' in client.get("/ja/partners").text
    assert client.get("/sv").status_code == 200


def test_bodies_beyond_the_limit_are_refused_before_they_are_read(client: TestClient) -> None:
    answer = client.post("/requests/new", content=b"x" * (BODY_LIMIT + 1))
    assert answer.status_code == 413

    def pieces() -> object:
        for _ in range(BODY_LIMIT // 1_000_000 + 2):
            yield b"x" * 1_000_000

    answer = client.post(
        "/api/v1/requests",
        content=pieces(),  # type: ignore[arg-type]  # an iterator of bytes
    )
    assert answer.status_code == 413


def test_a_page_that_is_known_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/partners")
    again = client.get("/partners", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    other = client.get("/ar/partners", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_large_answers_are_packed(client: TestClient) -> None:
    answer = client.get("/glossary", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"


def test_static_files_are_kept_and_nothing_else_is_given(client: TestClient) -> None:
    answer = client.get("/static/style.css")
    assert "immutable" in answer.headers["cache-control"]
    for name in ("../app.py", "..%2Fapp.py", "%2e%2e/app.py", "nothing.css"):
        assert client.get(f"/static/{name}").status_code == 404


def test_what_fails_unforeseen_is_logged_with_its_number_and_not_shown(
    app: FastAPI,
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(app.state.kgtool.partners, "find", fail)
    with caplog.at_level(logging.ERROR):
        for path in ("/api/v1/partners", "/partners"):
            answer = client.get(path)
            assert answer.status_code == 500
            assert "inner secret" not in answer.text
            assert answer.headers["x-request-id"] in answer.text
            assert answer.headers["content-security-policy"]
    assert "inner secret" in caplog.text


def test_logs_are_json_without_addresses_or_queries(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="kgtool.access"):
        client.get("/search?q=Ann+Person")
    record = next(r for r in caplog.records if r.name == "kgtool.access")
    line = json.loads(JsonLines().format(record))
    assert line["route"] == "/search" and line["status"] == 200
    assert "Ann" not in json.dumps(line) and "testclient" not in json.dumps(line)


def test_a_head_request_and_other_methods(client: TestClient) -> None:
    assert client.put("/partners").status_code == 405


def test_sign_in_by_token_and_out_again(signed_in: Callable[[str], TestClient]) -> None:
    browser = signed_in("coordinator")
    page = browser.get("/account")
    assert "Coordinator" in page.text
    csrf = page.text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    assert browser.post("/sign-out", data={"csrf": csrf}).status_code == 303
    assert browser.get("/account").status_code == 401


_DATA = [
    "/health/ready",
    "/partners",
    "/partners/Q190804",
    "/partners/Q190804/checks",
    "/coverage",
    "/coverage.csv?of=Q190804",
    "/worklists",
    "/worklists?of=Q190804&missing=P18",
    "/worklists.csv?of=Q190804&missing=P18",
    "/search?q=night",
    "/queries/gaps/no-image?partner=Q190804&run=1",
    "/api/v1/partners/Q190804/coverage",
    "/api/v1/coverage?partner=Q190804",
    "/api/v1/partners/Q190804/gaps?missing=P18",
    "/api/v1/partners/Q190804/suggestions",
    "/api/v1/partners/Q190804/collections",
    "/api/v1/partners/Q190804/checks/artwork",
    "/api/v1/queries/gaps/no-image?partner=Q190804",
    "/sparql?query=ASK%7B%7D",
    "/reconcile",
]
_PAGES_WITHOUT_DATA = {"/partners", "/coverage", "/worklists", "/search?q=night"}


@pytest.mark.parametrize("format, told", [(1, "older kgtool"), (99, "newer kgtool"), (0, "empty")])
@pytest.mark.parametrize("address", short(4, _DATA))
def test_a_workspace_that_cannot_be_read_is_said_to_be_one_everywhere(
    app: FastAPI, client: TestClient, address: str, format: int, told: str
) -> None:
    home = app.state.kgtool.settings.home
    if format:
        (home / "generations" / "1").mkdir(parents=True)
        (home / "generations" / "1" / "reader.lock").touch()
        meta = {"number": 1, "as_of": "2026-11-01T00:00:00+00:00", "format": format}
        (home / "generations" / "1" / "meta.json").write_text(json.dumps(meta))
        (home / "CURRENT").write_text("1\n")
    answer = client.get(address)
    if not format and address in _PAGES_WITHOUT_DATA:
        assert answer.status_code == 200  # they tell that nothing is here yet
        return
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert told in answer.text
    assert "Whoever runs this service can mend it" in answer.text
    assert ("Upgrade kgtool" if format == 99 else "kgtool load FILE") in answer.text
    assert str(home) not in answer.text


@pytest.mark.parametrize("address", ["/partners/Q190804", "/api/v1/partners/Q190804/coverage"])
def test_where_the_workspace_lies_is_told_to_administrators_and_the_log_alone(
    app: FastAPI,
    bearer: Callable[..., dict[str, str]],
    caplog: pytest.LogCaptureFixture,
    address: str,
) -> None:
    home = app.state.kgtool.settings.home
    headers = {role: bearer(role) for role in ("coordinator", "admin")}
    (home / "CURRENT").write_text("nonsense\n")
    client = TestClient(app)
    for seen in ({}, headers["coordinator"]):
        answer = client.get(address, headers=seen)
        assert answer.status_code == 503 and "$KGTOOL_HOME" in answer.text
        assert str(home) not in answer.text and str(home.parent) not in answer.text
    assert str(home) in caplog.text
    assert str(home) in client.get(address, headers=headers["admin"]).text


def test_paths_and_addresses_are_named_by_their_settings(app: FastAPI) -> None:
    kgtool = app.state.kgtool
    home, database = kgtool.settings.home, kgtool.database.url.database
    places = Places(kgtool)
    assert places.unnamed(f"{home}/names is damaged; see {home}.") == (
        "$KGTOOL_HOME/names is damaged; see $KGTOOL_HOME."
    )
    assert places.unnamed(f"({database})") == "($KGTOOL_DATABASE_URL)"
    assert places.unnamed(f"{home}-other") == f"$TMPDIR/{home.relative_to(gettempdir())}-other"
    said = Words("error-neither", (Words("error-neither", (str(home),)),))
    assert places.unnamed(said) == Words(
        "error-neither", (Words("error-neither", ("$KGTOOL_HOME",)),)
    )


def test_what_is_wrong_is_told_to_readers_without_commands_of_ours(client: TestClient) -> None:
    answer = client.get("/api/v1/partners/Q190804/gaps")
    assert answer.status_code == 400
    assert answer.json()["hint"] == "Name a measure, for example P18."
