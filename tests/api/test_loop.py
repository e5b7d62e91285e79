"""The whole loop in a real browser, on the sample, with a sandbox to write to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kgtool import sample
from kgtool.api.app import create_app
from kgtool.api.sandbox.run import profile_toml
from kgtool.api.sandbox.server import SandboxServer
from kgtool.entities import to_json
from kgtool.service.callers import OPERATOR
from kgtool.service.worker import working
from kgtool.settings import Settings
from kgtool.wiring import Kgtool
from tests.browser import chromium
from tests.sandbox.conftest import BOT
from tests.servers import free_port, served

MUSEUM = "Q190804"  # Rijksmuseum
MEASURE = "P973"  # described at URL: no work of the museum says it
MAPPING = f"""
name = "pages"
title = "Pages of the catalogue"
key = "item"
item = "item"
[[statements]]
property = "{MEASURE}"
type = "url"
column = "page"
[[references]]
[[references.snaks]]
property = "P854"
type = "url"
constant = "https://example.org/catalogue"
"""


class Place:
    """The service over the sample, its wiki, and tokens to sign in with."""

    def __init__(self, address: str, tool: Kgtool, wiki: SandboxServer) -> None:
        self.address = address
        self.tool = tool
        self.wiki = wiki

    def token(self, role: str) -> str:
        name = f"{role} {len(self.tool.accounts.tokens())}"
        secret, _ = self.tool.accounts.add_token(name, role=role, scopes=[], days=1, by=OPERATOR)
        return secret


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("loop")
    with SandboxServer(folder / "wiki") as wiki:
        wiki.wiki.accounts.add("KgBot", groups=("bot",))
        wiki.wiki.accounts.add_bot_password("KgBot", "kgtool", BOT[1])
        wiki.wiki.load(sample.entities())
        profile = folder / "profile.toml"
        profile.write_text(profile_toml(wiki.wiki.profile), encoding="utf-8")
        settings = Settings(
            home=folder / "home",
            wikibase=str(profile),
            wiki_user=BOT[0],
            wiki_password=BOT[1],
            edits_per_minute=1_000_000,
            quiet_seconds=0.2,
            contact="tests@example.org",
        )
        app = create_app(settings)
        tool: Kgtool = app.state.kgtool
        lines = enumerate((to_json(entity) for entity in sample.entities()), start=1)
        tool.loading.load(lines, source="the sample", sample=True)
        tool.partners.add(MUSEUM, name=None, kind="museum", caller=OPERATOR)
        tool.partners.change(MUSEUM, OPERATOR, publish=["listed"])
        with served(app, free_port()) as address, working(tool.worker()):
            yield Place(address, tool, wiki)


@pytest.fixture(scope="module")
def browser(need_program: Callable[..., str]) -> Iterator[Browser]:
    with chromium(need_program("chromium", package="chromium")) as running:
        yield running


def sign_in(page: Page, place: Place, role: str, prefix: str = "/en") -> None:
    page.goto(f"{place.address}{prefix}/sign-in")
    page.locator("main input[name=token]").fill(place.token(role))
    page.locator("main form:has(input[name=token]) button").click()
    assert page.url.endswith("/account")


def wrong(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    found = [
        f"{page.url}: {one['id']}: {[str(node['html'])[:160] for node in one['nodes'][:3]]}"
        for one in Axe().run(page).response["violations"]
    ]
    over = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return [*found, f"{page.url}: {over} px too wide"] if over > 0 else found


def send_table(page: Page, place: Place, folder: Path, items: list[str], prefix: str) -> None:
    """Bring a table of pages with its mapping; ends on the plan's page."""
    (folder / "pages.toml").write_text(MAPPING, encoding="utf-8")
    rows = "".join(f"{item},https://example.org/works/{item}\n" for item in items)
    (folder / "pages.csv").write_text("item,page\n" + rows, encoding="utf-8")
    page.goto(f"{place.address}{prefix}/drafts")
    page.locator("main .cards a").first.click()
    page.locator("#table").set_input_files(folder / "pages.csv")
    page.locator("#mapping_file").set_input_files(folder / "pages.toml")
    page.locator("#source").fill("Catalogue of the museum")
    page.locator("#licence").fill("CC0-1.0")
    page.locator("#ground").fill("works of a national museum")
    page.locator("main form.stack button").click()
    expect(page.locator("h1")).to_contain_text("Pages of the catalogue")


