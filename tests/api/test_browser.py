"""Pages in a real browser: accessible, within the screen, light, and asking nobody else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Request, sync_playwright

from kgtool.service.callers import OPERATOR

PAGES = (
    "/",
    "/partners",
    "/partners/Q190804",
    "/partners/Q190804/history",
    "/partners/Q190804/changes?state=kept",
    "/coverage",
    "/worklists",
    "/worklists?of=Q190804&missing=P18",
    "/queries",
    "/queries/gaps/no-image?run=true",
    "/requests",
    "/requests/new",
    "/glossary",
    "/docs",
    "/sign-in",
    "/search?q=the",
    "/nothing",
)
STAFF_PAGES = (
    "/account",
    "/partners/new",
    "/partners/discover",
    "/partners/Q190804/edit",
    "/partners/Q190804/changes?state=kept",
    "/selections/new",
    "/requests/1",
    "/worklists?of=Q190804&missing=P18",
)
FIRST_LOAD = 150_000  # bytes over the wire


@pytest.fixture(scope="module")
def address(sample_app: FastAPI) -> Iterator[str]:
    """The service over the sample, at a free port."""
    tool = sample_app.state.kgtool
    tool.requests.make(OPERATOR, title="Glass plates", description="4,000 negatives", country="Q34")
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(sample_app, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser(need_program: Callable[..., str]) -> Iterator[Browser]:
    chromium = need_program("chromium", package="chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield made
        made.close()


class Watched:
    """A page that notes what it asked for and what it complained about."""

    def __init__(self, browser: Browser, address: str, width: int, dark: bool = False) -> None:
        self.address = address
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.others: list[str] = []
        self.page.on("console", lambda said: self._complain(said.type, said.text))
        self.page.on("request", self._note)

    def _complain(self, kind: str, text: str) -> None:
        # The page that is not there answers 404, which the console says too.
        if kind in ("error", "warning") and "404" not in text:
            self.complaints.append(text)

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.others.append(request.url)

    def look(self, path: str, *, scan: bool) -> list[str]:
        """What is wrong with a page."""
        self.page.goto(self.address + path)
        wrong = [f"{path}: {text}" for text in self.complaints + self.others]
        over = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if over > 0:
            wrong.append(f"{path}: {over} px wider than the screen")
        if scan:
            for violation in Axe().run(self.page).response["violations"]:
                nodes = [str(node["html"])[:120] for node in violation["nodes"][:3]]
                wrong.append(f"{path}: {violation['id']}: {nodes}")
        self.complaints.clear()
        self.others.clear()
        return wrong


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("en", 1440, False), ("en", 768, True), ("ar", 360, False), ("ja", 360, True)],
)
def test_pages_are_accessible_and_fit(
    browser: Browser, address: str, language: str, width: int, dark: bool
) -> None:
    watched = Watched(browser, address, width, dark)
    wrong = [problem for path in PAGES for problem in watched.look(f"/{language}{path}", scan=True)]
    assert wrong == []


def test_pages_of_staff_are_accessible_and_fit(
    browser: Browser, address: str, sample_app: FastAPI
) -> None:
    accounts = sample_app.state.kgtool.accounts
    secret, _ = accounts.add_token("browser", role="admin", scopes=[], days=1, by=OPERATOR)
    watched = Watched(browser, address, 360)
    page = watched.page
    page.goto(f"{address}/sign-in")
    page.get_by_label("Token", exact=True).fill(secret)
    page.locator("main").get_by_role("button", name="Sign in").click()
    assert page.url.endswith("/account")
    wrong = [problem for path in STAFF_PAGES for problem in watched.look(path, scan=True)]
    assert wrong == []


def test_a_first_visit_is_light(browser: Browser, address: str) -> None:
    for path in ("/", "/partners/Q190804", "/coverage"):
        context = browser.new_context()
        page = context.new_page()
        client = context.new_cdp_session(page)
        client.send("Network.enable")
        sizes: list[float] = []
        client.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))  # noqa: B023
        page.goto(address + path, wait_until="networkidle")
        assert 0 < sum(sizes) < FIRST_LOAD, path
        context.close()


def test_the_keyboard_reaches_the_content_first(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/partners/Q190804")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"


def test_the_loop_from_partner_to_claim_without_scripts(
    browser: Browser, address: str, sample_app: FastAPI
) -> None:
    accounts = sample_app.state.kgtool.accounts
    secret, _ = accounts.add_token("loop", role="volunteer", scopes=[], days=1, by=OPERATOR)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/en/sign-in")
    page.get_by_label("Token", exact=True).fill(secret)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/en/")
    page.get_by_role("link", name="See the partners").click()
    page.get_by_role("link", name="Rijksmuseum").click()
    page.locator(".heat a").first.click()
    assert "to work on" in page.inner_text("h1")
    page.locator('input[name="items"]').first.check()
    page.get_by_role("button", name="Claim the chosen ones").click()
    assert "yours until" in page.inner_text("main")
    page.locator('input[name="items"]').first.check()
    page.get_by_role("button", name="Give them back").click()
    assert "yours until" not in page.inner_text("main")
    context.close()
