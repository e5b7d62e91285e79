"""Which SPARQL queries from outside are refused: what would leave the graph or change it.

The engine would fetch ``SERVICE`` addresses, and cannot be stopped while it does. It also reads
keywords without a space around them (``1SERVICE<…>``, ``SERVICE:x``), and ends a comment at a
carriage return. So this reads a query as the engine does, token by token, and takes out what cannot
hold a keyword: comments, strings, IRIs, variables, local names, language tags. What a token may
hold is drawn narrower than in the grammar where that is on the safe side; what is left must not
have ``service`` anywhere. A worker has no sockets anyway (:mod:`kgtool.views.query_worker`).
"""

from __future__ import annotations

import re

from kgtool.errors import ExpressionError, Forbidden

_token = re.compile(
    r"""
      (?P<comment> \# [^\r\n]* )
    | (?P<string>  \"{3} (?: \"{0,2} (?: [^"\\] | \\. ) )* \"{3}
                 | '{3}  (?: '{0,2}  (?: [^'\\] | \\. ) )* '{3}
                 | \"    (?: [^"\\\r\n] | \\. )* \"
                 | '     (?: [^'\\\r\n] | \\. )* '     )
    | (?P<iri>     < [^<>"{}|^`\s]* > )
    | (?P<var>     [?$] [A-Za-z0-9_]+ )
    | (?P<tag>     @ [A-Za-z]+ (?: - [A-Za-z0-9]+ )* )
    | (?P<local>   : [A-Za-z0-9_-]* )
    | (?P<open>    ["'] )
    | (?P<word>    [A-Za-z_]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
# SPARQL 1.1 Update
_UPDATES = frozenset(
    {"insert", "delete", "load", "clear", "drop", "create", "add", "move", "copy", "with"}
)
_FORMS = frozenset({"select", "construct", "describe", "ask"})


def refuse_unsafe(query: str) -> None:
    """Let a query pass that only reads the graph; whether it parses, the engine says.

    :raises Forbidden: it is an update, or has ``SERVICE``, or names other graphs with ``FROM``.
    :raises ExpressionError: a string does not end.
    """
    first = ""
    for found in _token.finditer(query):
        if found.lastgroup == "open":
            raise ExpressionError(*_line(query, found.start()), "A string begins that does not end")
        if found.lastgroup != "word":
            continue
        word = found[0].lower()
        if "service" in word:
            raise Forbidden(
                f"SERVICE is not allowed here ({_place(query, found.start())}).",
                hint="This endpoint answers from its own graph only.",
            )
        if word == "from":
            raise Forbidden(
                f"FROM is not allowed here ({_place(query, found.start())}).",
                hint="This endpoint has one graph.",
            )
        if not first and word in _UPDATES | _FORMS:
            first = word
            if word in _UPDATES:
                raise Forbidden(
                    f"{word.upper()} is an update ({_place(query, found.start())}).",
                    hint="This endpoint is read only.",
                )


def parse_error(query: str, problem: str) -> ExpressionError:
    """The engine's ``error at 3:14: expected …`` as an error that points at the place."""
    found = re.match(r"error at (\d+):(\d+): (.*)", problem, re.DOTALL)
    if found is None:
        return ExpressionError(*_line(query, 0), problem)
    lines = query.split("\n")
    number = min(int(found[1]), len(lines))
    start = sum(len(line) + 1 for line in lines[: number - 1])
    column = min(int(found[2]) - 1, len(lines[number - 1]))
    expected = found[3] if len(found[3]) < 200 else "something else"
    place = start + column
    if not query[place:].strip():
        place, expected = len(query.rstrip()), "it ends too early"
        number = query.count("\n", 0, place) + 1
    return ExpressionError(*_line(query, place), f"Line {number} does not parse: {expected}")


def _line(query: str, position: int) -> tuple[str, int]:
    start = query.rfind("\n", 0, position) + 1
    end = query.find("\n", position)
    return query[start : len(query) if end < 0 else end], position - start


def _place(query: str, position: int) -> str:
    line = query.count("\n", 0, position) + 1
    return f"line {line}, column {position - query.rfind(chr(10), 0, position)}"
