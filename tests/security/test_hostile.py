"""Hostile input does no harm and gets a clear answer: text, parameters, bodies, files."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.errors import KgtoolError
from kgtool.service.callers import OPERATOR
from tests.api.conftest import form_token

HOSTILE = {
    "script": "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>",
    "template": "{{ 7 * 7 }}{% for x in y %}${7*7}",
    "sparql": '"} ; INSERT DATA { <a:b> <a:c> "d" } #',
    "service": "} SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } {",
    "sql": "'; DROP TABLE partner; --",
    "wikitext": "|}}]]-->{{subst:delete}}[[Category:X]]~~~~<nowiki>",
    "quickstatements": 'x"\nCREATE\nLAST|P31|Q5||-Q42|P31|Q5\t',
    "formula": '=HYPERLINK("http://evil.example","x")',
    "path": "../../../../etc/passwd",
    "encoded path": "..%2f..%2fetc%2fpasswd",
    "format": "%s%n%x{0.__class__}",
    "null": "a\x00b",
    "controls": "a\u202eb\u200b\x1b[31m\x7f",
    "long": "x" * 100_000,
    "emoji": "👩‍👩‍👧‍👦" * 50,
    "header": "x\r\nSet-Cookie: a=b",
}


# Of these each parameter of each route gets one; the others matter where text is shown.
IN_ADDRESSES = ("sparql", "sql", "path", "null", "controls", "long", "header")
_SHORT = ("script", "sql", "null")


def kinds(names: Iterable[str]) -> list[Any]:
    """Kinds of hostile text as parameters; the short form of the suite tries a few of them."""
    return [
        pytest.param(name, marks=() if name in _SHORT else pytest.mark.long)
        for name in sorted(names)
    ]


@pytest.fixture(params=kinds(HOSTILE))
def hostile(request: pytest.FixtureRequest) -> str:
    return HOSTILE[request.param]


def parameters(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Method, path and name of every parameter of the API that is in an address."""
    for path, methods in app.openapi()["paths"].items():
        for method, described in methods.items():
            for one in described.get("parameters", ()):
                if one["in"] in ("path", "query"):
                    yield method, path, one["name"]


@pytest.mark.parametrize("kind", kinds(IN_ADDRESSES))
def test_every_parameter_of_every_route(
    app: FastAPI, client: TestClient, bearer: Callable[..., dict[str, str]], kind: str
) -> None:
    from urllib.parse import quote

    headers = bearer("admin")
    app.state.limits._per_minute = 0
    short = HOSTILE[kind][:2000]
    tried = 0
    for method, path, name in parameters(app):
        address, given = path, {}
        if f"{{{name}" in path:
            address = path.replace(f"{{{name}}}", quote(short, safe=""))
        else:
            given[name] = short
        address = address.replace("{", "").replace("}", "")
        answer = client.request(method, address, params=given, headers=headers)
        tried += 1
        # 503: there is nothing in this workspace; it says so.
        assert answer.status_code < 500 or answer.status_code == 503, (method, path, name)
        assert "set-cookie" not in answer.headers
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", (method, path)
            assert "Traceback" not in answer.text
    assert tried > 40


def test_what_people_enter_is_shown_as_text(
    app: FastAPI, signed_in: Callable[[str], TestClient], hostile: str
) -> None:
    browser = signed_in("coordinator")
    csrf = form_token(browser, "/requests/new")
    form = {"csrf": csrf, "title": hostile[:200], "description": hostile[:5000]}
    made = browser.post("/requests/new", data=form)
    assert made.status_code in (303, 400, 422), made.text
    if made.status_code != 303:
        return
    for path in (made.headers["location"], "/requests"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49${" not in page.text
    board = app.state.kgtool.request_papers.wikitext()
    assert "{{subst:" not in board
    table = app.state.kgtool.request_papers.csv(OPERATOR)
    assert "\n=HYPERLINK" not in table and ",=HYPERLINK" not in table
    with app.state.kgtool.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM partner").scalar() == 0


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{" * 100_000, 422),
        (b"[" * 1_000_000, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b"\xff\xfe\x00", 400),
        (b'{"items": ["\\ud800"], "missing": "P18", "selection": "x"}', 400),
        (b'{"items": [1e400]}', 422),
        (b'{"items": ' + b"9" * 10_000 + b"}", 400),
        (b"", 422),
    ],
    ids=lambda value: str(value)[:24],
)
def test_broken_json(
    client: TestClient, bearer: Callable[..., dict[str, str]], content: bytes, status: int
) -> None:
    headers = {**bearer("admin"), "Content-Type": "application/json"}
    answer = client.post("/api/v1/claims", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    "path", ["/api/v1/claims", "/sparql", "/reconcile/en", "/requests/new", "/nothing"]
)
def test_a_body_of_50_megabytes(client: TestClient, path: str, announced: bool) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 1_000_000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    content = b"x" * 50_000_000 if announced else body()
    answer = client.post(path, content=content, headers=headers)
    assert answer.status_code in (401, 404, 405, 413), answer.text


def test_archives_that_burst(tmp_path: Path, app: FastAPI) -> None:
    bomb = tmp_path / "bomb.json.gz"
    bomb.write_bytes(gzip.compress(b'{"a":"' + b"0" * 60_000_000))
    tool = app.state.kgtool
    with pytest.raises(KgtoolError):
        tool.load_files([str(bomb)])
    assert tool.workspace.current() == 0
    table = io.BytesIO()
    with zipfile.ZipFile(table, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<x/>")
        packed.writestr("xl/workbook.xml", b"0" * 60_000_000)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(table.getvalue())
    from kgtool.drafts import read_table

    with pytest.raises(KgtoolError):
        list(read_table(path))


def test_names_of_queries_shapes_and_static_files_do_not_lead_out(client: TestClient) -> None:
    for part in ("api/v1/queries", "static", "queries", "checks", "api/v1/reports"):
        for path in (
            "../../pyproject.toml",
            "%2e%2e/%2e%2e/pyproject.toml",
            "..%5c..%5cx",
            "/etc/passwd",
        ):
            answer = client.get(f"/{part}/{path}")
            assert answer.status_code in (303, 307, 400, 404, 405, 422, 503), (part, path)
            assert "hatchling" not in answer.text


def test_logs_name_nobody(
    client: TestClient,
    bearer: Callable[..., dict[str, str]],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    import logging

    from kgtool.service.logs import JsonLines

    with caplog.at_level(logging.DEBUG):
        client.get("/api/v1/partners", params={"q": "Ann Lind"}, headers=bearer("coordinator"))
        client.get("/partners/Ann%20Lind", headers={"X-Forwarded-For": "203.0.113.9"})
        client.post("/requests/new", data={"title": "x", "contact": "ann@example.org"})
    ours = [JsonLines().format(r) for r in caplog.records if r.name.startswith("kgtool")]
    assert len(ours) >= 3
    assert all(json.loads(line)["message"] for line in ours)
    for personal in ("Ann", "203.0.113.9", "testclient", "ann@example.org", "kgt_"):
        assert not [line for line in ours if personal in line], personal
