"""What belongs to one person or institution is out of reach of others of the same role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool import sample
from kgtool.api.auth import FormRule
from kgtool.service.callers import OPERATOR, Caller
from kgtool.store.schema import metadata
from tests.api.conftest import browser_of, form_token
from tests.api.filled import MAPPING, MUSEUM, Filled, filled
from tests.api.test_rules import guarded

from .test_audit import rows
from .test_forms import FILES, forms, sensible

MARK = "Zzyzx-of-Ann"
ANN = Caller("Ann", "volunteer")
OTHER = sample.institutions()[1]


class Hers:
    """A service in which Ann, a volunteer, has something of everything that one can have; a plan
    is the office's."""

    def __init__(self, service: Filled) -> None:
        self.app: FastAPI = service.app
        self.tool = tool = service.app.state.kgtool
        self.request = tool.requests.make(
            ANN, title=MARK, description=MARK, contact=f"{MARK}@example.org"
        ).id
        rows = [{"number": f"{MARK}-1", "title": f"A work {MARK}"}]
        self.plan = service.made("post", "/api/v1/drafts", mapping_toml=MAPPING, rows=rows)["id"]
        tool.batches.start(tool.drafts.kept(self.plan))
        ann = Caller("token ann", "volunteer")
        self.job = tool.jobs.ask("snapshot", {"note": MARK}, by=ann, subject=MARK).id
        tool.claims.claim([MUSEUM], selection=MUSEUM, missing="P18", caller=ann)
        items = {"kind": "items", "qids": [MUSEUM]}
        tool.saved_selections.save("anns", "A list", items, ann)

    def somebody(self, name: str, role: str, partner: str | None = None) -> TestClient:
        """A browser of somebody with an account."""
        return browser_of(self.app, name, role, partner)


@pytest.fixture(scope="module")
def hers(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hers]:
    key = Fernet.generate_key().decode()
    with filled(tmp_path_factory.mktemp("objects"), sample_home, data_key=key) as made:
        made.app.state.limits.take = lambda *_: None
        yield Hers(made)


@pytest.fixture(params=["volunteer", "partner"])
def other(hers: Hers, request: pytest.FixtureRequest) -> TestClient:
    """Somebody else of that role."""
    partner = OTHER if request.param == "partner" else None
    return hers.somebody(f"Ben the {request.param}", request.param, partner)


def addresses(hers: Hers) -> Iterator[str]:
    """Every address that can be read, of what is Ann's where it can be of something."""
    ids = {"requests": hers.request, "jobs": hers.job, "drafts": hers.plan, "batches": hers.plan}
    ids |= {"mends": hers.plan, "mend": hers.plan, "selections": "anns"}
    for method, path, _ in guarded(hers.app):
        if method != "GET" or "sign-in" in path:
            continue
        for part, id in ids.items():
            path = re.sub(rf"/{part}/(x|1)\b", f"/{part}/{id}", path)
        yield path.replace("/Q1", f"/{MUSEUM}")


def test_nothing_of_hers_is_shown_to_others(hers: Hers, other: TestClient) -> None:
    office = hers.somebody("Cy", "coordinator")
    told = 0
    for path in addresses(hers):
        answer = other.get(path)
        assert MARK not in answer.text, path
        if not path.endswith("/events"):
            told += MARK in office.get(path).text
    assert told >= 8, "a coordinator sees it at these addresses"


def test_nothing_of_hers_is_changed_by_others(hers: Hers, other: TestClient) -> None:
    csrf = form_token(other, "/requests/new")

    def held() -> str:
        """All rows of the database that are hers or name what is hers, as they are."""
        found = rows(hers.tool.database)
        return "\n".join(
            repr((table, row))
            for table in sorted(found)
            for row in found[table]
            if table != "audit" and re.search(rf"{MARK}|Ann\b|token ann", repr(row))
        )

    plan = hers.tool.settings.home / "plans" / f"{hers.plan}.json"
    before, content = held(), plan.read_bytes()
    tried = 0
    for form in forms(hers.app, hers.plan):
        path = form.path.replace("/requests/1", f"/requests/{hers.request}")
        path = path.replace("/jobs/1", f"/jobs/{hers.job}").replace("/mine", "/anns")
        if path in ("/sign-out", "/sign-in"):
            continue
        given = sensible(hers.app, form, csrf) | {"title": "x", "name": "anns"}
        files = dict.fromkeys(form.files, FILES["path"])
        answer = other.post(path, data=given, files=files or None)
        assert answer.status_code < 500 or answer.status_code in (502, 503), (path, answer.text)
        assert held() == before, path
        assert plan.read_bytes() == content, path
        tried += 1
    assert tried > 20
    assert set(before_tables(before)) >= {"claim", "request", "selection"}


def before_tables(held: str) -> list[str]:
    """The tables in which something of hers stands."""
    return [name for name in metadata.tables if f"('{name}'," in held]


def test_programs_of_others_change_nothing_of_hers(hers: Hers) -> None:
    tool = hers.tool
    secret, _ = tool.accounts.add_token("ben", role="volunteer", scopes=[], days=1, by=OPERATOR)
    ben = TestClient(hers.app, headers={"Authorization": f"Bearer {secret}"})
    given = {"items": [MUSEUM], "missing": "P18", "selection": MUSEUM}
    assert ben.post("/api/v1/claims", json=given).json()["claims"] == []
    assert ben.post("/api/v1/claims/release", json=given).json() == {"released": 0}
    assert [one["mine"] for one in ben.get("/api/v1/claims").json()["claims"]] == [False]
    saved = {"title": "Ben's", "definition": {"kind": "items", "qids": [OTHER]}}
    assert ben.put("/api/v1/selections/anns", json=saved).status_code == 400
    assert ben.delete("/api/v1/selections/anns").status_code == 404
    assert tool.saved_selections.get("anns").by == "token ann"
    assert ben.get(f"/api/v1/jobs/{hers.job}").status_code == 404
    assert ben.post(f"/api/v1/jobs/{hers.job}/stop").status_code in (403, 404)
    assert ben.get(f"/api/v1/requests/{hers.request}").status_code == 404
    assert ben.get(f"/api/v1/drafts/{hers.plan}").status_code == 404


def test_what_somebody_is_told_is_kept_by_nobody_in_between(hers: Hers, other: TestClient) -> None:
    """A cache that many share keeps no answer to somebody who is known, whatever they ask."""
    for path in addresses(hers):
        answer = other.get(path)
        kept = answer.headers.get("cache-control", "")
        if "immutable" not in kept:
            assert "private" in kept or "no-store" in kept, (path, kept)
            assert "public" not in kept, path


@pytest.mark.parametrize("path", ["/requests.atom", "/partners.atom"])
def test_feeds_that_all_may_keep_say_that_they_depend_on_who_asks(hers: Hers, path: str) -> None:
    answer = TestClient(hers.app).get(path)
    assert "public" in answer.headers["cache-control"]
    assert {"Cookie", "Authorization"} <= {one.strip() for one in answer.headers["vary"].split(",")}


def test_forms_are_all_tried(hers: Hers) -> None:
    rules = [rule for _, _, rule in guarded(hers.app) if isinstance(rule, FormRule)]
    assert len(rules) == len(list(forms(hers.app, hers.plan)))


def test_a_session_ends_with_what_it_stood_for(hers: Hers) -> None:
    browser = hers.somebody("Dee", "volunteer")
    assert browser.get("/account").status_code == 200
    hers.tool.people.forget("Dee", OPERATOR)
    assert browser.get("/account").status_code == 401
