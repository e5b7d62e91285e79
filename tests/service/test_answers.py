"""Answers that are kept: the newest of each question, whoever else keeps one at the same time."""

from __future__ import annotations

import datetime
from pathlib import Path

from msgspec import Struct

from kgtool.service.answers import Answer, Answers, forget_answers, stamp_of

FAR = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)


class Told(Struct):
    text: str


def test_the_newest_answer_is_kept(tmp_path: Path) -> None:
    answers = Answers(tmp_path, Told)
    assert (answers.get("why"), answers.stamp("why")) == (None, "")
    for number in (1, 2):
        answers.keep(Answer(stamp_of(number), Told(f"{number}")), "why")
    assert answers.get("why") == Answer(stamp_of(2), Told("2"))
    assert answers.get("what") is None


def test_a_file_that_another_process_removes_meanwhile_is_no_answer(tmp_path: Path) -> None:
    answers = Answers(tmp_path, Told)
    answers.keep(Answer(stamp_of(1), Told("1")), "why")
    (kept,) = tmp_path.glob("answers/*.json")
    # It is seen in the folder, but not there any more when it is looked at.
    gone = kept.with_name(kept.name.replace(stamp_of(1), stamp_of(2)))
    gone.symlink_to(tmp_path / "nowhere")
    assert answers.get("why") == Answer(stamp_of(1), Told("1"))
    assert answers.stamp("why") == stamp_of(1)
    assert forget_answers(tmp_path, FAR) == 1
    assert answers.get("why") is None
