"""The journal survives being cut anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import WorkspaceError
from kgtool.writes.journal import Entry, Journal
from kgtool.writes.outcomes import Confirmed, Unknown

ENTRIES = [
    Entry("1.1", "sent", 1.0, payload="ab"),
    Entry("1.1", "confirmed", 2.0, item="Q1", revision=5, outcome=Confirmed("Q1", 5)),
    Entry("2.1", "sent", 3.0),
    Entry("2.1", "unknown", 4.0, outcome=Unknown("no answer")),
]


def test_the_last_entry_of_a_step_says_how_it_stands(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    for entry in ENTRIES:
        journal.add(entry)
    again = Journal(tmp_path / "journal.jsonl")
    assert again.entries == {"1.1": ENTRIES[1], "2.1": ENTRIES[3]}
    assert again.state("3.1") == "planned"


@given(data=st.data())
def test_cut_anywhere_it_knows_all_whole_lines_and_goes_on(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = Journal(path)
    for entry in ENTRIES:
        journal.add(entry)
    content = path.read_bytes()
    cut = content[: data.draw(st.integers(0, len(content)))]
    path.write_bytes(cut)
    whole = cut.count(b"\n")
    again = Journal(path)
    assert again.entries == {entry.step: entry for entry in ENTRIES[:whole]}
    again.add(Entry("9.1", "sent", 9.0))
    assert Journal(path).entries == {**again.entries}
    assert path.read_bytes().count(b"\n") == whole + 1


def test_a_damaged_line_inside_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"step":"1.1","state":"sent","at":1.0}\n{broken\n{"step"')
    with pytest.raises(WorkspaceError, match="line 2"):
        Journal(path)
