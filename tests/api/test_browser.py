"""Pages in a real browser: accessible, within the screen, light, and asking nobody else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

from kgtool.service.callers import OPERATOR

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


def test_a_first_visit_is_light(browser: Browser, address: str) -> None:
    for path in ("/", "/partners/Q190804", "/partners/map", "/coverage"):
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


# Controls smaller than 24 by 24 pixels (WCAG 2.2, 2.5.8) that do not stand in a line of text.
SMALL = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(one => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  if (!box.width || !box.height || box.right < 0 || one.closest('svg')) return false;
  return (box.width < 24 || box.height < 24) && style.display !== 'inline';
}).map(one => one.outerHTML.slice(0, 120))"""
# What has the focus: whether it is on the screen, and whether something shows that it has it.
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const seen = box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0;
  return [one.outerHTML.slice(0, 120), seen, style.outlineStyle !== 'none'];
}"""


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/partners",
        "/partners/Q190804",
        "/worklists?of=Q190804&missing=P18",
        "/coverage",
        "/queries/collections/by-creator",
        "/requests/new",
        "/reports/2026-10",
    ],
)
def test_fingers_and_keyboards_reach_everything_on_a_phone(
    browser: Browser, address: str, path: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{address}/en{path}")
    assert page.evaluate(SMALL) == []
    reached = 0
    for _ in range(200):
        page.keyboard.press("Tab")
        told = page.evaluate(FOCUS)
        if told is None:
            break
        reached += 1
        html, seen, marked = told
        assert seen and marked, html
    assert 10 < reached < 200, "there is an end to it"
    context.close()


def test_a_report_is_printed_without_what_only_screens_need(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/en/reports/2026-10")
    page.emulate_media(media="print")
    assert page.locator("main h1").is_visible()
    for unneeded in (".top", ".foot", "main .button"):
        assert not page.locator(unneeded).first.is_visible(), unneeded
    for wide in page.locator(".scroll").all():
        assert wide.evaluate("one => getComputedStyle(one).overflowX") == "visible"
    page.close()


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
    page.locator('input[type="checkbox"][name="items"]').first.check()
    page.get_by_role("button", name="Claim the chosen ones").click()
    assert "yours until" in page.inner_text("main")
    page.locator('input[type="checkbox"][name="items"]').first.check()
    page.get_by_role("button", name="Give them back").click()
    assert "yours until" not in page.inner_text("main")
    context.close()
