"""What is said of drafts can be told in every language, from the plan alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgtool.drafts import (
    Complete,
    Conflicting,
    Create,
    Doubtful,
    Draft,
    Finding,
    MemoryWorld,
    Plan,
    Planner,
    Refused,
    decided,
    drafts_of_commands,
    plan_rows,
    read_plan,
    row_json,
    write_plan,
)
from kgtool.drafts.dates import parse_date
from kgtool.drafts.words import Unreadable, words
from kgtool.entities import Item, load_profile
from kgtool.errors import InputError
from kgtool.messages import languages, texts
from kgtool.messages.words import Words
from tests.builders import item, snak, statement

WIKIDATA = load_profile("wikidata")
DRAFTS = Path(__file__).resolve().parents[2] / "kgtool" / "drafts"
SOURCE = [[snak("P854", "https://example.org/1")]]


def test_every_key_has_a_message_and_every_message_a_use() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted(DRAFTS.rglob("*.py")))
    used = set(re.findall(r'(?:words|Unreadable|_conflict)\(\s*"([a-z0-9-]+)"', code))
    used |= set(re.findall(r'"([a-z0-9-]+)" if [^\n]* else "(?:[a-z0-9-]+)"', code))
    used |= set(re.findall(r'"(?:[a-z0-9-]+)" if [^\n]* else "([a-z0-9-]+)"', code))
    made = {f"scope-{n}" for n in (1, 2)}
    made |= {f"as-{position}" for position in ("main", "qualifier", "reference")}
    made |= {f"at-{kind}" for kind in ("label", "description", "alias")}
    known = {key.removeprefix("finding-") for key in texts("en") if key.startswith("finding-")}
    assert known - used - made == set()
    assert {key for key in used if key in known} | made == known
    called = set(re.findall(r'(?:words|Unreadable)\(\s*"([a-z0-9-]+)"', code))
    assert called - known == set()


def _plan() -> Plan:
    standing = item("Q900000001", statement("P217", "old"), labels={"en": "x"})
    standing.descriptions.update(item("", descriptions={"sv": "gammal"}).descriptions)
    world = MemoryWorld([standing])
    rows = [
        Draft("long", 1, item("", labels={"en": "x" * 251})),
        Draft("against", 2, item("Q900000001", statement("P217", "new", references=SOURCE),
              descriptions={"sv": "ny"})),
        Draft("near", 3, item("", labels={"en": "x"})),
        *drafts_of_commands('CREATE\nLAST\tLen\tno quotes\n', WIKIDATA),
    ]  # fmt: skip
    outcomes = plan_rows(rows, world, WIKIDATA)
    plan = Plan(id="0" * 12, title="t", wiki="w", made="2026", summary="s", rows=outcomes)
    return plan.sealed()


def test_a_plan_that_was_read_again_is_told_in_any_language(tmp_path: Path) -> None:
    write_plan(_plan(), tmp_path / "plan.json")
    long, against, near, line = read_plan(tmp_path / "plan.json").rows
    assert isinstance(long, Refused) and isinstance(line, Refused)
    assert isinstance(against, Conflicting) and isinstance(near, Doubtful)
    [found] = [one for one in long.findings if one.code == "term-too-long"]
    assert (found.message, found.where) == ("251 characters; the wiki takes 250", "label (en)")
    assert found.told("sv") == "251 tecken; wikin tar emot 250"
    assert found.place("de") == "Bezeichnung (en)"
    [conflict] = against.diff.conflicts
    assert (str(conflict.reason), conflict.reason.told("fr")) == (
        "another value stands",
        "une autre valeur figure déjà",
    )
    assert list(map(str, against.diff.kept)) == ["description (sv) stands: “gammal”"]
    assert [one.told("es") for one in against.diff.kept] == [
        "la descripción (sv) se mantiene: «gammal»"
    ]
    assert near.reason.told("ja") == "すでに存在するかもしれません"
    [other] = near.near
    assert other.why.told("de") == "hat denselben Namen, „x“"
    [said] = [one for one in line.findings if one.code == "line"]
    assert said.message == "line 2: the text no quotes does not stand in quotes"
    assert said.told("ar") == "السطر 2: النص no quotes ليس بين علامتي اقتباس"


def test_why_a_row_is_the_item_and_what_was_sought_is_told_in_any_language() -> None:
    standing = item("Q900000001", statement("P791", "SE-Lund"))
    world = MemoryWorld([standing])
    found, new, named = plan_rows(
        [
            Draft("a", 1, item("", statement("P791", "SE-Lund"), P17="Q34"), keys=["P791"]),
            Draft("b", 2, item("", statement("P791", "SE-New"), labels={"en": "b"}), keys=["P791"]),
            Draft("c", 3, item("Q900000001", statement("P791", "SE-Lund"))),
        ],
        world,
        WIKIDATA,
    )
    assert isinstance(found, Complete) and isinstance(new, Create)
    assert found.why.told("de") == "hat dasselbe P791, „SE-Lund“"
    assert [one.told("sv") for one in new.searched] == [
        "P791 med värdet ”SE-New”",
        "namnet ”b”",
    ]
    assert row_json(new, "sv")["searched"] == [one.told("sv") for one in new.searched]
    assert row_json(found, "es")["why"] == found.why.told("es")
    assert isinstance(named, Doubtful)  # row a is about the same item
    chosen = decided(named, "complete", Planner([], world, WIKIDATA), item=standing, by="Ann")
    assert row_json(chosen)["why"] == "a person said that it is this item"
    skipped = decided(named, "skip", Planner([], world, WIKIDATA), by="Ann")
    assert row_json(skipped, "ja")["why"] == "人がこの行については何も書き込まないと判断しました"


def test_texts_in_several_languages_stand_once_in_a_file(tmp_path: Path) -> None:
    """As shapes make them: the name of a constraint and how to mend it, in every row."""
    called = Words(texts=(("en", "place"), ("sv", "plats")))
    said = Words("check-missing", (called,))
    finding = Finding("doubt", "shape-missing", str(said), "P276", said)

    def check(made: Item) -> list[Finding]:
        return [finding]

    rows = [Draft(f"{n}", n, item("", labels={"en": f"x{n}"})) for n in range(1, 21)]
    outcomes = plan_rows(rows, MemoryWorld(), WIKIDATA, check=check)
    plan = Plan(id="0" * 12, title="t", wiki="w", made="2026", summary="s", rows=outcomes).sealed()
    path = tmp_path / "plan.json"
    write_plan(plan, path)
    content = path.read_text(encoding="utf-8")
    assert content.count("plats") == 1 and content.count("Missing: place.") == 20
    assert read_plan(path) == plan
    [*_, last] = read_plan(path).rows
    assert isinstance(last, Doubtful) and "plats" in last.reason.told("sv")
    path.write_text(content.replace('"zxx-x-text","0"', '"zxx-x-text","7"'), encoding="utf-8")
    with pytest.raises(InputError, match="a number that “texts” does not have"):
        read_plan(path)


@pytest.mark.parametrize("language", languages())
def test_nothing_is_left_unsaid(language: str) -> None:
    told = [one.told(language) for row in _plan().rows for one in row.findings]
    assert told and all(text and "$" not in text and "{{" not in text for text in told)


def test_what_cannot_be_read_is_told_inside_what_was_done_about_it() -> None:
    with pytest.raises(Unreadable) as raised:
        parse_date("32 March 1900")
    assert str(raised.value) == "“32 March 1900”: that month has only 31 days"
    around = words("left-out", raised.value.words)
    assert around.told("sv") == "”32 March 1900”: den månaden har bara 31 dagar; det utelämnades"
    assert str(words("left-out", "x")) == "x; it was left out"
