"""Being signed in ends on the server: a cookie that somebody else copied is worth nothing then."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from kgtool.api.auth import COOKIE
from kgtool.service.accounts import SESSION
from kgtool.service.callers import OPERATOR
from kgtool.store import Copy, Database, schema
from kgtool.wiring import Kgtool

from .conftest import browser_of, form_token
from .fill import fields


def copied(app: FastAPI, browser: TestClient) -> TestClient:
    """Another browser, with the cookie of the first as it is now."""
    thief = TestClient(app, follow_redirects=False)
    thief.cookies.set(COOKIE, browser.cookies[COOKIE])
    return thief


def is_in(browser: TestClient) -> bool:
    """Whether the browser is signed in, by asking for a page that only volunteers see."""
    status = browser.get("/account").status_code
    assert status in (200, 401)
    return status == 200


def sign_out(browser: TestClient, **pressed: str) -> None:
    form = fields(browser.get("/account").text, "/sign-out") | pressed
    assert browser.post("/sign-out", data=form).status_code == 303


def kept(app: FastAPI) -> int:
    with app.state.kgtool.database.read() as connection:
        found: int = connection.execute(
            select(func.count()).select_from(schema.session)
        ).scalar_one()
    return found


@pytest.fixture(params=["account", "token"])
def browser(
    request: pytest.FixtureRequest, app: FastAPI, signed_in: Callable[[str], TestClient]
) -> TestClient:
    """Somebody who signed in in one of both ways."""
    if request.param == "account":
        return browser_of(app, "Ann", "coordinator")
    return signed_in("coordinator")


def test_signing_out_ends_a_copied_cookie_too(app: FastAPI, browser: TestClient) -> None:
    thief = copied(app, browser)
    assert is_in(browser) and is_in(thief)
    sign_out(browser)
    assert COOKIE not in browser.cookies, "its own browser has it no longer"
    assert not is_in(browser) and not is_in(thief)
    assert kept(app) == 0


def test_signing_out_here_leaves_other_browsers_alone_unless_one_says_everywhere(
    app: FastAPI,
) -> None:
    desk = browser_of(app, "Ann", "volunteer")
    phone, tablet = (browser_of(app, "Ann") for _ in range(2))
    bystander = browser_of(app, "Bo", "volunteer")
    sign_out(desk)
    assert [is_in(one) for one in (desk, phone, tablet, bystander)] == [False, True, True, True]
    sign_out(phone, everywhere="true")
    assert [is_in(one) for one in (desk, phone, tablet, bystander)] == [False, False, False, True]


def test_everywhere_of_a_token_ends_no_session_of_another(
    signed_in: Callable[[str], TestClient], app: FastAPI
) -> None:
    one, other, ann = signed_in("writer"), signed_in("writer"), browser_of(app, "Ann", "writer")
    sign_out(one, everywhere="true")
    assert (is_in(one), is_in(other), is_in(ann)) == (False, True, True)
    sign_out(ann, everywhere="true")
    assert is_in(other)


def test_a_new_role_ends_what_was_begun_with_the_old_one(app: FastAPI) -> None:
    browser = browser_of(app, "Ann", "volunteer")
    assert is_in(browser)
    app.state.kgtool.accounts.set_role("Ann", "admin", partner=None, by=OPERATOR)
    assert not is_in(browser)


def test_whoever_is_forgotten_is_out(app: FastAPI) -> None:
    browser, bo = browser_of(app, "Ann Lind", "volunteer"), browser_of(app, "Bo", "volunteer")
    tool: Kgtool = app.state.kgtool
    [session] = tool.people.export("Ann Lind", OPERATOR)["session"]
    assert session["hash"] == "kept, and not shown" and session["expires"]
    tool.people.forget("Ann Lind", OPERATOR)
    assert not is_in(browser) and is_in(bo)
    assert kept(app) == 1


def test_a_revoked_token_and_a_command_end_sessions(
    app: FastAPI, signed_in: Callable[[str], TestClient]
) -> None:
    accounts = app.state.kgtool.accounts
    staff, ann = signed_in("admin"), browser_of(app, "Ann", "admin")
    accounts.revoke(accounts.tokens()[0].name, by=OPERATOR)
    assert not is_in(staff)
    assert accounts.sign_out("Ann", by=OPERATOR) == 1
    assert not is_in(ann)


def test_a_session_ends_by_itself_and_is_deleted(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool: Kgtool = app.state.kgtool
    browser = browser_of(app, "Ann", "volunteer")
    assert is_in(browser)
    later = datetime.datetime.now(datetime.UTC) + SESSION
    monkeypatch.setattr(tool.accounts, "_clock", lambda: later)
    assert not is_in(browser)
    assert tool.accounts.forget_sessions() == 1
    assert kept(app) == 0


def test_signing_in_again_ends_what_the_browser_had(
    app: FastAPI, signed_in: Callable[[str], TestClient], token: Callable[..., str]
) -> None:
    browser = signed_in("volunteer")
    thief = copied(app, browser)
    form = {"csrf": form_token(browser, "/sign-in"), "token": token("coordinator")}
    assert browser.post("/sign-in", data=form).status_code == 303
    assert is_in(browser) and not is_in(thief)


def test_a_backup_brings_no_session_back(app: FastAPI) -> None:
    tool: Kgtool = app.state.kgtool
    database: Database = tool.database
    browser = browser_of(app, "Ann", "volunteer")
    lines = list(Copy(database).lines())
    assert not [line for line in lines if line.startswith(b'["session"')]
    assert is_in(browser)
    Copy(database).put_back(lines, Copy(database).schema)
    assert not is_in(browser), "whoever restores signs everybody out"


def test_a_cookie_says_nothing_that_is_kept(app: FastAPI) -> None:
    """What stands in the database does not open anything, should somebody read it."""
    browser_of(app, "Ann", "volunteer")
    with app.state.kgtool.database.read() as connection:
        [hash] = connection.execute(select(schema.session.c.hash)).scalars()
    thief = TestClient(app, follow_redirects=False)
    thief.cookies.set(COOKIE, app.state.sessions._signer.dumps({"signed-in": hash}))
    assert not is_in(thief)


def test_a_narrowed_token_is_for_programs_alone(
    app: FastAPI,
    client: TestClient,
    token: Callable[..., str],
    bearer: Callable[..., dict[str, str]],
) -> None:
    tool: Kgtool = app.state.kgtool
    tool.partners.add("Q1", name="A prospect", kind="museum", caller=OPERATOR)
    form = {"csrf": form_token(client, "/sign-in"), "token": token("admin", "claims")}
    refused = client.post("/sign-in", data=form)
    assert refused.status_code == 401 and "narrowed" in refused.text
    assert not is_in(client)
    narrow, fitting = bearer("admin", "claims"), bearer("admin", "registry")
    for path in ("/partners/new", "/partners/Q1/edit", "/account", "/publish"):
        assert client.get(path, headers=narrow).status_code == 403, path
    for path in ("/api/v1/partners", "/partners", "/partners.csv", "/"):
        assert "A prospect" not in client.get(path, headers=narrow).text, path
    assert "A prospect" in client.get("/api/v1/partners", headers=fitting).text
    assert "A prospect" not in client.get("/partners", headers=fitting).text
