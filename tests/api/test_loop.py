"""The whole loop in a real browser, on the sample, with a sandbox to write to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kgtool import sample
from kgtool.api.app import create_app
from kgtool.api.sandbox.server import SandboxServer
from kgtool.entities import to_json
from kgtool.messages import number
from kgtool.service.callers import OPERATOR
from kgtool.service.worker import working
from kgtool.settings import Settings
from kgtool.wiring import Kgtool
from tests.browser import chromium
from tests.sandbox.client import Client
from tests.sandbox.running import BOT, profile_file, running
from tests.servers import free_port, served

MUSEUM = "Q190804"  # Rijksmuseum
# Whose gaps the walks close: one museum has too few for all of them. Rijksmuseum, Museo del Prado
# (whose inventory numbers look like ids of properties), Kunsthistorisches Museum.
MUSEUMS = {"en": MUSEUM, "ar": "Q160112", "ja": "Q95569"}
TITLE = "Pages of the catalogue"
MEASURE = "P973"  # described at URL: no work of the museum says it
MAPPING = f"""
name = "pages"
title = "{TITLE}"
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
    with running(folder) as wiki:
        wiki.wiki.load(sample.entities())
        settings = Settings(
            home=folder / "home",
            wikibase=profile_file(wiki.wiki.profile, folder),
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
        for museum in dict.fromkeys(MUSEUMS.values()):
            tool.partners.add(museum, name=None, kind="museum", caller=OPERATOR)
            tool.partners.change(museum, OPERATOR, publish=["listed"])
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


def pages_of(items: list[str]) -> str:
    """A table of pages about these items."""
    rows = "".join(f"{item},https://example.org/works/{item}\n" for item in items)
    return "item,page\n" + rows


def send_table(
    page: Page, place: Place, folder: Path, table: str, prefix: str, mapping: str = MAPPING
) -> None:
    """Bring a table with its mapping; ends on the plan's page."""
    (folder / "pages.toml").write_text(mapping, encoding="utf-8")
    (folder / "pages.csv").write_text(table, encoding="utf-8")
    page.goto(f"{place.address}{prefix}/drafts")
    page.locator("main .cards a").first.click()
    page.locator("#table").set_input_files(folder / "pages.csv")
    page.locator("#mapping_file").set_input_files(folder / "pages.toml")
    page.locator("#source").fill("Catalogue of the museum")
    page.locator("#licence").fill("CC0-1.0")
    page.locator("#ground").fill("works of a national museum")
    page.locator("main form.stack button").click()
    expect(page.locator("h1")).to_contain_text(TITLE)


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
    page.locator('input[type="checkbox"][name="items"]').first.check()
    page.get_by_role("button", name="Claim the chosen ones").click()
    expect(page.locator("main")).to_contain_text("yours until")

    send_table(page, place, tmp_path, pages_of(items), "/en")
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
    expect(page.locator("p.lead")).to_contain_text("It has been undone")
    assert set(page.locator("td .tag").all_inner_texts()) == {"undone"}
    assert wrong(page) == []
    context.close()


NEW = f"""
name = "new"
title = "{TITLE}"
key = "number"
[[labels]]
column = "name"
[[statements]]
property = "P217"
type = "string"
column = "number"
[[references]]
[[references.snaks]]
property = "P854"
type = "url"
constant = "https://example.org/catalogue"
"""


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), pytest.param("ar", False, marks=pytest.mark.long)]
)
def test_what_was_created_is_asked_to_be_deleted_unless_it_is_in_use(
    browser: Browser, place: Place, tmp_path: Path, language: str, scripts: bool
) -> None:
    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    sign_in(page, place, "writer", f"/{language}")
    word = {"en": "Brass kettle", "ar": "Linen chest"}[language]
    names = {f"U-{language}-{n}": f"{word} {n}" for n in (1, 2, 3)}
    table = "number,name\n" + "".join(f"{key},{name}\n" for key, name in names.items())
    send_table(page, place, tmp_path, table, f"/{language}", NEW)
    expect(page.locator("article")).to_have_count(3)
    page.locator("#trial").fill("0")
    page.locator("section[aria-labelledby=write] form button").click()
    page.wait_for_url("**/batches/*")
    _until_it_rests(page)
    batch = place.tool.batches.open(page.url.rpartition("/")[2])
    used, free, other = [line.item for line in batch.report()]
    place.wiki.wiki.accounts.add(f"Visitor {language}")
    place.wiki.wiki.accounts.add_bot_password(f"Visitor {language}", "kgtool", BOT[1])
    with Client(place.wiki.address, f"Visitor {language}@kgtool", BOT[1]) as visitor:
        label = {"labels": {"sv": {"language": "sv", "value": "ändrad"}}}
        assert visitor.edit(label, id=used)["success"] == 1

    page.locator("#reason").fill("two tables were mixed up")
    page.locator('form[action$="/undo"] button').click()
    _until_it_rests(page)
    expect(page.locator("#undone")).to_contain_text(number(language, 1))
    request = page.locator("pre").inner_text()
    asked, _, looked_at = request.partition("two tables were mixed up")
    assert all(f"{{{{Q|{id}}}}}" in asked for id in (free, other)) and used not in asked
    assert f"{{{{Q|{used}}}}}" in looked_at and f"Visitor {language}" in looked_at
    assert f"Visitor {language}" in page.locator("section[aria-labelledby=undone] li").inner_text()
    if scripts:
        assert wrong(page) == []
    with Client(place.wiki.address) as anybody:  # nothing was blanked, nothing is gone
        assert all("P217" in anybody.entity(id)["claims"] for id in (used, free, other))
    context.close()


