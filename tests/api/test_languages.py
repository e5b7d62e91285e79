"""No English is left over on a page in another language: page by page, text by text."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi import FastAPI
from markupsafe import Markup
from starlette.testclient import TestClient

from kgtool.api.pages import render
from kgtool.messages import autonym, languages, month, texts
from kgtool.service.callers import ANYONE
from tests.messages.test_messages import ALIKE
from tests.short import short

MUSEUM = "Q190804"
PATHS = (
    "/",
    "/partners",
    "/partners/map",
    "/partners/new",
    "/partners/discover",
    f"/partners/{MUSEUM}",
    f"/partners/{MUSEUM}?by=decade&every=true",
    f"/partners/{MUSEUM}/history",
    f"/partners/{MUSEUM}/changes?since=2026-01-01&state=kept",
    f"/partners/{MUSEUM}/checks",
    f"/partners/{MUSEUM}/edit",
    "/coverage",
    "/worklists",
    f"/worklists?of={MUSEUM}&missing=P18",
    f"/worklists?of={MUSEUM}&missing=P195",
    "/selections/new",
    "/drafts",
    "/drafts/new",
    "/queries",
    "/queries/gaps/no-image?run=true",
    "/requests",
    "/requests/new",
    "/requests/statistics",
    "/requests/thanks",
    "/reports",
    "/publish",
    "/glossary",
    "/account",
    "/jobs",
    "/search?q=rembrandt",
    "/search?q=nothing-of-the-kind",
    "/nothing",
)
_EMPTY = {"input", "img", "link", "meta", "br", "hr", "path", "rect", "circle", "use", "polyline"}
# In these stands what people, programs or other languages say.
_OTHERS = {"bdi", "code", "pre", "script", "style", "title", "textarea"}


class Texts(HTMLParser):
    """The texts of a page that are in the page's own language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.found: set[str] = set()
        self._open: list[tuple[str, bool]] = []  # tag, and whether its texts are others'

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        others = (
            tag in _OTHERS
            or given.get("dir") == "auto"
            or given.get("lang", self.language) != self.language
            or bool(self._open and self._open[-1][1])
        )
        if not others:
            self.found |= {
                text for name in ("aria-label", "placeholder") if (text := given.get(name))
            }
        if tag not in _EMPTY:
            self._open.append((tag, others))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if any(c.isalpha() for c in text) and not (self._open and self._open[-1][1]):
            self.found.add(text)


def texts_of(page: str, language: str) -> set[str]:
    reader = Texts(language)
    reader.feed(page)
    return reader.found


@pytest.fixture(scope="module")
def english(sample_signed_in: Callable[[str], TestClient]) -> dict[str, set[str]]:
    """Path → the texts of its page in English."""
    reader = sample_signed_in("admin")
    return {path: texts_of(reader.get(f"/en{path}").text, "en") for path in PATHS}


@pytest.mark.parametrize("language", short(2, [code for code in languages() if code != "en"]))
def test_no_text_is_as_it_is_in_english(
    sample_app: FastAPI,
    sample_signed_in: Callable[[str], TestClient],
    english: dict[str, set[str]],
    language: str,
) -> None:
    """But names, and words that the two languages share (each of them looked at by a person)."""
    reader = sample_signed_in("admin")
    names = _names(sample_app) | {texts(language)[key] for key in ALIKE[language]}
    # What Wikidata calls properties and classes, and CLDR countries and months.
    names |= {
        text for key, text in texts(language).items() if key.startswith(("property-", "item-"))
    }
    names |= {month(language, datetime.date(2026, n, 1)).split()[0] for n in range(1, 13)}
    left: dict[str, set[str]] = {}
    for path in PATHS:
        answer = reader.get(f"/{language}{path}")
        own = texts_of(answer.text, language)
        same = {
            text
            for text in own & english[path]
            if not ({text, _bare(text)} & names or _is_data(text))
        }
        if same:
            left[path] = same
    assert left == {}, json.dumps({k: sorted(v) for k, v in left.items()}, ensure_ascii=False)


