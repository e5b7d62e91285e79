"""A batch of QuickStatements V1 → its commands, each as its parts; what the parts mean is not known
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class _Line(NamedTuple):
    """How texts and comments are told apart in one kind of line.

    A text goes from its first quote to the one before a separator, a comment or the end. A comment
    stands at the end of a command.
    """

    quoted_or_comment: re.Pattern[str]
    quoted_or_bar: re.Pattern[str]

    @classmethod
    def of(cls, separator: str, end: str) -> _Line:
        comment = rf"/\*(?:(?!\*/).)*\*/(?=\s*(?:{end}))"
        quoted = rf'(?:^|(?<=[\t| :]))".*?"(?=\s*(?:{separator}|{comment}|$))'
        return cls(re.compile(rf"({quoted})|{comment}"), re.compile(rf"({quoted})|\|"))


_WITH_TABS = _Line.of(r"\t", "$")
_WITH_BARS = _Line.of(r"\|", r"$|\|\|")
_LINE_END = re.compile(r"\r\n|\r|\n")


def command_parts(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every command: the number of its line, counted from 1, and its parts, at least one.

    Parts are divided by tabs. In a line without tabs they are by bars, and commands by two of them;
    bars inside quotes divide nothing. Comments after a command, empty lines and lines that begin
    with ``#`` are passed over.
    """
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if line.lstrip().startswith("#"):
            continue
        kind = _WITH_TABS if "\t" in line else _WITH_BARS
        if "*/" in line:
            line = kind.quoted_or_comment.sub(lambda match: match[1] or "", line)
        commands = [line]
        if kind is _WITH_BARS:
            tabbed = kind.quoted_or_bar.sub(lambda match: match[1] or "\t", line)
            commands = tabbed.split("\t\t")
        for command in commands:
            if body := command.strip():
                yield number, [part.strip() for part in body.split("\t")]