def _until_it_rests(page: Page) -> None:
    """Wait for the worker; without scripts the page must be loaded again."""
    for _ in range(60):
        if page.locator("[data-events]").count() == 0:
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError("the batch goes on and on")


# The walk that is most unlike that of :func:`test_a_gap_is_found_closed_and_recorded`.
SHORT = {("ar", 360, False)}
WALKS = [
    pytest.param(*walk, marks=() if walk in SHORT else pytest.mark.long)
    for walk in product(("en", "ar", "ja"), (360, 768, 1440), (True, False))
]


@pytest.mark.parametrize(("language", "width", "scripts"), WALKS)
def test_the_whole_loop_in_every_language_on_every_screen(
    browser: Browser, place: Place, tmp_path: Path, language: str, width: int, scripts: bool
) -> None:
    """Front page → partner → gap → claim → plan → decide → write → gap closed → changes → report.

    Nothing is found by its words, so that every language takes the same way.
    """
    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    museum = MUSEUMS[language]
    problems: list[str] = []

    def look() -> None:
        if scripts:  # the checker is a script itself
            problems.extend(wrong(page))

    sign_in(page, place, "writer", f"/{language}")
    before = place.tool.coverage.gaps(museum, [MEASURE], [], None, None, "en")
    page.locator("header .name").click()
    look()
    page.locator(f'main a[href="/{language}/partners"]').first.click()
    look()
    page.locator(f'main a[href="/{language}/partners/{museum}"]').first.click()
    look()
    page.locator(f'.heat a[href*="missing={MEASURE}"]').first.click()
    look()
    boxes = page.locator('input[type="checkbox"][name="items"]')  # what nobody has claimed
    items = [boxes.nth(n).get_attribute("value") or "" for n in range(2)]
    boxes.first.check()
    page.locator("main form button.first").click()
    expect(page.locator("main td .tag").first).to_be_visible()

    send_table(page, place, tmp_path, pages_of(items), f"/{language}")
    expect(page.locator("article")).to_have_count(2)
    look()
    page.locator("article").nth(1).locator('button[value="skip"]').click()
    page.locator("#trial").fill("0")
    page.locator("section[aria-labelledby=write] form button").click()
    page.wait_for_url("**/batches/*")
    _until_it_rests(page)
    expect(page.locator('[data-state="planned"]')).to_have_text(number(language, 0))
    look()
    page.goto(f"{place.address}/{language}/worklists?of={museum}&missing={MEASURE}")
    after = place.tool.coverage.gaps(museum, [MEASURE], [], None, None, "en")
    for _ in range(60):  # what was written is read again a moment after the last row
        if after.count < before.count:
            break
        page.wait_for_timeout(500)
        after = place.tool.coverage.gaps(museum, [MEASURE], [], None, None, "en")
    page.reload()
    assert {one.id for one in before.items} - {one.id for one in after.items} == {items[0]}
    assert page.locator("main table").get_by_text(items[0], exact=True).count() == 0
    for path in (f"partners/{museum}/history", f"partners/{museum}/changes", "reports"):
        page.goto(f"{place.address}/{language}/{path}")
        look()
    page.locator("main .cards a").first.click()
    expect(page.locator("h1")).to_be_visible()
    look()
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    context.close()
    assert not problems, "\n".join(problems)
