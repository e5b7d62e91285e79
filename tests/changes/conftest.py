"""A wiki with a museum's works, a workspace about it, and people who edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.api.sandbox.server import SandboxServer
from kgtool.coverage.selection import OfPartners
from kgtool.entities import Item, Property
from kgtool.service.callers import OPERATOR
from kgtool.settings import Settings
from kgtool.wiring import Kgtool, build
from tests.api.conftest import form_token
from tests.builders import item, snak, statement
from tests.sandbox.client import Client
from tests.sandbox.running import BOT, profile_file, running

MUSEUM = "Q900"
HOLDER, NUMBER, YEAR, URL, SITE = "P195", "P217", "P1319", "P854", "P856"


class Clock:
    """The wiki's time: days can pass."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0  # 2026-09-21

    def __call__(self) -> float:
        self.now += 1
        return self.now

    def days(self, count: float) -> None:
        self.now += count * 86400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(tmp_path: Path, clock: Clock) -> Iterator[SandboxServer]:
    """A wiki of five works, loaded two months before anybody asks."""
    with running(tmp_path, clock=clock) as server:
        accounts = server.wiki.accounts
        for name in ("Ann", "Ben"):
            accounts.add(name)
            accounts.add_bot_password(name, "web", BOT[1])
        accounts.add("Admin", groups=("sysop",))
        accounts.add_bot_password("Admin", "web", BOT[1])
        server.wiki.load([*properties(), museum(), *(work(n) for n in range(1, 6))])
        clock.days(60)
        yield server


def properties() -> list[Property]:
    kinds = {HOLDER: "wikibase-item", NUMBER: "string", YEAR: "string", URL: "url", SITE: "url"}
    return [Property(datatype=kind, id=id) for id, kind in kinds.items()]


def museum() -> Item:
    return item(MUSEUM, labels={"en": "The Museum"}, P856="https://museum.example/")


def work(n: int) -> Item:
    cited = [[snak(URL, f"https://museum.example/works/{n}")]]
    return item(
        f"Q{n}",
        statement(HOLDER, MUSEUM),
        statement(NUMBER, f"A-{n}", qualifiers=[snak(HOLDER, MUSEUM)]),
        statement(YEAR, f"16{n:02d}", references=cited),
        statement("P856", f"https://elsewhere.example/{n}"),
        labels={"en": f"Work {n}"},
    )


@pytest.fixture
def tool(server: SandboxServer, tmp_path: Path, clock: Clock) -> Iterator[Kgtool]:
    """The workspace, synced with the wiki."""
    profile = profile_file(server.wiki.profile, tmp_path)
    made = build(
        Settings(
            home=tmp_path / "home",
            wikibase=profile,
            contact="tests@example.org",
            requests_per_second=1000,
            wiki_user=BOT[0],
            wiki_password=BOT[1],
            edits_per_minute=1_000_000,
            quiet_seconds=0.2,
        )
    )
    made.sync.run(OfPartners((MUSEUM,)))
    yield made
    made.close()


@pytest.fixture
def app(tool: Kgtool) -> Iterator[FastAPI]:
    """The service over the same workspace; the museum is a published partner."""
    made: FastAPI = create_app(tool.settings)
    wired: Kgtool = made.state.kgtool
    wired.partners.add(MUSEUM, name="The Museum", kind="museum", caller=OPERATOR)
    wired.partners.change(MUSEUM, OPERATOR, publish=["listed"])
    yield made
    wired.close()


@pytest.fixture
def bearer(app: FastAPI) -> Callable[[str], dict[str, str]]:
    """``bearer("volunteer")``: headers of a program with that role."""
    return lambda role: {"Authorization": f"Bearer {token(app, role)}"}


@pytest.fixture
def signed_in(app: FastAPI) -> Callable[[str], TestClient]:
    """``signed_in("volunteer")``: somebody with that role at a browser."""

    def make(role: str) -> TestClient:
        browser = TestClient(app, follow_redirects=False)
        csrf = form_token(browser, "/sign-in")
        answer = browser.post("/sign-in", data={"csrf": csrf, "token": token(app, role)})
        assert answer.status_code == 303, answer.text
        return browser

    return make


def token(app: FastAPI, role: str) -> str:
    accounts = app.state.kgtool.accounts
    name = f"{role} {len(accounts.tokens())}"
    secret, _ = accounts.add_token(name, role=role, scopes=[], days=1, by=OPERATOR)
    return str(secret)


@pytest.fixture
def person(server: SandboxServer) -> Iterator[Callable[[str], Client]]:
    """``person("Ann")``: somebody signed in to the wiki."""
    made: list[Client] = []

    def sign_in(name: str) -> Client:
        made.append(Client(server.address, f"{name}@web", BOT[1]))
        return made[-1]

    yield sign_in
    for one in made:
        one.close()