def _names(app: FastAPI) -> set[str]:
    """Names of items, which stand in options without marks, and what programs are called."""
    tool = app.state.kgtool
    found = {one.name for one in tool.partners.find(ANYONE, whole=False)[0]}
    return found | {"kgtool", "QuickStatements", "SPARQL", "Atom", "QID", "ISIL", "CSV"}


def _bare(text: str) -> str:
    """Without a number behind it: ``image (13)``, ``August 2026``."""
    return re.sub(r" (\(\d+\)|\d{4})$", "", text)


def _is_data(text: str) -> bool:
    """Ids, codes, amounts: what has no lower-case word in it, or is an autonym."""
    words = [word for word in text.split() if word.isalpha() and not word.isupper()]
    return not words or text in {autonym(code) for code in languages()}


WRONG = (
    "/nothing",
    "/partners/Q999999999",
    "/partners/discover",
    f"/worklists?of={MUSEUM}&missing=P18+and",
    "/worklists?of=Q999999999&missing=P18",
    "/worklists?of=no-such-list&missing=P18",
    "/coverage?measures=P18+%28",
    "/selections/nothing",
    "/mend?item=Q1&missing=P18",
    "/requests/999999",
    "/reports/2026-13",
    "/sign-in/callback?state=x",
)


@pytest.mark.parametrize("language", languages())
def test_what_is_wrong_is_said_in_the_language_of_the_page(
    sample_app: FastAPI, language: str
) -> None:
    reader = TestClient(sample_app, follow_redirects=False)
    in_english: set[str] = set()
    for path in WRONG:
        answer = reader.get(f"/{language}{path}")
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
        said = answer.text.partition("<main")[2].partition("</main>")[0]
        problems = re.findall(r'<div class="problem">(.*?)</div>', said, re.DOTALL)
        assert problems, path
        if any('lang="en"' in one for one in problems):
            in_english.add(path)
    assert in_english == set()


def test_what_only_an_operator_can_mend_is_told_in_the_reader_s_language(app: FastAPI) -> None:
    page = TestClient(app).get("/ar/worklists?of=Q1&missing=P18", headers={"Accept": "text/html"})
    assert page.status_code == 503
    main = page.text.partition("<main")[2]
    assert "حمّل كيانات: \u2068kgtool load FILE\u2069" in main
    assert 'lang="en"' not in main.partition("</main>")[0]


def test_what_is_put_into_a_sentence_keeps_its_direction(sample_app: FastAPI) -> None:
    """In a language from right to left, also in what is wrong (Unicode TR9, 2.4)."""
    reader = TestClient(sample_app)
    said = reader.get(f"/ar/worklists?of={MUSEUM}&missing=P18+and").text
    assert "\u2068P18 and\u2069" in said and "\u2068and, or, not\u2069" in said
    assert "\u2068" not in reader.get(f"/en/worklists?of={MUSEUM}&missing=P18+and").text


# Marks between two texts, put there by a template: each language has its own.
PUT_TOGETHER = re.compile(r"""\}\}[,;:] |\{\{ *["'][,;:] |join\(["'][,;:]|~ *["'][,;:]""")


def test_no_sentence_is_put_together_in_a_template() -> None:
    folder = Path(render.__file__).parent / "templates"
    found = {
        path.name: PUT_TOGETHER.findall(path.read_text(encoding="utf-8"))
        for path in folder.glob("*.html")
    }
    assert found and not {name: marks for name, marks in found.items() if marks}


def test_parts_of_a_page_go_into_a_sentence_as_they_are() -> None:
    """And texts beside them do not become parts of it."""
    link = Markup('<a href="/x">{}</a>').format("A & B")
    said = render._say("fr", "words-of", link, "<b>")
    assert isinstance(said, Markup) and said == '<a href="/x">A &amp; B</a>\u00a0: &lt;b&gt;'
    assert render._say("ar", "words-of", link, "x") == f"\u2068{link}\u2069: \u2068x\u2069"
    assert not isinstance(render._say("fr", "words-of", "a", "b"), Markup)
