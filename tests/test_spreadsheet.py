"""CSV that no spreadsheet runs, and that comes back as it was."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.errors import InputError, UsageError
from kgtool.spreadsheet import csv_text, from_csv, harmless, original

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
risky = st.builds("".join, st.tuples(st.sampled_from("=+-@\t\r'"), texts))


@given(st.lists(texts | risky))
def test_no_cell_is_a_formula_and_each_can_be_had_back(cells: list[str]) -> None:
    written = [harmless(cell) for cell in cells]
    assert not any(str(cell).startswith(tuple("=+-@\t\r")) for cell in written)
    guarded = [cell for cell in cells if not cell.startswith("'")]
    assert [original(str(harmless(cell))) for cell in guarded] == guarded


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert csv_text(["a", "b", "c"], [[-1, None, "-1"]], end="\n") == "a,b,c\n-1,,'-1\n"


@given(st.lists(st.tuples(texts, texts), max_size=30))
def test_what_is_written_is_read(rows: list[tuple[str, str]]) -> None:
    text = csv_text(["one", "two"], rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[1:] == [[str(harmless(cell)) for cell in row] for row in rows]


def test_every_wrong_row_is_named() -> None:
    def take(cells: dict[str, str]) -> int:
        if not cells["n"].isdecimal():
            raise UsageError(f"“{cells['n']}” is no number.")
        return int(cells["n"])

    assert from_csv("n,note\n1,\n2,\n", ["n"], take, needed=["n"], passed_over=["note"]) == [1, 2]
    with pytest.raises(InputError, match=r"row 3: “x”.*\nrow 4: “y”"):
        from_csv("n\n1\nx\ny\n", ["n"], take, needed=["n"])
    with pytest.raises(InputError, match=r"no column “n”.*“m” is not known"):
        from_csv("m\n1\n", ["n"], take, needed=["n"])
