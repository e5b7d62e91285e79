"""Every page there is, found by following links: accessible, within the screen, in one language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, Request
from starlette.routing import Match, Route

from kgtool.api.app import PAGES
from kgtool.messages import say
from kgtool.service import changes, surveys
from kgtool.service.callers import OPERATOR
from tests.browser import chromium

from .test_loop import MEASURE, MUSEUM, TITLE, Place, pages_of, place, send_table, sign_in

__all__ = ["place"]  # a fixture

# Pages that no link leads to: they answer forms, other sites or machines.
WITHOUT_LINKS = {
    "/batches/{id}/events",
    "/mend/{id}",  # after a form, under an account of the wiki: test_demo.py looks at it
    "/requests/thanks",
    "/robots.txt",
    "/sign-in/callback",
    "/sign-in/wikimedia",  # leads to another site
    "/static/{name}",
}
OTHER = "Q19675"  # Louvre Museum
OF = f"&partner={MUSEUM}"
# Words of three letters and more, three in a row: a sentence of English, not a name or an id.
LATIN = re.compile(r"\b[A-Za-z]{3,} [A-Za-z]{2,} [A-Za-z]{2,}\b")
# Where the language itself is written in Latin letters: words that only English has.
ENGLISH = re.compile(r"\b(?:the|and|of|with|from|what|which|this|that|are|have|not|your)\b", re.I)
# Texts that are in the page's own language: not those of people, of programs or of other languages.
LINKS = """
() => [...document.querySelectorAll('a[href], link[rel=alternate]')]
  .map(one => new URL(one.getAttribute('href'), location.href))
  .filter(url => url.origin === location.origin)
  .map(url => url.pathname + url.search)
"""
OWN_TEXTS = """
language => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    if (at.closest('bdi, code, pre, script, [dir="auto"], title, option, textarea')) continue;
    if (at.closest('[lang]').lang !== language) continue;
    found.push(walk.currentNode.textContent.trim());
  }
  for (const one of document.querySelectorAll('[aria-label], [placeholder]')) {
    if (one.closest('[lang]').lang !== language) continue;
    found.push(one.getAttribute('placeholder') || '');
  }
  return found.filter(text => text);
}
"""


@pytest.fixture(scope="module")
def browser(need_program: Callable[..., str]) -> Iterator[Browser]:
    with chromium(need_program("chromium", package="chromium")) as running:
        yield running


@pytest.fixture(scope="module")
def furnished(browser: Browser, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with one of everything: a request, a selection, a plan, a batch, a history."""
    tool = place.tool
    tool.history.record(MUSEUM, "load")
    tool.partners.add(OTHER, name=None, kind="museum", caller=OPERATOR)
    made = tool.requests.make(OPERATOR, title="Plates", description="negatives", country="Q34")
    tool.requests.change(made.id, OPERATOR, publish=["listed"])
    tool.saved_selections.save("few", "A few", {"kind": "partners", "qids": [MUSEUM]}, OPERATOR)
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, place, "writer")
    gaps = tool.coverage.gaps(MUSEUM, [MEASURE], [], None, None, "en")
    table = pages_of([one.id for one in gaps.items][:2])
    send_table(page, place, tmp_path_factory.mktemp("table"), table, "/en")
    page.locator("section[aria-labelledby=write] form button").click()
    page.wait_for_url("**/batches/*")
    context.close()
    return place


