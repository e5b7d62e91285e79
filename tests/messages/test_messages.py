"""Messages: every text exists everywhere, fits its language, and is used."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.messages import (
    chain,
    direction,
    languages,
    month,
    negotiate,
    number,
    percent,
    say,
    texts,
)
from kgtool.messages.banana import parse

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = ["en", "ar", "de", "es", "fr", "ja", "sv"]
LANGUAGES = [code for code in languages() if code != "en"]
# Texts that are the same in English and in a language, each of them looked at by a person.
ALIKE: dict[str, set[str]] = {
    "ar": {
        "change-added",
        "check-named",
        "check-times",
        "check-with-help",
        "check-within",
        "error-at",
        "error-reason-at",
        "finding-as-said",
        "finding-at",
        "measure-value",
        "outcome-detail",
        "partner-qid",
        "site-name",
        "words-lines",
        "words-of",
        "words-then",
    },
    "de": {
        "change-added",
        "changes-by",
        "changes-site",
        "check-list",
        "check-named",
        "check-times",
        "check-with-help",
        "check-within",
        "contact-name",
        "drafts-plan",
        "error-at",
        "error-mapping-place",
        "error-reason-at",
        "finding-as-said",
        "finding-at",
        "front-title",
        "glossary-helpdesk",
        "glossary-partner",
        "list-separator",
        "glossary-plan",
        "measure-value",
        "outcome-detail",
        "partner-kind-museum",
        "partner-links",
        "partner-name",
        "partner-qid",
        "partner-status",
        "plan-add-alias",
        "plan-item",
        "publish-partner-links",
        "publish-request-community",
        "publish-request-links",
        "publish-request-partner",
        "recon-website",
        "report-column-partner",
        "request-partner",
        "role-partner",
        "sign-in-token-label",
        "site-name",
        "words-also",
        "words-lines",
        "words-of",
        "words-then",
    },
    "es": {
        "change-added",
        "changes-by",
        "changes-site",
        "check-list",
        "check-named",
        "check-times",
        "check-with-help",
        "check-within",
        "drafts-plan",
        "error-at",
        "error-mapping-place",
        "error-reason-at",
        "finding-as-said",
        "finding-at",
        "finding-at-alias",
        "list-separator",
        "glossary-plan",
        "measure-value",
        "outcome-detail",
        "partner-qid",
        "plan-add-alias",
        "plan-item",
        "publish-id",
        "sign-in-token-label",
        "site-name",
        "words-also",
        "words-lines",
        "words-of",
        "words-then",
    },
    "fr": {
        "change-added",
        "changes-by",
        "changes-diff",
        "changes-page",
        "changes-site",
        "check-list",
        "check-named",
        "check-times",
        "check-with-help",
        "check-within",
        "contact-title",
        "coverage-by-collection",
        "coverage-by-type",
        "drafts-licence",
        "drafts-plan",
        "drafts-plans",
        "drafts-source",
        "error-mapping-place",
        "finding-as-said",
        "finding-at-alias",
        "finding-at-description",
        "glossary-collection",
        "list-separator",
        "glossary-plan",
        "mend-description",
        "outcome-detail",
        "partner-collections",
        "partner-note",
        "partner-qid",
        "plan-add-alias",
        "plan-add-description",
        "plan-add-sitelink",
        "plan-item",
        "plan-level-important",
        "plan-note-objection",
        "publish-section",
        "queries-topic-collections",
        "request-aspect",
        "shape-collection",
        "shape-organisation",
        "site-name",
        "words-lines",
        "words-then",
        "worklist-image",
    },
    "ja": {
        "change-added",
        "check-times",
        "check-within",
        "finding-as-said",
        "partner-qid",
        "plan-item",
        "site-name",
        "words-lines",
    },
    "sv": {
        "change-added",
        "changes-by",
        "changes-site",
        "check-list",
        "check-named",
        "check-times",
        "check-with-help",
        "check-within",
        "drafts-plan",
        "error-at",
        "error-mapping-place",
        "error-reason-at",
        "finding-as-said",
        "finding-at",
        "finding-at-alias",
        "front-title",
        "glossary-helpdesk",
        "glossary-partner",
        "list-separator",
        "glossary-plan",
        "measure-value",
        "outcome-detail",
        "partner-kind-museum",
        "partner-qid",
        "partner-status",
        "plan-add-alias",
        "plan-item",
        "publish-id",
        "publish-request-partner",
        "recon-name-pseudonym",
        "report-column-partner",
        "request-aspect-risk",
        "request-partner",
        "role-partner",
        "shape-museum",
        "shape-organisation",
        "shape-person",
        "site-name",
        "words-also",
        "words-lines",
        "words-of",
        "words-then",
    },
}


def test_the_promised_languages_are_there() -> None:
    assert set(COMPLETE) <= set(languages())


@pytest.mark.parametrize("language", [c for c in COMPLETE if c != "en"])
def test_every_message_exists_in_every_complete_language(language: str) -> None:
    assert sorted(texts("en").keys() - texts(language).keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_has_a_message_that_english_lacks(language: str) -> None:
    assert sorted(texts(language).keys() - texts("en").keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_parameters_of_the_original(language: str) -> None:
    different = {
        key: text
        for key, text in texts(language).items()
        if parse(text).params != parse(texts("en")[key]).params
    }
    assert different == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_not_the_original(language: str) -> None:
    """But where the languages share a word. Names of items and properties are not looked at."""
    same = {
        key
        for key, text in texts("en").items()
        if texts(language)[key] == text and not key.startswith(("item-", "property-"))
    }
    assert same == ALIKE[language]


# How many plural forms a language tells apart among whole numbers (CLDR), and what stands before
# and within its marks.
FORMS = {"ar": 6, "ja": 1}


@pytest.mark.parametrize("language", COMPLETE)
def test_plural_forms_are_as_many_as_the_language_has(language: str) -> None:
    """One form alone stands for all; else all that the language tells apart are given."""
    wrong = {}
    for key, text in texts(language).items():
        for forms in re.findall(r"\{\{PLURAL:\$\d\|([^{}]*)\}\}", text):
            given = forms.count("|") + 1
            if given not in (1, FORMS.get(language, 2)):
                wrong[key] = text
    assert wrong == {}


def test_punctuation_is_that_of_the_language() -> None:
    """French: a space that does not break before high marks; Japanese: marks of full width."""
    narrow = re.compile(
        r"(?<![\u202f/])[;!?](?=\s|$)|(?<!\u00a0):(?=\s|$)|«(?!\u00a0)|(?<!\u00a0)»"
    )
    french = {k: t for k, t in texts("fr").items() if narrow.search(t)}
    assert french == {}
    kana = r"[\u3040-\u30ff\u3400-\u9fff]"
    half = re.compile(rf"{kana}[:;!,(]|[:;!,)]{kana}")
    assert {k: t for k, t in texts("ja").items() if half.search(t)} == {}


def test_every_message_is_documented_and_nothing_else() -> None:
    assert texts("qqq").keys() == texts("en").keys()


def test_every_message_is_used_and_every_key_in_use_exists() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("kgtool", "api")
        for pattern in ("**/*.py", "**/*.html", "**/*.xml", "**/*.toml")
        for path in (ROOT / folder).glob(pattern)
    )
    known = texts("en").keys()
    quoted = set(re.findall(r"""["']([a-z]+(?:-[a-z0-9]+)+)["']""", code))
    # a key made from a fixed beginning: say(language, f"status-{name}") or say("status-" ~ name)
    begins = set(re.findall(r"""f["']([a-z]+(?:-[a-z0-9]+)*-)\{""", code))
    begins |= set(re.findall(r"""["']([a-z]+(?:-[a-z0-9]+)*-)["'] ~""", code))
    unused = {key for key in known if key not in quoted and not key.startswith(tuple(begins))}
    assert unused == set()
    said = set(re.findall(r"""\bsay\((?:[a-z_.]+, )?["']([a-z0-9-]+)["'][,)]""", code))
    said |= set(re.findall(r"""\bWords\(\s*["']([a-z0-9-]+)["']""", code))
    assert said - known == set()


def test_files_are_in_good_order() -> None:
    for path in (ROOT / "kgtool" / "messages").glob("*.json"):
        pairs = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"{path.name} has a key twice"


def test_plural_forms_follow_the_language() -> None:
    message = parse("{{PLURAL:$1|zero|one|two|few|many|other}}")
    from kgtool.messages import _plural

    def form(n: int) -> str:
        return message.fill([str(n)], [_plural("ar", n)])

    assert [form(n) for n in (0, 1, 2, 3, 11, 100)] == [
        "zero",
        "one",
        "two",
        "few",
        "many",
        "other",
    ]


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("en", "no-such-message")


def test_a_language_without_texts_falls_back() -> None:
    assert chain("de-at") == ("de-at", "de", "en")
    assert say("gsw", "site-name") == say("en", "site-name")


def test_a_name_of_a_language_never_becomes_a_path() -> None:
    assert texts("../../pyproject") == {}


def test_direction() -> None:
    assert direction("ar") == "rtl"
    assert direction("ja") == "ltr"


@pytest.mark.parametrize("code", ["tag", "bat-smg", "simple", "x", "zz-zz-zz"])
def test_a_language_that_no_library_knows_is_written_as_english_is(code: str) -> None:
    assert direction(code) == "ltr"
    assert number(code, 12345) == "12,345"


def test_numbers_and_shares_as_people_write_them() -> None:
    assert number("en", 1234567) == "1,234,567"
    assert number("de", 1234567) == "1.234.567"
    assert percent("en", None) == "–"
    assert percent("en", 0.9999) == "99%"
    assert percent("en", 0.0001) == "<1%"
    assert percent("en", 1.0) == "100%"


def test_months_are_named() -> None:
    assert month("sv", datetime.date(2026, 10, 1)) == "oktober 2026"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.8,en;q=0.5", "de"),
        ("xx, fr;q=0.5", "fr"),
        ("en, de", "en"),
        ("de;q=0, sv;q=0.1", "sv"),
        ("de;q=nonsense", "en"),
        ("*", "en"),
    ],
)
def test_accept_language(header: str, language: str) -> None:
    assert negotiate(header) == language


