"""A batch of QuickStatements V1 → its commands, each as its parts; what the parts mean is not known
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A text goes from its first quote to the one before a separator, a comment or the end.
_COMMENT = r"/\*(?:(?!\*/).)*\*/(?=\s*(?:$|\|\|))"
_QUOTED = rf'(?:^|(?<=[\t| :]))".*?"(?=\s*(?:[\t|]|{_COMMENT}|$))'
_QUOTED_OR_COMMENT = re.compile(rf"({_QUOTED})|{_COMMENT}")
_QUOTED_OR_BAR = re.compile(rf"({_QUOTED})|\|")
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
        if "*/" in line:
            line = _QUOTED_OR_COMMENT.sub(lambda match: match[1] or "", line)
        commands = [line]
        if "\t" not in line:
            tabbed = _QUOTED_OR_BAR.sub(lambda match: match[1] or "\t", line)
            commands = tabbed.split("\t\t")
        for command in commands:
            if body := command.strip():
                yield number, [part.strip() for part in body.split("\t")]
