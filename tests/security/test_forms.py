"""Every form of the pages, sent with hostile text and files; then all that shows what was taken in.

The forms, their fields and files are read from the routes: a new one is tried without being named
here.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from defusedxml.ElementTree import fromstring
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.params import File
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.testclient import TestClient

from kgtool.api.auth import FormRule
from kgtool.service.callers import OPERATOR
from tests.api.conftest import form_token
from tests.api.filled import MAPPING, MUSEUM, Filled, filled

from .test_hostile import HOSTILE, kinds

# What a person would write, so that each form is taken in but for the field that is tried.
SENSIBLE = {
    **{"qid": "Q1", "name": "A museum", "title": "A title", "description": "A description"},
    **{"country": "Q34", "status": "talking", "to": "information", "address": "a@example.org"},
    **{"purpose": "the agreement", "since": "2026-01-01", "of": MUSEUM, "missing": "P18"},
    **{"items": MUSEUM, "item": MUSEUM, "row": "KG-1", "choice": "skip", "text": "A text"},
    **{"into": "Q2", "keep": "new", "page": "Project:Coverage", "what": "coverage"},
    **{"month": "2026-10", "aspect": "technical", "verdict": "good", "answer": "Agreed."},
    **{"source": "A list", "licence": "CC0-1.0", "ground": "a museum's works"},
    **{"token": "kgt_x", "kind": "other", "back": "/en/partners"},
}
OF_ONE_FORM = {
    "/drafts/new": {"kind": "own"},
    "/selections/new": {"kind": "items", "text": MUSEUM, "name": "some-works"},
    "/partners/new": {"kind": "museum"},
    "/partners/{qid}/edit": {"kind": "museum"},
    "/drafts/{id}/notes": {"kind": "comment"},
    "/requests/{number}/check": {"note": "A note"},
    "/mend": {"item": "Q219831", "missing": "P18", "text": "Night.jpg", "source": ""},
}
TABLE = b"number,title\nKG-1,One\n"
# Files that are sent where a file is asked for: name and content.
FILES: dict[str, tuple[str, bytes]] = {
    "binary": ("t.csv", bytes(range(256)) * 50),
    "not unicode": ("t.csv", b"number,title\n\xff\xfe,\xed\xa0\x80\n"),
    "formulas": ("t.csv", b'number,title\n"=HYPERLINK(""http://evil.example"")",@SUM(1)\n'),
    "path": ("../../../etc/passwd.csv", TABLE),
    "name": ('"><script>alert(1)</script>.csv', TABLE),
    "name without an end": ("\x00", TABLE),
    "deep": ("t.toml", b"a = " + b"[" * 5_000 + b"]" * 5_000),
    "deep json": ("t.json", b"[" * 100_000),
    "long line": ("t.csv", b"number,title\nKG," + b"x" * 3_000_000),
    "packed bomb": ("t.csv.gz", gzip.compress(b"number,title\n" + bytes(120_000_000), 1)),
    "not packed": ("t.csv.gz", TABLE),
}


def excel_bomb() -> bytes:
    """A workbook that unpacks to more than it says is allowed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("[Content_Types].xml", "<x/>")
        packed.writestr("xl/worksheets/sheet1.xml", bytes(120_000_000))
    return made.getvalue()


def excel_lie() -> bytes:
    """A workbook whose directory says that it is small."""
    content = bytearray(excel_bomb())
    size = (120_000_000).to_bytes(4, "little")
    return bytes(content.replace(size, (100).to_bytes(4, "little")))


