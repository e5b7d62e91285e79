"""Signing in with OAuth 2 at a provider that the test runs."""

from __future__ import annotations

import base64
import datetime
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Form, Header, Request
from fastapi.responses import JSONResponse
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.errors import Forbidden, RemoteError, UsageError
from kgtool.settings import Settings
from kgtool.sources.sign_in import Grant, SignIn
from tests.short import short

from .conftest import form_token


class Provider:
    """Extension:OAuth's three addresses, with one person who agrees to everything."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"sub": 1, "username": "Ann", "blocked": False}
        self.challenges: dict[str, str] = {}
        self.broken = False
        self.refresh = "renews"
        self.app = FastAPI()
        self.app.post("/oauth2/access_token", response_model=None)(self.access_token)
        self.app.get("/oauth2/resource/profile", response_model=None)(self.profile)

    def agree(self, address: str) -> str:
        """What the browser brings back from the provider's page: a query string."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code" and asked["client_id"] == "kgtool"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = asked["code_challenge"]
        return f"code={code}&state={asked['state']}"

    def access_token(
        self,
        client_id: str = Form(),
        client_secret: str = Form(),
        code: str = Form(""),
        code_verifier: str = Form(""),
        refresh_token: str = Form(""),
    ) -> JSONResponse:
        if self.broken:
            return JSONResponse({"oops": 1}, 500)
        if refresh_token:
            if refresh_token != self.refresh:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse({"access_token": "another", "token_type": "Bearer"})
        digest = hashlib.sha256(code_verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        known = (client_id, client_secret) == ("kgtool", "secret")
        if not known or self.challenges.pop(code, "") != challenge:
            said = {"error": "invalid_grant", "error_description": "this code is not good"}
            return JSONResponse(said, 400)
        token = {"access_token": "a-token", "token_type": "Bearer", "expires_in": 14400}
        return JSONResponse(token | {"refresh_token": self.refresh})

    def profile(self, request: Request, authorization: str = Header()) -> JSONResponse:
        assert authorization == "Bearer a-token"
        assert request.headers["user-agent"].startswith("kgtool/")
        return JSONResponse(self.person)


@pytest.fixture
def provider() -> Iterator[tuple[Provider, str]]:
    made = Provider()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(made.app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield made, f"http://127.0.0.1:{listening.getsockname()[1]}/oauth2"
    server.should_exit = True
    thread.join()


@pytest.fixture
def browser(tmp_path: Path, provider: tuple[Provider, str]) -> Callable[[], TestClient]:
    settings = Settings(
        home=tmp_path,
        oauth_base=provider[1],
        oauth_client_id="kgtool",
        oauth_client_secret="secret",
    )
    app = create_app(settings)
    return lambda: TestClient(app, follow_redirects=False)


def begin(browser: TestClient) -> str:
    answer = browser.get("/sv/sign-in/wikimedia")
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_signing_in(provider: tuple[Provider, str], browser: Callable[[], TestClient]) -> None:
    one = browser()
    brought = provider[0].agree(begin(one))
    answer = one.get(f"/sign-in/callback?{brought}")
    assert answer.status_code == 303 and answer.headers["location"] == "/sv/account"
    assert "Ann" in one.get("/account").text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    again = one.get(f"/sign-in/callback?{brought}")
    assert again.status_code == 400, "a sign-in is good once"


@pytest.mark.parametrize(
    ("back", "ends"),
    short(
        2,
        [
            ("/worklists?of=Q190804&missing=P18", "/worklists?of=Q190804&missing=P18"),
            ("", "/account"),
            ("//evil.example", "/account"),
            ("/\\evil.example", "/account"),
            ("https://evil.example/", "/account"),
            ("/a\r\nSet-Cookie: x=1", "/account"),
        ],
    ),
)
def test_signing_in_leads_back_to_the_page_it_began_on(
    app: FastAPI,
    provider: tuple[Provider, str],
    browser: Callable[[], TestClient],
    token: Callable[..., str],
    back: str,
    ends: str,
) -> None:
    one = browser()
    begun = one.get("/sv/sign-in/wikimedia", params={"back": back}).headers["location"]
    answer = one.get(f"/sign-in/callback?{provider[0].agree(begun)}")
    assert answer.headers["location"] == f"/sv{ends}"
    other = TestClient(app, follow_redirects=False)
    form = {"csrf": form_token(other, "/sign-in"), "token": token("volunteer"), "back": back}
    answer = other.post("/sv/sign-in", data=form)
    assert answer.headers["location"] == f"/sv{ends}"


def test_a_page_for_others_offers_to_sign_in_and_to_come_back(client: TestClient) -> None:
    page = client.get("/en/account?x=1")
    assert page.status_code == 401
    assert page.text.count('href="/en/sign-in?back=%2Faccount%3Fx%3D1"') == 2
    assert 'name="back" value="/account?x=1"' in client.get("/sign-in?back=/account?x=1").text


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(
    provider: tuple[Provider, str], browser: Callable[[], TestClient]
) -> None:
    brought = provider[0].agree(begin(browser()))
    other = browser()
    assert other.get(f"/sign-in/callback?{brought}").status_code == 400
    begin(other)
    assert other.get(f"/sign-in/callback?{brought}").status_code == 400
    assert other.get("/account").status_code == 401


def test_a_person_who_does_not_agree_and_a_code_that_is_not_good(
    provider: tuple[Provider, str], browser: Callable[[], TestClient]
) -> None:
    one = browser()
    state = parse_qs(urlsplit(begin(one)).query)["state"][0]
    denied = one.get(f"/sign-in/callback?error=access_denied&state={state}")
    assert denied.status_code == 401
    wrong = one.get(f"/sign-in/callback?code=nonsense&state={state}")
    assert wrong.status_code == 401 and "not good" in wrong.text


def test_blocked_accounts_and_broken_providers(
    provider: tuple[Provider, str], browser: Callable[[], TestClient]
) -> None:
    provider[0].person["blocked"] = True
    one = browser()
    assert one.get(f"/sign-in/callback?{provider[0].agree(begin(one))}").status_code == 401
    provider[0].broken = True
    assert one.get(f"/sign-in/callback?{provider[0].agree(begin(one))}").status_code == 502
    provider[0].broken, provider[0].person = False, {}
    assert one.get(f"/sign-in/callback?{provider[0].agree(begin(one))}").status_code == 502


@pytest.mark.parametrize("name", ["(forgotten)", "command line", "token nightly import"])
def test_nobody_signs_in_as_what_is_no_account(
    provider: tuple[Provider, str], browser: Callable[[], TestClient], name: str
) -> None:
    """What somebody left who was forgotten, or a token made, would be theirs."""
    provider[0].person["username"] = name
    one = browser()
    answer = one.get(f"/sign-in/callback?{provider[0].agree(begin(one))}")
    assert answer.status_code == 401 and "something else" in answer.text
    assert one.get("/account").status_code == 401


def test_a_role_lasts_and_can_be_taken_away(
    provider: tuple[Provider, str], browser: Callable[[], TestClient]
) -> None:
    from kgtool.service.callers import OPERATOR

    one = browser()

    def sign_in() -> int:
        one.get(f"/sign-in/callback?{provider[0].agree(begin(one))}")
        return one.get("/partners/new").status_code

    assert sign_in() == 403
    accounts = one.app.state.kgtool.accounts  # type: ignore[attr-defined]  # the app is ours
    accounts.set_role("Ann", "coordinator", partner=None, by=OPERATOR)
    assert one.get("/partners/new").status_code == 401, "who was signed in signs in anew"
    assert sign_in() == 200
    accounts.set_role("Ann", "coordinator", partner=None, by=OPERATOR)
    assert one.get("/partners/new").status_code == 200, "the same role is no change"
    accounts.set_role("Ann", "volunteer", partner=None, by=OPERATOR)
    assert one.get("/partners/new").status_code == 401
    assert sign_in() == 403


def test_without_a_client_there_is_no_button(client: TestClient) -> None:
    assert "sign-in/wikimedia" not in client.get("/sign-in").text
    assert client.get("/sign-in/wikimedia").status_code == 404


def test_secrets_never_go_over_an_open_line() -> None:
    with pytest.raises(UsageError):
        SignIn("http://meta.example.org", "a", "b", "c", user_agent="", timeout=1)


def test_a_grant_is_renewed_until_it_is_withdrawn(provider: tuple[Provider, str]) -> None:
    signing = SignIn(
        provider[1], "kgtool", "secret", "http://127.0.0.1/", user_agent="kgtool/0", timeout=5
    )
    now = datetime.datetime(2026, 10, 3, tzinfo=datetime.UTC)
    renewed = signing.renew(Grant("old", "renews", now), now)
    assert (renewed.access, renewed.refresh) == ("another", "renews")
    assert renewed.expires > now
    provider[0].refresh = "other"
    with pytest.raises(Forbidden, match="not good any longer"):
        signing.renew(renewed, now)
    provider[0].broken = True
    with pytest.raises(RemoteError):
        signing.renew(renewed, now)
