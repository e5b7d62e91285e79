"""The service over an empty workspace, and callers of every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from starlette.responses import Response
from starlette.testclient import TestClient

from kgtool import sample
from kgtool.api.app import create_app
from kgtool.api.auth import COOKIE, SIGNED_IN
from kgtool.entities import to_json
from kgtool.service.callers import OPERATOR
from kgtool.settings import Settings


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    settings = Settings(home=tmp_path, data_key=Fernet.generate_key().decode())
    made: FastAPI = create_app(settings)
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who has not signed in."""
    with TestClient(app, follow_redirects=False) as made:
        yield made


@pytest.fixture
def token(app: FastAPI) -> Callable[..., str]:
    """``token("coordinator")``: the secret of a token with that role."""

    def make(role: str, *scopes: str) -> str:
        secret, _ = app.state.kgtool.accounts.add_token(
            f"{role} {len(app.state.kgtool.accounts.tokens())}",
            role=role,
            scopes=list(scopes),
            days=1,
            by=OPERATOR,
        )
        return str(secret)

    return make


@pytest.fixture
def bearer(token: Callable[..., str]) -> Callable[..., dict[str, str]]:
    """``bearer("writer")``: headers of a program with that role."""
    return lambda role, *scopes: {"Authorization": f"Bearer {token(role, *scopes)}"}


@pytest.fixture
def signed_in(app: FastAPI, token: Callable[..., str]) -> Callable[[str], TestClient]:
    """``signed_in("coordinator")``: somebody with that role at a browser."""

    def make(role: str) -> TestClient:
        browser = TestClient(app, follow_redirects=False)
        csrf = form_token(browser, "/sign-in")
        answer = browser.post("/sign-in", data={"csrf": csrf, "token": token(role)})
        assert answer.status_code == 303, answer.text
        return browser

    return make


def browser_of(app: FastAPI, name: str, role: str = "", partner: str | None = None) -> TestClient:
    """A browser in which an account is signed in, after it was given a role, if there is one."""
    accounts = app.state.kgtool.accounts
    accounts.sign_in(name)
    if role:
        accounts.set_role(name, role, partner=partner, by=OPERATOR)
    answer = Response()
    app.state.sessions.write(answer, {SIGNED_IN: accounts.begin(accounts.sign_in(name))})
    made = TestClient(app, follow_redirects=False)
    cookie = answer.headers["set-cookie"].split(";")[0].partition("=")[2]
    made.cookies.set(COOKIE, cookie, domain="testserver.local", path="/")
    return made


def form_token(browser: TestClient, path: str) -> str:
    """The token of the first form on a page."""
    page = browser.get(path).text
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


@pytest.fixture(scope="session")
def sample_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The service over the sample, shared: tests leave no trace that others could trip over."""
    home = tmp_path_factory.mktemp("sample")
    made: FastAPI = create_app(Settings(home=home))
    tool = made.state.kgtool
    lines = enumerate((to_json(entity) for entity in sample.entities()), start=1)
    tool.loading.load(lines, source="the sample", sample=True)
    for qid in sample.institutions():
        tool.partners.add(qid, name=None, kind="museum", caller=OPERATOR)
        tool.partners.change(qid, OPERATOR, publish=["listed"])
    return made


@pytest.fixture(scope="session")
def sample_signed_in(sample_app: FastAPI) -> Callable[[str], TestClient]:
    """Somebody with a role at a browser, over the sample."""

    def make(role: str) -> TestClient:
        browser = TestClient(sample_app, follow_redirects=False)
        csrf = form_token(browser, "/sign-in")
        accounts = sample_app.state.kgtool.accounts
        name = f"{role} {len(accounts.tokens())}"
        secret, _ = accounts.add_token(name, role=role, scopes=[], days=1, by=OPERATOR)
        assert browser.post("/sign-in", data={"csrf": csrf, "token": secret}).status_code == 303
        return browser

    return make