@given(st.text())
def test_any_header_gives_a_language_of_ours(header: str) -> None:
    assert negotiate(header) in languages()


@given(st.text())
def test_any_text_parses_and_text_without_parameters_stands(text: str) -> None:
    message = parse(text)
    if not message.params:
        assert message.fill([], []) == text


# Other words for what the glossary names, which a translator may come to think of. Wikidata's own
# words are those of its interface: Datenobjekt, Fundstelle; uttalande, referens; and so on.
NOT_OUR_WORDS = {
    "de": r"\bBeleg(e|en|s)?\b|\bQuellenangabe|\bObjekt(e|s|en)?\b|\bItem\b|\bEinspruch|\bNotiz\b",
    "sv": r"\bpåstående|\bkällhänvisning|saknar källa|\bbestämning(en|ar)?\b|\bföråldra",
    "fr": r"\baffirmation|\bénoncé|\bdépréci|\bétiquette|\bla table\b(?! de)",
    "es": r"\bafirmaci|\bítem|\bsentencia|\brótulo|\btestigo|\bpapel(es)?\b"
    r"|\b([Ee]l|del|al|un|este|otro|ningún|los) wikis?\b|lista de seguimiento",
    "ar": r"إفاد|تصريح|محدِّد|مُحدِّد|مواءم|رتبة|الرتب|اسم بديل|مهملة|الخواص",
    "ja": r"ステートメント|アイテム|情報源|対応表|ワークスペース|注目リスト|重点リスト|検査|命令",
}
# Objects that stand in a museum, and those of JSON, are not items.
THINGS = {"size-statement", "coverage-items-of", "error-line-object"}


@pytest.mark.parametrize("language", NOT_OUR_WORDS)
def test_the_words_of_the_glossary_are_used_alike(language: str) -> None:
    other = re.compile(NOT_OUR_WORDS[language])
    found = {
        key: text
        for key, text in texts(language).items()
        # What Wikidata calls classes and properties is its own affair.
        if other.search(text) and key not in THINGS and not key.startswith(("item-", "property-"))
    }
    assert found == {}
