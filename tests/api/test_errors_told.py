"""What is wrong is told on a page in the language of whoever reads it, and how to mend it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from .conftest import form_token

MUSEUM = "Q190804"
FORM = "/requests/new"  # a page with a form, whose token any form of the same visitor takes
COMMANDS = {"kind": "quickstatements", "title": "T"}
SELECTION = {"name": "some-works", "title": "Works"}
PUBLISH = {"page": "Project:Museums"}
# (role, path) of pages that cannot be shown.
ASKED = [
    ("anyone", "/nothing"),
    ("anyone", "/static/none.js"),
    ("anyone", "/partners/Q999999999"),
    ("anyone", "/selections/none-such"),
    ("anyone", "/selections/Q"),
    ("anyone", f"/partners/{MUSEUM}/checks?shape=zzz"),
    ("anyone", f"/partners/{MUSEUM}/checks?shape=statements/title"),
    ("anyone", f"/partners/{MUSEUM}?by=((("),
    ("anyone", f"/coverage?of={MUSEUM}&measures=P18)"),
    ("anyone", "/worklists?of=two names&missing=P18"),
    ("anyone", f"/worklists?of={MUSEUM}&missing=P18 and"),
    ("anyone", f"/worklists?of={MUSEUM}&missing=(P18"),
    ("anyone", f"/worklists?of={MUSEUM}&missing=(P18 P17)"),
    ("anyone", f"/worklists?of={MUSEUM}&missing=P18 P17"),
    ("anyone", f"/worklists?of={MUSEUM}&missing={'P18 or ' * 400}P18"),
    ("anyone", f"/worklists.pdf?of={MUSEUM}&missing=P18"),
    ("anyone", "/worklists.csv?of=nobody-here&missing=P18"),
    ("anyone", "/queries/none"),
    ("anyone", "/queries/quality/units?run=true&partner=zzz"),
    ("anyone", "/queries/quality/units?run=true&language=_"),
    ("anyone", "/queries/quality/deprecated?run=true&claim=Q1"),
    ("anyone", "/reports/2026-13"),
    ("anyone", "/reports/2099-01"),
    ("anyone", "/reports/2026-10.pdf"),
    ("anyone", "/requests/99"),
    ("anyone", "/requests/notes.wikitext?quarter=soon"),
    ("anyone", "/partners/new"),
    ("anyone", "/sign-in/wikimedia"),
    ("anyone", "/sign-in/callback?code=x&state=y"),
    ("volunteer", "/jobs/99"),
    ("volunteer", "/drafts/abcdefabcdef"),
    ("volunteer", f"/mend?item={MUSEUM}&missing=P18 and"),
    ("writer", "/batches/abcdefabcdef"),
    ("coordinator", "/partners/Q999999999/edit"),
    ("coordinator", f"/partners/{MUSEUM}/merge?into={MUSEUM}"),
]


# Letters of a language, so that a text in it is told from one that is only said to be.
LETTERS = {
    "ar": re.compile("[\u0621-\u064a]{3}"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "sv": re.compile("[a-zåäö]"),
}


def _table(name: str, content: str | bytes) -> dict[str, tuple[str, bytes]]:
    return {"table": (name, content if isinstance(content, bytes) else content.encode())}


def _mapping(text: str) -> dict[str, tuple[str, bytes]]:
    return {"mapping_file": ("mine.toml", text.encode()), **_table("t.csv", "id\n1\n")}


# (role, path, fields, files) of forms that cannot be taken.
SENT: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("volunteer", "/glossary", {}, {}),
    ("volunteer", "/drafts/new", {"kind": "none"}, {}),
    ("volunteer", "/drafts/new", {"kind": "own"}, {}),
    ("volunteer", "/drafts/new", {"kind": "museums"}, {}),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.csv", "")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.csv", "id,id\n1,2\n")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.csv", "id,name\n1\n")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.csv", 'id\n"a"b\n')),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.csv", b"id\n\xff\n")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.csv", "other\n1\n")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.pdf", "id\n1\n")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t", "id\n1\n")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.xls", "id\n1\n")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.xlsx", "no zip")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.csv.gz", "no gzip")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.jsonl", "{")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.jsonl", "[1]")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.xml", "<a>")),
    ("volunteer", "/drafts/new", {"kind": "museums"}, _table("t.xml", "<a/>")),
    ("volunteer", "/drafts/new", {"kind": "museums", "permission_by": "B"}, {}),
    ("volunteer", "/drafts/new", {"kind": "own"}, _mapping("=")),
    ("volunteer", "/drafts/new", {"kind": "own"}, _mapping('name = "n"\n')),
    ("volunteer", "/drafts/new", {"kind": "own"}, _mapping('name="n"\ntitle="t"\nkey=1\n')),
    (
        "volunteer",
        "/drafts/new",
        {"kind": "own"},
        _mapping('name="n"\ntitle="t"\nkey="id"\n[[statements]]\nproperty="31"\ntype="x"\n'),
    ),
    ("volunteer", "/drafts/new", {**COMMANDS, "commands": ""}, {}),
    ("volunteer", "/drafts/new", {**COMMANDS, "commands": "MERGE|Q1|Q2"}, {}),
    ("volunteer", "/drafts/new", {**COMMANDS, "commands": "Q1\tP31\tx\nQ1\tX\t1"}, {}),
    ("volunteer", "/drafts/abcdefabcdef/decide", {"row": "1", "choice": "skip"}, {}),
    ("volunteer", "/selections/new", {**SELECTION, "kind": "items", "text": "Q1\nP2"}, {}),
    ("volunteer", "/selections/new", {**SELECTION, "kind": "items", "text": ""}, {}),
    ("volunteer", "/selections/new", {**SELECTION, "kind": "lost", "text": "Q1"}, {}),
    ("volunteer", "/selections/new", {**SELECTION, "kind": "pagepile", "text": "0"}, {}),
    ("volunteer", "/selections/new", {**SELECTION, "kind": "focus", "text": "x"}, {}),
    ("volunteer", "/selections/new", {"name": "!", "title": "T", "kind": "items"}, {}),
    ("volunteer", "/worklists/claim", {"of": MUSEUM, "missing": "P18", "items": "x"}, {}),
    ("volunteer", "/worklists/recheck", {"of": MUSEUM, "missing": "P18", "items": "x"}, {}),
    ("coordinator", "/partners/new", {"qid": "x", "name": "", "kind": "museum"}, {}),
    ("coordinator", "/partners/import", {}, _table("t.csv", "colour\nred\n")),
    ("coordinator", "/partners/import", {}, _table("t.csv", "qid,name,kind\nx,A,museum\ny,B,z\n")),
    ("coordinator", "/partners/import", {}, _table("t.csv", 'qid\n"a"b')),
    ("coordinator", "/requests/import", {}, _table("t.csv", "title,description\n,\n" * 30)),
    ("coordinator", "/requests/99/move", {"to": "done"}, {}),
    ("coordinator", "/publish", {**PUBLISH, "what": "coverage"}, {}),
    ("coordinator", "/publish", {**PUBLISH, "what": "report"}, {}),
    ("coordinator", "/publish", {**PUBLISH, "what": "changes", "of": MUSEUM}, {}),
    ("coordinator", f"/partners/{MUSEUM}/merge", {"into": MUSEUM}, {}),
    ("anyone", "/sign-in", {"token": "no such token"}, {}),
]


@pytest.fixture(scope="module")
def readers(
    sample_app: FastAPI, sample_signed_in: Callable[[str], TestClient]
) -> Callable[[str], TestClient]:
    """Somebody of a role, the same one each time."""
    known: dict[str, TestClient] = {"anyone": TestClient(sample_app, follow_redirects=False)}

    def reader(role: str) -> TestClient:
        if role not in known:
            known[role] = sample_signed_in(role)
        return known[role]

    return reader


def _answers(readers: Callable[[str], TestClient], language: str) -> Iterator[tuple[str, int, str]]:
    for role, path in ASKED:
        answer = readers(role).get(f"/{language}{path}")
        yield path, answer.status_code, answer.text
    for role, path, fields, files in SENT:
        reader = readers(role)
        csrf = form_token(reader, FORM)
        answer = reader.post(f"/{language}{path}", data={"csrf": csrf, **fields}, files=files)
        yield f"{path} {fields}", answer.status_code, answer.text


@pytest.mark.parametrize("language", LETTERS)
def test_nothing_is_wrong_in_english_alone(
    language: str, readers: Callable[[str], TestClient]
) -> None:
    left: list[str] = []
    for asked, status, page in _answers(readers, language):
        found = re.search(r'<div class="problem">(.*?)</div>', page, re.S)
        if status < 400 or status == 500 or found is None:
            left.append(f"{asked}: {status}, no page of an error")
            continue
        said = html.unescape(re.sub(r"<[^>]+>", " ", found[1])).strip()
        assert said, asked
        if 'lang="en"' in found[1] or not LETTERS[language].search(said):
            left.append(f"{asked}: {said}")
    assert not left, "\n".join(left)


def test_wrong_rows_of_a_table_are_told_one_beneath_the_other(
    readers: Callable[[str], TestClient],
) -> None:
    reader = readers("coordinator")
    csrf = form_token(reader, FORM)
    table = "qid,name,kind\n" + "x,A,museum\n" * 25
    answer = reader.post("/ar/partners/import", data={"csrf": csrf}, files=_table("t.csv", table))
    assert answer.status_code == 422
    said = answer.text.split('<div class="problem">', 1)[1].split("</div>", 1)[0]
    assert len(re.findall(r"\n[\u2068\u2069]*الصف ", said)) == 20  # marks isolate what is filled in
    assert "5 صفوف أخرى" in said
