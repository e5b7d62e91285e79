"""OpenRefine's own pages in a real browser: manifest, suggestions, flyouts, preview, JSONP."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser import chromium
from tests.reconcile.openrefine import OpenRefine
from tests.reconcile.test_openrefine import address, refine

__all__ = ["address", "refine"]

TABLE = "museum,country\nRijksmuseum,Netherlands\nMuseo del Prado,Spain\n"


@pytest.fixture(scope="module")
def browser(need_program: Callable[..., str]) -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium(need_program("chromium", package="chromium")) as started:
        yield started


@pytest.fixture
def asked() -> list[str]:
    """Paths and parameters that the pages asked of the service."""
    return []


@pytest.fixture
def page(browser: Browser, refine: OpenRefine, address: str, asked: list[str]) -> Iterator[Page]:
    """A project in OpenRefine, in a new browser."""
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(20_000)

    def heard(url: str) -> None:
        if url.startswith(address):
            asked.append(url.removeprefix(address))

    opened.on("request", lambda request: heard(request.url))
    opened.goto(f"{refine.address}/project?project={refine.create(TABLE)}")
    yield opened
    context.close()


def add_service(page: Page, service: str) -> None:
    page.locator("th.column-header .column-header-menu").nth(1).click()
    page.hover("text=Reconcile")
    page.click("text=Start reconciling")
    page.click("text=Add standard service")
    page.fill("input[bind=input]", service)
    page.click("button[bind=addButton]")
    page.wait_for_selector(".recon-dialog-service-selector:has-text('kgtool')")
    page.wait_for_selector(".detail-container input")


def choose(page: Page, field: str, typed: str, flyout: str) -> None:
    page.click(field)
    page.keyboard.type(typed, delay=30)
    page.wait_for_selector(".fbs-item >> visible=true")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(f".fbs-flyout-pane:has-text('{flyout}') >> visible=true")
    page.keyboard.press("Enter")


@pytest.mark.long
def test_the_pages_of_openrefine_work_with_the_service(
    page: Page, address: str, asked: list[str]
) -> None:
    add_service(page, f"{address}/reconcile/en")
    choose(page, "input[bind=typeInput]", "mus", "Q33506")
    choose(page, ".detail-container input >> nth=1", "coun", "P17")
    page.click("button[bind=reconcileButton]")
    matched = page.locator("a[href='https://www.wikidata.org/wiki/Q190804']")
    matched.wait_for()

    matched.hover()
    preview = page.frame_locator("iframe[src*='/preview?id=Q190804']")
    preview.locator("text=national museum in Amsterdam").wait_for()

    page.locator("text=Choose new match").first.click()
    page.locator("text=Search for match").first.click()
    page.wait_for_selector(".fbs-item:has-text('Rijksmuseum') >> visible=true")

    paths = [one.partition("?")[0] for one in asked]
    for expected in (
        "/reconcile/en",
        "/reconcile/en/type/suggest",
        "/reconcile/en/type/flyout",
        "/reconcile/en/property/suggest",
        "/reconcile/en/property/flyout",
        "/reconcile/en/preview",
        "/reconcile/en/entity/suggest",
    ):
        assert expected in paths


def test_the_preview_shows_all_in_a_frame_that_allows_nothing(
    browser: Browser, address: str
) -> None:
    """OpenRefine frames it with ``sandbox=""`` since 3.8, at the size that the manifest gives."""
    manifest = httpx2.get(f"{address}/reconcile/en").json()["preview"]
    source = manifest["url"].replace("{{id}}", "Q190804")
    size = 'width="{width}" height="{height}"'.format(**manifest)
    context = browser.new_context()
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.set_content(f'<iframe sandbox="" {size} src="{source}"></iframe>')
    frame = page.frame_locator("iframe")
    frame.locator("text=national museum in Amsterdam").wait_for()
    assert frame.locator("h1 a").get_attribute("href") == "https://www.wikidata.org/wiki/Q190804"
    body = frame.locator("body")
    color = body.evaluate("node => getComputedStyle(node).color")
    assert color == "rgb(32, 33, 34)"  # its style is not blocked
    assert body.evaluate("node => node.scrollWidth <= innerWidth")
    # Nothing was refused; pictures of Commons are not to be had here.
    assert [text for text in told if "Failed to load resource: net::" not in text] == []
    context.close()


@pytest.mark.long
def test_without_cors_the_manifest_comes_by_jsonp(
    page: Page, address: str, asked: list[str]
) -> None:
    def closed(route: Route) -> None:
        if "callback=" in route.request.url:
            route.continue_()
        else:
            route.abort()

    page.route(f"{address}/**", closed)
    add_service(page, f"{address}/reconcile/en")
    assert any("callback=jQuery" in one for one in asked)