def excel_entities() -> bytes:
    """A workbook whose text grows by entities (“billion laughs”)."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("[Content_Types].xml", f"<!DOCTYPE t [{laughs}]><t>&l9;</t>")
        packed.writestr("xl/workbook.xml", f"<!DOCTYPE t [{laughs}]><t>&l9;</t>")
    return made.getvalue()


@dataclass
class Form:
    """A form: where it goes, by which route, its text fields and its files."""

    path: str
    route: str
    fields: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def forms(app: FastAPI, plan: str) -> Iterator[Form]:
    """Every form that a page can send, with addresses of things that there are."""
    there = {"qid": MUSEUM, "number": "1", "id": plan, "name": "mine"}
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            continue
        if not any(isinstance(d.call, FormRule) for d in route.dependant.dependencies):
            continue
        id = "1" if "/jobs/" in str(route.path_format) else plan
        names = there | {"id": id}
        given = str(route.path_format)
        form = Form(given.format_map(names), given)
        for name, one in _fields(route.dependant).items():
            (form.files if isinstance(one.field_info, File) else form.fields).append(name)
        yield form


def _fields(dependant: Dependant) -> dict[str, Any]:
    """What a form sends, in itself and in all that it depends on."""
    found = {one.alias: one for one in dependant.body_params}
    for inner in dependant.dependencies:
        found |= _fields(inner)
    return found


def sensible(app: FastAPI, form: Form, csrf: str) -> dict[str, Any]:
    """What a person would send, who saw the record as it is."""
    given = {name: SENSIBLE[name] for name in form.fields if name in SENSIBLE}
    if "version" in form.fields:
        tool, id = app.state.kgtool, form.path.split("/")[2]
        seen = (
            tool.requests.get(int(id), OPERATOR)
            if id.isdecimal()
            else tool.partners.get(id, OPERATOR)
        )
        given |= {"version": str(seen.version), "marks": "0"}
    return {**given, **OF_ONE_FORM.get(form.route, {}), "csrf": csrf}


@pytest.fixture(scope="module")
def service(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    key = Fernet.generate_key().decode()
    with filled(tmp_path_factory.mktemp("forms"), sample_home, data_key=key) as made:
        made.app.state.limits.take = lambda *_: None  # FORMS bounds each visitor; see test_limits
        yield made


@pytest.fixture(scope="module")
def browser(service: Filled) -> TestClient:
    """An admin at a browser."""
    made = TestClient(service.app, follow_redirects=False)
    csrf = form_token(made, "/sign-in")
    answer = made.post("/sign-in", data={"csrf": csrf, "token": service.secret})
    assert answer.status_code == 303
    return made


def harmless(answer: Any, where: object) -> None:
    """The answer is a clear one: no failure of ours, nothing of what was sent is run."""
    busy = answer.status_code == 503 and "retry-after" in answer.headers  # a batch runs already
    assert answer.status_code < 500 or busy, (where, answer.status_code, answer.text[-2000:])
    text = answer.text
    assert "<script>alert" not in text and "<img src=x" not in text, where
    assert "Traceback" not in text and "root:" not in text, where
    assert "set-cookie" not in answer.headers or "a=b" not in answer.headers["set-cookie"], where
    if answer.status_code in (302, 303):
        assert answer.headers["location"].startswith("/"), where
        assert not answer.headers["location"].startswith("//"), where
    elif answer.status_code >= 400:
        assert "<h1" in text, (where, "an error is a page that says what is wrong")


def leading(path: str) -> bool:
    """Forms that end the visit are tried by themselves."""
    return path in ("/sign-out", "/sign-in")


def removing(path: str) -> bool:
    """Forms that take away what others are about: they come last, and bring no text."""
    return path.endswith("/remove")


@pytest.mark.parametrize("kind", kinds(HOSTILE))
def test_hostile_text_in_every_field_of_every_form(
    service: Filled, browser: TestClient, kind: str
) -> None:
    csrf, text = form_token(browser, "/requests/new"), HOSTILE[kind]
    tried, number = 0, sorted(HOSTILE).index(kind)
    for form in forms(service.app, service.plan):
        if removing(form.path):
            assert form.fields == ["csrf"], form
        if leading(form.path) or removing(form.path):
            continue
        given = sensible(service.app, form, csrf)
        everywhere = {name: text[:200] for name in form.fields if name != "csrf"} | {"csrf": csrf}
        harmless(browser.post(form.path, data=everywhere), (form.path, kind))
        # One field at a time reaches further; each kind takes its turn with each field.
        for place, name in enumerate(form.fields):
            if name != "csrf" and (place + number) % 4 == 0:
                given = sensible(service.app, form, csrf)
                answer = browser.post(form.path, data={**given, name: text})
                harmless(answer, (form.path, name, kind))
                tried += 1
                if answer.status_code == 303:
                    harmless(browser.get(answer.headers["location"]), (form.path, name, kind))
    assert tried > 15


@pytest.mark.parametrize("kind", [*FILES, "excel bomb", "excel that lies", "excel with entities"])
def test_hostile_files_in_every_form_that_takes_one(
    service: Filled, browser: TestClient, kind: str
) -> None:
    csrf = form_token(browser, "/requests/new")
    made = {"excel bomb": excel_bomb, "excel that lies": excel_lie}
    made["excel with entities"] = excel_entities
    name, content = FILES[kind] if kind in FILES else ("t.xlsx", made[kind]())
    tried = 0
    for form in forms(service.app, service.plan):
        for one in form.files:
            files = dict.fromkeys(form.files, ("t.csv", TABLE))
            files |= {n: ("m.toml", MAPPING.encode()) for n in form.files if "mapping" in n}
            files[one] = (name, content)
            answer = browser.post(form.path, data=sensible(service.app, form, csrf), files=files)
            harmless(answer, (form.path, one, kind))
            assert "bomb" not in kind or answer.status_code in (303, 400, 413, 422)
            tried += 1
    assert tried >= 7


def test_a_file_of_50_megabytes_is_refused_by_every_form(
    service: Filled, browser: TestClient
) -> None:
    csrf = form_token(browser, "/requests/new")
    for form in forms(service.app, service.plan):
        if form.files:
            files = {form.files[0]: ("t.csv", b"x" * 50_000_000)}
            answer = browser.post(form.path, data=sensible(service.app, form, csrf), files=files)
            assert answer.status_code == 413, form.path


def test_what_was_taken_in_leaves_harmless(service: Filled, browser: TestClient) -> None:
    tool, texts = service.app.state.kgtool, [text[:200] for text in HOSTILE.values()]
    clean = [text for text in texts if "\x00" not in text]
    for number, text in enumerate(clean):
        qid = f"Q{70_000 + number}"
        tool.partners.add(qid, name=text, kind="museum", caller=OPERATOR)
        tool.partners.change(qid, OPERATOR, summary=text, affiliate=text, publish=["summary"])
        made = tool.requests.make(OPERATOR, title=text, description=text)
        tool.requests.change(made.id, OPERATOR, advice=text, publish=["description", "advice"])
    rows = [{"number": f"KG-{n}", "title": text} for n, text in enumerate(clean)]
    plan = service.made("post", "/api/v1/drafts", mapping_toml=MAPPING, rows=rows)
    tables = ["/partners.csv", "/requests.csv", f"/drafts/{plan['id']}/csv"]
    tables += [f"/drafts/{plan['id']}/mismatches"]
    for path in tables:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        for row in csv.reader(io.StringIO(answer.text)):
            assert not [cell for cell in row if re.match(r"[=+@\t\r]|-[^0-9]", cell)], path
    for path in ("/partners.atom", "/requests.atom"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        fromstring(answer.content)  # well-formed, without entities
        assert "<script>" not in answer.text
    commands = browser.get(f"/drafts/{plan['id']}/quickstatements").text.splitlines()
    created = [line for line in commands if line == "CREATE"]
    assert len(created) == plan["counts"]["create"] <= len(rows)
    assert {line.split("\t")[0].split("|")[0] for line in commands if line} <= {"CREATE", "LAST"}
    assert not [line for line in commands if re.match(r"-?Q\d+\t", line)]
    wikitext = tool.request_papers.wikitext()
    assert "{{subst:" not in wikitext and "[[Category:X]]" not in wikitext
    assert "<script>" not in wikitext


def test_leaving_and_entering_with_hostile_text(service: Filled) -> None:
    for text in HOSTILE.values():
        visitor = TestClient(service.app, follow_redirects=False)
        csrf = form_token(visitor, "/sign-in")
        answer = visitor.post("/sign-in", data={"csrf": csrf, "token": text})
        harmless(answer, ("/sign-in", text))
        assert answer.status_code in (400, 401, 403, 422)