class Walk:
    """Goes through a service by its links, two addresses of each route."""

    def __init__(self, page: Page, place: Place, language: str) -> None:
        self.page = page
        self.address = place.address
        self.language = language
        self.routes = [r for part in PAGES for r in part.router.routes if isinstance(r, Route)]
        self.visited: dict[str, int] = {}
        self.wrong: list[str] = []
        page.on("console", lambda said: self._complain(said.type, said.text))
        page.on("request", self._note)

    def go(self, *starts: str) -> None:
        """Visit what can be reached from these paths, and look at each page."""
        waiting = [f"/{self.language}{path}" for path in starts]
        seen = set(waiting)
        while waiting:
            path = waiting.pop(0)
            route = self.route_of(path)
            if route is None or self.visited.get(route, 0) >= 2:
                continue
            self.visited[route] = self.visited.get(route, 0) + 1
            if not self._is_page(path):
                continue
            self.page.goto(self.address + path)
            self._look(path)
            for link in self.page.evaluate(LINKS):
                if link not in seen and link.startswith(f"/{self.language}/"):
                    seen.add(link)
                    waiting.append(link)

    def route_of(self, path: str) -> str | None:
        """The pattern of the route that answers a path."""
        plain = path.partition("?")[0].removeprefix(f"/{self.language}") or "/"
        scope = {"type": "http", "method": "GET", "path": plain, "headers": []}
        for route in self.routes:
            if route.matches(scope)[0] is Match.FULL:
                return route.path
        return None

    def _is_page(self, path: str) -> bool:
        answer = self.page.request.get(self.address + path)
        if answer.status >= 400:
            self.wrong.append(f"{path}: answers {answer.status}")
        return "text/html" in answer.headers.get("content-type", "")

    def _look(self, path: str) -> None:
        page = self.page
        for violation in Axe().run(page).response["violations"]:
            nodes = [str(node["html"])[:160] for node in violation["nodes"][:3]]
            self.wrong.append(f"{path}: {violation['id']}: {nodes}")
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if over > 0:
            self.wrong.append(f"{path}: {over} px wider than the screen")
        direction = "rtl" if self.language == "ar" else "ltr"
        if page.evaluate("[document.documentElement.lang, document.documentElement.dir]") != [
            self.language,
            direction,
        ]:
            self.wrong.append(f"{path}: language or direction of the page")
        if self.language != "en":
            foreign = LATIN if self.language in ("ar", "ja") else ENGLISH
            for text in page.evaluate(OWN_TEXTS, self.language):
                if foreign.search(text.replace(TITLE, "")):
                    self.wrong.append(f"{path}: in English: {text[:80]}")

    def _complain(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.wrong.append(f"{self.page.url}: {text}")

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.wrong.append(f"{self.page.url}: asks {request.url}")


@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "width", "dark", "role"),
    [
        ("ar", 360, True, "admin"),
        ("en", 1440, False, "admin"),
        ("ja", 768, False, "anyone"),
        ("de", 360, False, "writer"),
    ],
)
def test_every_page(
    browser: Browser, furnished: Place, language: str, width: int, dark: bool, role: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    if role != "anyone":
        sign_in(page, furnished, role, f"/{language}")
    walk = Walk(page, furnished, language)
    own = [] if role == "anyone" else ["/account"]
    # Answers first: the forms that lead to them have the same addresses.
    walk.go(f"/worklists?of={MUSEUM}&missing=P18", f"/queries/gaps/no-image?run=true{OF}", "/docs")
    walk.go("/", f"/partners/{MUSEUM}", "/selections/few", "/sign-in", *own, "/search?q=the")
    if role == "admin":  # offered where two items were merged
        walk.go(f"/partners/{OTHER}/merge?into={MUSEUM}")
    context.close()
    assert not walk.wrong, "\n".join(walk.wrong)
    if role == "admin":
        every = {
            route.path for route in walk.routes if "GET" in (route.methods or ())
        } - WITHOUT_LINKS
        assert every - walk.visited.keys() == set()


def test_pages_for_errors(browser: Browser, furnished: Place) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    walk = Walk(page, furnished, "ar")
    for path, status in (
        ("/nothing", 404),
        ("/partners/Q42", 404),
        (f"/partners/{MUSEUM}?by=colour", 400),
        ("/partners/new", 401),
    ):
        answer = page.goto(f"{furnished.address}/ar{path}")
        assert answer is not None and answer.status == status, path
        walk._look(path)
    context.close()
    assert [one for one in walk.wrong if "status of" not in one] == []


@pytest.mark.long
def test_pages_that_wait_for_an_answer(
    browser: Browser, furnished: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a large collection's pages show until the worker has gone through its items."""
    tool = furnished.tool
    for module in (changes, surveys):
        monkeypatch.setattr(module, "_AT_ONCE", 1)
        monkeypatch.setattr(module, "_WORKSPACE_AT_ONCE", 1)
    begun = replace(tool.jobs.find(OPERATOR)[0], progress={"done": 3, "total": 17})
    ask = type(tool.jobs).ask
    monkeypatch.setattr(type(tool.jobs), "ask", lambda *given, **more: begun)
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    walk = Walk(page, furnished, "ar")
    checks = f"/partners/{MUSEUM}/checks?shape=person"
    for path, key in (
        (f"/partners/{MUSEUM}/changes?since=2026-10-03", "changes-wait-help"),
        (checks, "checks-wait"),
    ):
        answer = page.goto(f"{furnished.address}/ar{path}")
        assert answer is not None and answer.status == 200
        assert say("ar", key) in page.inner_text("main")
        assert page.locator("progress").get_attribute("value") == "3"
        walk._look(path)
    assert walk.wrong == []
    # The page goes on by itself, and leads to the answer without being loaded by anybody.
    monkeypatch.setattr(type(tool.jobs), "ask", ask)
    page.wait_for_selector("[data-waits]", state="detached", timeout=60_000)
    assert page.locator("p.lead").inner_text() != say("ar", "checks-wait")
    context.close()