def test_a_gap_is_found_closed_and_recorded(browser: Browser, place: Place, tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, place, "writer")
    page.goto(f"{place.address}/en/")
    page.get_by_role("link", name="See the partners").click()
    page.get_by_role("link", name="Rijksmuseum").click()
    page.goto(f"{place.address}/en/worklists?of={MUSEUM}&missing={MEASURE}")
    gaps = place.tool.coverage.gaps(MUSEUM, [MEASURE], [], None, None, "en")
    items = [one.id for one in gaps.items][:3]
    assert len(items) == 3
    page.locator('input[name="items"]').first.check()
    page.get_by_role("button", name="Claim the chosen ones").click()
    expect(page.locator("main")).to_contain_text("yours until")

    send_table(page, place, tmp_path, items, "/en")
    expect(page.locator("article")).to_have_count(3)
    assert wrong(page) == []
    page.locator("article").nth(2).get_by_role("button", name="Write nothing").click()
    page.get_by_role("link", name="complete (2)").click()
    expect(page.locator("article")).to_have_count(2)
    page.locator("#trial").fill("1")
    page.locator("#write ~ form button, section[aria-labelledby=write] form button").click()
    page.wait_for_url("**/batches/*")
    expect(page.locator('[data-state="confirmed"]')).to_have_text("1", timeout=20_000)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator('[data-state="confirmed"]')).to_have_text("2", timeout=20_000)
    expect(page.locator("main")).to_contain_text("All is written.", timeout=30_000)
    assert wrong(page) == []

    left = place.tool.coverage.gaps(MUSEUM, [MEASURE], [], None, None, "en")
    assert left.count == gaps.count - 2
    assert place.tool.snapshots.current().generation.meta.sample  # still only a sample
    reasons = [step.reason for step in place.tool.history.steps(MUSEUM)]
    assert "before-batch" in reasons and "after-batch" in reasons
    page.goto(f"{place.address}/en/partners/{MUSEUM}/history")
    expect(page.locator("h1")).to_be_visible()

    page.goto(f"{place.address}/en/drafts")
    assert wrong(page) == []
    page.locator("section[aria-labelledby=batches] a").first.click()
    page.get_by_role("button", name="Undo the batch").click()
    expect(page.locator("#undone")).to_contain_text("Undone: 2", timeout=30_000)
    assert wrong(page) == []
    context.close()


@pytest.mark.parametrize("language", ["ar", "ja"])
def test_a_table_is_planned_on_a_phone_without_scripts(
    browser: Browser, place: Place, tmp_path: Path, language: str
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    sign_in(page, place, "volunteer", f"/{language}")
    gaps = place.tool.coverage.gaps(MUSEUM, [MEASURE], [], None, None, "en")
    items = [one.id for one in gaps.items][-2:]
    send_table(page, place, tmp_path, items, f"/{language}")
    expect(page.locator("article")).to_have_count(2)
    page.locator("article").first.locator('button[value="skip"]').click()
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    cookies, address = context.cookies(), page.url
    context.close()

    context = browser.new_context(viewport={"width": 360, "height": 800})
    context.add_cookies(cookies)  # type: ignore[arg-type]  # what cookies() gives
    page = context.new_page()
    problems = []
    for path in (address, f"{place.address}/{language}/drafts", *forms(place, language)):
        page.goto(path)
        problems += wrong(page)
    context.close()
    assert problems == []


def forms(place: Place, language: str) -> list[str]:
    kinds = ("own", "quickstatements", "ds-manuscripts")
    return [f"{place.address}/{language}/drafts/new?mapping={kind}" for kind in kinds]
