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
from playwright.sync_api import Browser, Page, sync_playwright

from kgtool.service.callers import OPERATOR
from tests.short import short

from .conftest import browser_of

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
    short(
        3,
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
    ),
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


@pytest.mark.parametrize("language", ["en", pytest.param("ar", marks=pytest.mark.long)])
def test_two_coordinators_at_one_record(
    browser: Browser, address: str, sample_app: FastAPI, language: str
) -> None:
    """The second to save sees both values, on a narrow screen too, and without scripts."""
    tool = sample_app.state.kgtool
    tool.partners.add("Q77", name="A museum", kind="museum", caller=OPERATOR)
    contexts = []

    def opened(name: str) -> Page:
        cookie = browser_of(sample_app, name, "coordinator").cookies["kgtool_session"]
        made = browser.new_context(
            java_script_enabled=name != "Ann", viewport={"width": 360, "height": 800}
        )
        contexts.append(made)
        made.add_cookies([{"name": "kgtool_session", "value": cookie, "url": address}])
        page = made.new_page()
        page.goto(f"{address}/{language}/partners/Q77/edit")
        return page

    try:
        ann, bo = opened("Ann"), opened("Bo")
        ann.fill("#summary", "They will sign.")
        ann.locator("form.stack button.first").click()
        bo.fill("#summary", "They\nwant to sign.")
        bo.fill("#affiliate", "WMX")
        with bo.expect_response(lambda answer: answer.request.method == "POST") as told:
            bo.locator("form.stack button.first").click()
        assert told.value.status == 409
        both = bo.locator("section.problem td").all_inner_texts()
        assert both == ["", "WMX", "They will sign.", "They\nwant to sign."]
        assert bo.input_value("#summary") == "They\nwant to sign."
        assert bo.evaluate("document.documentElement.scrollWidth") <= 360
        assert [found["id"] for found in Axe().run(bo).response["violations"]] == []
        bo.fill("#summary", "They want to sign, and will.")
        bo.locator("form.stack button.first").click()
        one = tool.partners.get("Q77", OPERATOR)
        assert (one.summary, one.affiliate) == ("They want to sign, and will.", "WMX")
    finally:
        for context in contexts:
            context.close()
        tool.partners.remove("Q77", OPERATOR)
