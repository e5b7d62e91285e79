"""What is said of drafts can be told in every language, from the plan alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgtool.drafts import (
    Conflicting,
    Doubtful,
    Draft,
    MemoryWorld,
    Plan,
    Refused,
    drafts_of_commands,
    plan_rows,
    read_plan,
    write_plan,
)
from kgtool.drafts.dates import parse_date
from kgtool.drafts.words import Unreadable, words
from kgtool.entities import load_profile
from kgtool.messages import languages, texts
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
        *drafts_of_commands('CREATE\nLAST\tLen\tno quotes\n'),
    ]  # fmt: skip
    outcomes = plan_rows(rows, world, WIKIDATA)
    return Plan(id="0" * 12, title="t", wiki="w", made="2026", summary="s", rows=outcomes)


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
    assert conflict.words is not None
    assert (conflict.reason, conflict.words.told("fr")) == (
        "another value stands",
        "une autre valeur figure déjà",
    )
    assert against.diff.kept == ["description (sv) stands: “gammal”"]
    assert [one.told("es") for one in against.diff.kept_words] == [
        "la descripción (sv) se mantiene: «gammal»"
    ]
    assert near.words is not None and near.words.told("ja") == "すでに存在するかもしれません"
    [other] = near.near
    assert other.words is not None and other.words.told("de") == "hat denselben Namen, „x“"
    [said] = [one for one in line.findings if one.code == "line"]
    assert said.message == "line 2: the text no quotes does not stand in quotes"
    assert said.told("ar") == "السطر 2: النص no quotes ليس بين علامتي اقتباس"


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
