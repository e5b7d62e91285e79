"""ShExC split into tokens: for positions in errors, and to write prefixed names in full.

The terminals are those of the ShEx specification (§6.1, ShExC). pyrudof parses the schema; what its
parser does not take as the specification has it is written otherwise before it sees it: see
:func:`expanded`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin

from kgtool.errors import InputError

# PN_CHARS_BASE: not the letters that Python knows, but these.
_BASE_CHARS = (
    r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_CHARS = _BASE_CHARS + r"_\-0-9\u00B7\u0300-\u036F\u203F-\u2040"
_NAME = rf"[{_BASE_CHARS}](?:[{_CHARS}.]*[{_CHARS}])?"
_LOCAL_CHAR = rf"(?:[{_CHARS}:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?#@%])"
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
    "blank": rf"_:[{_BASE_CHARS}_0-9](?:[{_CHARS}.]*[{_CHARS}])?",
    "name": rf"(?:{_NAME})?:(?:{_LOCAL})?",
    "language": r"@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*",
    "number": r"[+-]?(?:\d*\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+)",
    "repeat": r"\{ *\d+ *(?:, *(?:\d+|\*)? *)?\}",
    "word": r"[A-Za-z][A-Za-z0-9]*",
    "sign": r"\^\^|[{}()\[\];|&$@^.*+?~=!%,-]",
}
_token = re.compile("|".join(f"(?P<{name}>{rule})" for name, rule in _TERMINALS.items()), re.DOTALL)
_unescape = re.compile(r"\\(.)")
_bare_quote = re.compile(r"((?:^|[^\\])(?:\\\\)*)([\"'])")
_DEEPEST = 32
# What pyrudof has of semantic actions.
_EXTENSIONS = ("http://shex.io/extensions/Test/", "http://shex.io/extensions/Map/")


class Token(NamedTuple):
    """A token: ``kind`` is the terminal's name; ``start`` is its 0-based offset."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.start + len(self.text)


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
    """The schema as pyrudof's parser takes it; line breaks stay where they are.

    Prefixed names are written in full: it resolves them like relative IRIs, which turns ``k:a``
    with ``k:`` for ``urn:k:`` into ``urn:k:/a``. Quotes inside long texts are escaped. Semantic
    actions of extensions that it refuses are left out: what an action does is its processor's
    affair (ShEx, Semantic Actions), and these have no processor here.

    :raises InputError: a prefix was not declared, something is not a token of ShExC, or brackets
        are nested so deeply that no parser could follow.
    """
    written: list[str] = []
    done = 0
    for start, end, instead in _changes(text, list(_shallow(text))):
        written += [text[done:start], instead]
        done = end
    return "".join([*written, text[done:]])


def _shallow(text: str) -> Iterator[Token]:
    depth = 0
    for token in tokens(text):
        depth += (token.text in ("(", "{", "[")) - (token.text in (")", "}", "]"))
        if depth > _DEEPEST:
            raise InputError(
                f"{place(text, token.start)}: brackets are nested deeper than {_DEEPEST} levels."
            )
        yield token


def _changes(text: str, said: list[Token]) -> Iterator[tuple[int, int, str]]:
    """What is to be written otherwise: from where, to where, and how."""
    prefixes: dict[str, str] = {}
    base = ""
    after = -1  # the end of an action that is left out
    for number, token in enumerate(said):
        if token.start < after:
            continue
        before = said[number - 1].text.upper() if number else ""
        if token.kind == "iri" and before == "BASE":
            base = urljoin(base, token.text[1:-1])
        elif token.kind == "iri" and number > 1 and said[number - 2].text.upper() == "PREFIX":
            prefixes[said[number - 1].text[:-1]] = urljoin(base, token.text[1:-1])
        elif token.kind == "name" and before != "PREFIX":
            yield token.start, token.end, f"<{_in_full(text, token, prefixes)}>"
        elif token.kind == "string" and token.text[:3] in ('"""', "'''"):
            inner = _bare_quote.sub(r"\1\\\2", token.text[3:-3])
            yield token.start, token.end, token.text[:3] + inner + token.text[-3:]
        elif token.text == "%" and number + 2 < len(said):
            named, code = said[number + 1 : number + 3]
            extension = named.text[1:-1] if named.kind == "iri" else _in_full(text, named, prefixes)
            if not extension.startswith(_EXTENSIONS):
                after = code.end
                yield token.start, after, re.sub(r"[^\n]", " ", text[token.start : after])


def _in_full(text: str, token: Token, prefixes: dict[str, str]) -> str:
    prefix, _, local = token.text.partition(":")
    if prefix not in prefixes:
        raise InputError(
            f"{place(text, token.start)}: the prefix “{prefix}:” is not declared.",
            hint=f"Add a line: PREFIX {prefix}: <…>",
        )
    return prefixes[prefix] + _unescape.sub(r"\1", local)


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
