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
from kgtool.messages.words import Words

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
            raise ExpressionError(*_line(query, found.start()), Words("error-string-open"))
        if found.lastgroup != "word":
            continue
        word = found[0].lower()
        if "service" in word:
            raise Forbidden(
                Words("error-query-service", _place(query, found.start())),
                hint=Words("error-own-graph"),
            )
        if word == "from":
            raise Forbidden(
                Words("error-query-from", _place(query, found.start())),
                hint=Words("error-one-graph"),
            )
        if not first and word in _UPDATES | _FORMS:
            first = word
            if word in _UPDATES:
                raise Forbidden(
                    Words("error-query-update", (word.upper(), *_place(query, found.start()))),
                    hint=Words("error-read-only"),
                )


def parse_error(query: str, problem: str) -> ExpressionError:
    """The engine's ``error at 3:14: expected …`` as an error that points at the place."""
    found = re.match(r"error at (\d+):(\d+): (.*)", problem, re.DOTALL)
    if found is None:
        return ExpressionError(*_line(query, 0), Words("error-query-unread", (problem,)))
    lines = query.split("\n")
    number = min(int(found[1]), len(lines))
    start = sum(len(line) + 1 for line in lines[: number - 1])
    column = min(int(found[2]) - 1, len(lines[number - 1]))
    place = start + column
    if not query[place:].strip():
        place = len(query.rstrip())
        said = Words("error-query-ends", (str(query.count("\n", 0, place) + 1),))
    elif len(found[3]) < 200:
        said = Words("error-query-line", (str(number), found[3]))
    else:
        said = Words("error-query-other", (str(number),))
    return ExpressionError(*_line(query, place), said)


def _line(query: str, position: int) -> tuple[str, int]:
    start = query.rfind("\n", 0, position) + 1
    end = query.find("\n", position)
    return query[start : len(query) if end < 0 else end], position - start


def _place(query: str, position: int) -> tuple[str, str]:
    """Line and column, counted from 1."""
    line = query.count("\n", 0, position) + 1
    return str(line), str(position - query.rfind("\n", 0, position))
