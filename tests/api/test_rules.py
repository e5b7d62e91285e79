"""All routes × all roles: nobody can do what they may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.api.auth import FormRule, Rule
from kgtool.service.callers import ROLES
from kgtool.settings import Settings

# The description of the API itself.
NO_RULE = {"/openapi.json"}
_VALUES = {"qid": "Q1", "number": "1", "name": "style.css"}


def guarded(app: FastAPI) -> list[tuple[str, str, Rule]]:
    """Method, a path that fits, and the strictest rule of every route."""
    found: list[tuple[str, str, Rule]] = []
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            assert str(route.path_format) in NO_RULE, f"{route.path_format} declares no rule"
            continue
        rules = [d.call for d in route.dependant.dependencies if isinstance(d.call, Rule)]
        assert rules, f"{route.path_format} declares no rule"
        strictest = max(rules, key=lambda rule: ROLES.index(rule.role))
        path = re.sub(
            r"\{(\w+)(:path)?\}", lambda m: _VALUES.get(m[1], "x"), str(route.path_format)
        )
        found.extend((method, path, strictest) for method in sorted(route.methods or ()))
    return found


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """The service without limits: here one client asks for everything in a few seconds."""
    key = Fernet.generate_key().decode()
    made: FastAPI = create_app(Settings(home=tmp_path, data_key=key, requests_per_minute=0))
    return made


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_exactly_what_its_rules_allow(
    app: FastAPI, client: TestClient, bearer: Callable[..., dict[str, str]], role: str
) -> None:
    headers = {} if role == "anyone" else bearer(role)
    wrong = []
    for method, path, rule in guarded(app):
        if isinstance(rule, FormRule):
            continue  # refused for everybody without the form's token; see below
        answer = client.request(method, path, headers=headers)
        refused = answer.status_code in (401, 403)
        allowed = ROLES.index(role) >= ROLES.index(rule.role)
        if refused == allowed:
            wrong.append(f"{role} {method} {path}: {answer.status_code}")
    assert wrong == []


def test_no_form_is_taken_in_without_its_token(
    app: FastAPI, client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    headers = bearer("admin")
    forms = [(m, p) for m, p, rule in guarded(app) if isinstance(rule, FormRule)]
    assert len(forms) > 5
    for method, path in forms:
        assert client.request(method, path, headers=headers).status_code == 403, path
        given = {"csrf": "0" * 64}
        assert client.request(method, path, headers=headers, data=given).status_code == 403, path


def test_a_narrowed_token_reaches_only_its_scope(
    client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    narrow = bearer("admin", "claims")
    answer = client.put("/api/v1/partners/Q1", headers=narrow, json={"name": "One"})
    assert answer.status_code == 403
    assert "registry" in answer.json()["hint"]
    given = {"items": ["Q1"], "missing": "P18", "selection": "Q2"}
    assert client.post("/api/v1/claims", headers=narrow, json=given).status_code == 201


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Bearer ", "Basic YTpi", "Bearer kgt_" + "x" * 43, "x" * 5000]
)
def test_a_bad_token_is_refused_even_where_anyone_may_come_in(
    client: TestClient, header: str
) -> None:
    answer = client.get("/api/v1/partners", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_token_is_worth_nothing(
    app: FastAPI, client: TestClient, bearer: Callable[..., dict[str, str]]
) -> None:
    from kgtool.service.callers import OPERATOR

    headers = bearer("coordinator")
    assert client.get("/partners/new", headers=headers).status_code == 200
    accounts = app.state.kgtool.accounts
    accounts.revoke(accounts.tokens()[0].name, by=OPERATOR)
    assert client.get("/partners/new", headers=headers).status_code == 401


def test_a_cookie_changes_nothing_through_the_api(signed_in: Callable[[str], TestClient]) -> None:
    browser = signed_in("admin")
    assert browser.get("/partners/new").status_code == 200
    answer = browser.put("/api/v1/partners/Q1", json={"name": "One"})
    assert answer.status_code == 401


def test_a_forged_cookie_is_nobody(client: TestClient) -> None:
    client.cookies.set("kgtool_session", "eyJhY2NvdW50IjoxfQ.Zm9yZ2Vk.c2lnbmF0dXJl")
    assert client.get("/account").status_code == 401
    assert client.get("/").status_code == 200
