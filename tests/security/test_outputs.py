"""What hostile text has become where it leaves: pages, drawings, tables, feeds, edits on a wiki."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from cryptography.fernet import Fernet
from defusedxml.ElementTree import fromstring
from msgspec.structs import replace
from starlette.testclient import TestClient

from kgtool import sample
from kgtool.drafts import Create
from kgtool.entities import Item, Term, to_json
from kgtool.service.callers import OPERATOR
from kgtool.wiring import Kgtool
from tests.api.conftest import form_token
from tests.api.filled import MAPPING, Filled, filled
from tests.api.test_rules import guarded
from tests.short import short

from .test_hostile import HOSTILE

CLEAN = {kind: text[:200] for kind, text in HOSTILE.items() if "\x00" not in text}
FORMULA = re.compile(r"[=+@\t\r\n＝＋－＠]|-[^0-9]")


@pytest.fixture(scope="module")
def service(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Every institution of the sample has a hostile label, name, summary and status note."""
    key = Fernet.generate_key().decode()
    with filled(tmp_path_factory.mktemp("outputs"), sample_home, data_key=key) as made:
        made.app.state.limits.take = lambda *_: None
        tool = made.app.state.kgtool
        texts = dict(zip(sample.institutions(), CLEAN.values(), strict=False))
        named = (
            to_json(replace(one, labels={"en": Term("en", texts[one.id])}))
            for one in sample.entities()
            if isinstance(one, Item) and one.id in texts
        )
        tool.loading.load(enumerate(named, start=1), source="hostile", sample=True)
        for qid, text in texts.items():
            if not tool.partners.registered([qid]):
                tool.partners.add(qid, name=text, kind="museum", caller=OPERATOR)
            fields = ["listed", "summary", "affiliate", "status"]
            tool.partners.change(
                qid, OPERATOR, name=text, summary=text, affiliate=text, note=text, publish=fields
            )
        yield made


def addresses(service: Filled) -> Iterator[str]:
    """Every address that can be read, of an institution, a plan and a month that there are."""
    month = f"{service.app.state.kgtool.snapshots.current().generation.meta.as_of:.7}"
    for method, path, _ in guarded(service.app):
        if method == "GET" and "sign-in" not in path and not path.endswith("/events"):
            path = path.replace("/reports/x", f"/reports/{month}").replace("/selections/x", "/mine")
            path = re.sub(r"/(drafts|batches)/x", rf"/\1/{service.plan}", path)
            yield path.replace("/Q1", f"/{sample.institutions()[0]}")


def is_harmless(answer: Any, path: str) -> str:
    """Nothing of what was entered is run by whoever opens the answer; says of what kind it is."""
    kind = str(answer.headers.get("content-type", "")).partition(";")[0]
    if "csv" in kind:
        for row in csv.reader(io.StringIO(answer.text)):
            assert not [cell for cell in row if FORMULA.match(cell)], path
    elif kind.endswith(("+xml", "/xml")):
        fromstring(answer.content)  # well-formed, without entities
        assert "<script" not in answer.text, path
    elif kind.endswith("json"):
        json.loads(answer.content)
    elif kind == "text/html":
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text, path
        assert "javascript:" not in answer.text, path
    return kind


@pytest.mark.long
def test_everything_that_can_be_read_is_harmless(service: Filled) -> None:
    browser = TestClient(service.app, follow_redirects=False)
    csrf = form_token(browser, "/sign-in")
    browser.post("/sign-in", data={"csrf": csrf, "token": service.secret})
    kinds: set[str] = set()
    for path in addresses(service):
        for accept in ("*/*", "text/csv"):
            answer = browser.get(path, headers={"Accept": accept})
            assert answer.status_code < 500 or answer.status_code in (502, 503), path
            kinds.add(is_harmless(answer, path))
    assert {"text/html", "text/csv", "application/json", "application/atom+xml"} <= kinds


def test_the_map_and_charts_name_institutions_as_text(service: Filled) -> None:
    page = service.client.get("/en/partners/map").text
    drawing = page[page.index("<svg") : page.rindex("</svg>") + len("</svg>")]
    drawings = re.findall(r"<svg.*?</svg>", drawing, re.S)
    assert drawings
    for one in drawings:
        # What was entered opens and closes no element. Controls are harmless: the page is no XML.
        fromstring(re.sub(r"[\x00-\x08\x0b-\x1f]", "", one))
    assert escape(CLEAN["script"]) in drawing.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    assert "<script>alert" not in page


def revisions(tool: Kgtool, item: str) -> list[dict[str, Any]]:
    asked = {
        **{"action": "query", "prop": "revisions", "titles": tool.profile.page_title(item)},
        **{"rvprop": "comment|content", "rvslots": "main", "rvlimit": "50", "format": "json"},
        **{"formatversion": "2"},
    }
    with urlopen(f"{tool.profile.action_api}?{urlencode(asked)}") as answer:
        found: list[dict[str, Any]] = json.load(answer)["query"]["pages"][0]["revisions"]
        return found


@pytest.mark.parametrize("kind", short(5, sorted(CLEAN)))
def test_an_edit_carries_text_as_text_and_a_summary_of_one_line(service: Filled, kind: str) -> None:
    tool, text = service.app.state.kgtool, CLEAN[kind]
    wanted = {"title": json.dumps(text), "summary": json.dumps(text)}
    head = f"title = {wanted['title']}\nsummary = {wanted['summary']}\n"
    mapping = MAPPING.replace('title = "Paintings"\n', head, 1)
    rows = [{"number": f"HX-{sorted(CLEAN).index(kind)}", "title": text}]
    made = service.client.post(
        "/api/v1/drafts", json={"mapping_toml": mapping, "rows": rows, "against": "wiki"}
    )
    assert made.status_code in (200, 201, 400, 422), made.text
    if made.status_code >= 400:
        assert made.json()["detail"]
        return
    plan = tool.drafts.kept(made.json()["id"])
    [row] = plan.rows
    if not isinstance(row, Create):
        assert row.findings or getattr(row, "reason", ""), "it says why it is not written"
        return
    batch = tool.batches.start(plan)
    said = tool.batch_jobs.apply_here(
        batch, OPERATOR, stopping=lambda: False, progress=lambda done: None
    )
    assert said["confirmed"] + said["refused"] == 1, said
    if said["refused"]:
        return
    [revision] = revisions(tool, batch.items[row.key])
    held = json.loads(revision["slots"]["main"]["content"])
    assert held["labels"] == {
        "en": {"language": "en", "value": row.draft.wanted.labels["en"].value}
    }
    assert sorted(held["claims"]) == sorted(_properties(row.draft.wanted))
    summary = revision["comment"]
    assert len(summary) <= 500
    assert not [sign for sign in summary if unicodedata.category(sign) == "Cc"]
    assert summary.count(f"[{batch.id}:") == 1
    assert len(re.findall(r"\[[0-9a-f]{12}:", summary)) == 1, "one token, ours"


def _properties(item: Item) -> list[str]:
    return list(item.claims)
