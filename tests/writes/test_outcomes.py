"""What became of edits, told to people in every language from the journal alone."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from kgtool.drafts import Draft
from kgtool.messages import languages
from kgtool.messages.words import Words
from kgtool.writes.journal import Entry, Journal
from kgtool.writes.outcomes import Outcome, Taken, Unknown, in_words, outcome_code
from tests.builders import item, snak, statement
from tests.writes.wikis import WritableWiki

SOURCE = [[snak("P854", "https://example.org/catalogue")]]
KINDS: tuple[type[msgspec.Struct], ...] = typing.get_args(Outcome)


def _some(kind: type[msgspec.Struct]) -> Outcome:
    """An outcome of a kind, with a text in every field that must be given."""
    given = {field.name: "Q5" for field in msgspec.structs.fields(kind) if field.required}
    made: Any = kind(**given)
    return cast(Outcome, made)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_outcome_is_told_in_every_language(kind: type[msgspec.Struct]) -> None:
    told = {code: in_words(_some(kind)).told(code) for code in languages()}
    assert len(set(told.values())) == len(languages())
    assert not any("$" in text for text in told.values())


def test_a_reason_of_ours_is_translated_and_the_wikis_own_stands() -> None:
    assert in_words(Unknown(Words("why-not-json"))).told("sv") == (
        "Det kan ha skrivits eller inte (svaret gick inte att läsa)"
    )
    assert in_words(Unknown("HTTP 503")).told("fr").endswith("(HTTP 503)")
    taken = Taken("Q7", "label-with-description-conflict")
    assert in_words(taken).told("en") == (
        "Another item has it already (Q7, with the same label and description)"
    )


def test_a_journal_that_was_read_again_says_the_same(tmp_path: Path) -> None:
    entry = Entry(
        "1.1",
        "unknown",
        1.0,
        outcome=Unknown(Words("why-error", ("internal_api_error",))),
        differences=[Words("seen-differs", (Words("finding-at-label", ("sv",)),))],
    )
    Journal(tmp_path / "journal.jsonl").add(entry)
    [again] = Journal(tmp_path / "journal.jsonl").entries.values()
    assert again == entry
    assert [one.told("ja") for one in again.differences] == [
        "ラベル（sv）が送信した内容と異なります"
    ]


def test_the_report_of_a_batch_is_in_the_readers_language(wiki: WritableWiki) -> None:
    wiki.server.wiki.load([item("Q900000001", labels={"en": "one"})])
    wanted = item("Q900000001", statement("P217", "ours", references=SOURCE))
    plan = wiki.plan([Draft("a", 1, wanted)])
    wiki.server.wiki.load([item("Q900000001", statement("P217", "theirs"), labels={"en": "one"})])
    batch = wiki.apply(plan)
    [entry] = batch.journal.entries.values()
    assert entry.outcome is not None and outcome_code(entry.outcome) == "overtaken"
    [line] = batch.report("es")
    assert line.message.endswith("(P217: mientras tanto se puso otro valor)")
    head, row = batch.report_csv("ar").splitlines()
    assert head == "row,key,item,revision,state,message"
    assert "وُضعت قيمة أخرى" in row
