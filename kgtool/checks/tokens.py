"""ShExC split into tokens: for positions in errors, and to write prefixed names in full.

The terminals are those of the ShEx specification (§6.1, ShExC). pyrudof parses the schema; it takes
prefixed names through the resolution of relative IRIs, which turns ``k:a`` with ``k:`` for
``urn:k:`` into ``urn:k:/a``, so names are expanded before it sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kgtool.errors import InputError

_NAME = r"[^\W\d_](?:[\w.\-·]*[\w\-·])?"
_LOCAL_CHAR = r"(?:[\w:\-·]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%])"
_LOCAL = rf"{_LOCAL_CHAR}(?:(?:{_LOCAL_CHAR}|\.)*{_LOCAL_CHAR})?"
_TERMINALS: dict[str, str] = {
    "space": r"[ \t\r\n]+|#[^\r\n]*|/\*(?:[^*]|\*(?!/))*\*/",
    "iri": r"<(?:[^\x00-\x20<>\"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>",
    "code": r"\{(?=[^%\\{}]*(?:\\.[^%\\{}]*)*%\})(?:[^%\\]|\\[%\\])*%\}",
    "string": r'"""(?:"{0,2}(?:[^"\\]|\\.))*"""|\'\'\'(?:\'{0,2}(?:[^\'\\]|\\.))*\'\'\''
    r'|"(?:[^"\\\r\n]|\\.)*"|\'(?:[^\'\\\r\n]|\\.)*\'',
    "annotation": r"//",
    "regex": r"/(?:[^/\\\r\n]|\\[nrt\\|.?*+(){}$\-\[\]^/]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})+/"
    r"[smix]*",
    "blank": r"_:[\w](?:[\w.\-·]*[\w\-·])?",
    "name": rf"(?:{_NAME})?:(?:{_LOCAL})?",
    "language": r"@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*",
    "number": r"[+-]?(?:\d*\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+)",
    "repeat": r"\{ *\d+ *(?:, *(?:\d+|\*)? *)?\}",
    "word": r"[A-Za-z][A-Za-z0-9]*",
    "sign": r"\^\^|[{}()\[\];|&$@^.*+?~=!%,-]",
}
_token = re.compile("|".join(f"(?P<{name}>{rule})" for name, rule in _TERMINALS.items()), re.DOTALL)
_unescape = re.compile(r"\\(.)")
_DEEPEST = 32


class Token(NamedTuple):
    """A token: ``kind`` is the terminal's name; ``start`` is its 0-based offset."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a schema, without spaces and comments.

    :raises InputError: a place that no token fits; gives line and column.
    """
    at = 0
    while at < len(text):
        found = _token.match(text, at)
        if found is None:
            raise InputError(f"{place(text, at)}: {_unreadable(text, at)}.", hint=_hint(text, at))
        assert found.lastgroup
        # A language tag after "@" and a reference to a prefixed shape (“@p:a”) begin alike.
        if found.lastgroup == "language" and text[found.end() : found.end() + 1] == ":":
            yield Token("sign", "@", at)
            at += 1
            continue
        if found.lastgroup != "space":
            yield Token(found.lastgroup, found[0], at)
        at = found.end()


def place(text: str, at: int) -> str:
    """“Line 3, column 14”, both from 1, of an offset."""
    line = text.count("\n", 0, at) + 1
    return f"Line {line}, column {at - text.rfind(chr(10), 0, at)}"


def expanded(text: str) -> str:
    """The schema with prefixed names written in full; line breaks stay where they are.

    :raises InputError: a prefix was not declared, something is not a token of ShExC, or brackets
        are nested so deeply that no parser could follow.
    """
    prefixes: dict[str, str] = {}
    written: list[str] = []
    done = depth = 0
    before: tuple[str, ...] = ("", "")
    for token in tokens(text):
        kind, said, start = token
        if said in ("(", "{", "["):
            depth += 1
            if depth > _DEEPEST:
                raise InputError(
                    f"{place(text, start)}: brackets are nested deeper than {_DEEPEST} levels."
                )
        elif said in (")", "}", "]"):
            depth -= 1
        if kind == "iri" and before[0].upper() == "PREFIX":
            prefixes[before[1][:-1]] = said[1:-1]
        elif kind == "name" and before[1].upper() != "PREFIX":
            prefix, _, local = said.partition(":")
            if prefix not in prefixes:
                raise InputError(
                    f"{place(text, start)}: the prefix “{prefix}:” is not declared.",
                    hint=f"Add a line: PREFIX {prefix}: <…>",
                )
            name = _unescape.sub(r"\1", local)
            written += [text[done:start], f"<{prefixes[prefix]}{name}>"]
            done = start + len(said)
        before = (before[1], said)
    return "".join([*written, text[done:]])


def _unreadable(text: str, at: int) -> str:
    line = text[at:].split("\n", 1)[0]
    match text[at]:
        case '"' | "'":
            return "this text has no end"
        case "/":
            return f"this is not a regular expression as ShExC writes them: {line[:40]}"
        case "<":
            return f"this is not an IRI: {line[:40]}"
        case other:
            return f"“{other}” cannot stand here"


def _hint(text: str, at: int) -> str:
    if text[at] == "/" and re.match(r"/[^\r\n]*\\[dwsDWSbBpP]", text[at:]):
        return "ShExC has no \\d, \\w, \\s: write [0-9], [A-Za-z0-9_], [ \\t]."
    return ""
