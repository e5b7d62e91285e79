"""Schema texts with their imports resolved from ``shapes/``; nothing is ever fetched."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from kgtool import files
from kgtool.errors import InputError, NotFound

# The parts of ShExC that can hide or name an import (ShEx 2.1, section 6, productions 77-80, 139).
_token = re.compile(
    r"""
      (?P<comment> \#[^\n]* | /\*.*?\*/ )
    | (?P<string> \"{3}.*?\"{3} | '{3}.*?'{3} | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
    | (?P<iri> <[^<>"{}|^`\\\x00-\x20]*> )
    | (?P<annotation> // )
    | (?P<pattern> /(?:\\.|[^/\\\n])+/[smix]* )
    | (?P<name> [\w.-]*:[\w.:%-]* )
    | (?P<word> [A-Za-z]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_open_name = re.compile(r"<[^<>\s]*>|[\w.-]*:[\w.:%-]*")
_urn = "urn:kgtool:shape#"


class _Cut(NamedTuple):
    """A stretch of a text that does not belong into the resolved schema."""

    start: int
    end: int
    imported: str | None  # the IRI of an import; none for a start


@cache
def resolved(name: str) -> str:
    """Text of ``shapes/<name>.shex`` with everything it imports, however deep, each file once.

    The lines of the file itself keep their numbers; imported texts follow after them.

    :raises NotFound: there is no such file, or it imports one that is not in ``shapes/``.
    """
    return _resolve(files.shape(name), name)


@cache
def everything() -> str:
    """All files of ``shapes/`` as one schema without a start; no two give a shape the same name."""
    texts = [files.shape(name) for name in files.shape_names()]
    return "\n".join(_without(text, list(_cuts(text))) for text in texts)


def resolve(text: str) -> str:
    """The same for a schema from outside, which may import any file of ``shapes/``.

    :raises InputError: an import is not a file of ``shapes/``; nothing is fetched.
    """
    return _resolve(text, "")


def _resolve(text: str, name: str) -> str:
    seen = {name} if name else set()
    texts = [_without(text, [cut for cut in _cuts(text) if cut.imported is not None])]
    waiting = [(iri, name, line) for iri, line in _imports(text)]
    while waiting:
        iri, importer, line = waiting.pop(0)
        wanted = _shape_name(iri, importer)
        if wanted in seen:
            continue
        if wanted not in files.shape_names():
            raise _unreachable(iri, importer, line)
        seen.add(wanted)
        imported = files.shape(wanted)
        # The start of an imported schema does not count (ShEx 2.1, section 5.8).
        texts.append(_without(imported, list(_cuts(imported))))
        waiting.extend((iri, wanted, line) for iri, line in _imports(imported))
    return "\n".join(texts)


def _unreachable(iri: str, importer: str, line: int) -> NotFound | InputError:
    message = f"Line {line} imports <{iri}>, which is not a file of shapes/."
    hint = "Imports are never fetched. Known: " + ", ".join(files.shape_names()) + "."
    if importer:
        return NotFound(f"shapes/{importer}.shex: {message}", hint=hint)
    return InputError(message, hint=hint)


def _shape_name(iri: str, importer: str) -> str:
    """Name of the shapes file that an import means: relative to its importer, or by label."""
    if iri.startswith(_urn):
        return iri.removeprefix(_urn)
    path = posixpath.join(posixpath.dirname(importer), iri)
    return posixpath.normpath(path).removesuffix(".shex")


def _imports(text: str) -> Iterator[tuple[str, int]]:
    for cut in _cuts(text):
        if cut.imported is not None:
            yield cut.imported, text.count("\n", 0, cut.start) + 1


def _cuts(text: str) -> Iterator[_Cut]:
    """Imports and starts, wherever they are, but not in comments, strings or patterns."""
    prefixes: dict[str, str] = {}
    position = 0
    depth = 0
    while found := _token.search(text, position):
        depth += text.count("{", position, found.start()) - text.count("}", position, found.start())
        position = found.end()
        if found.lastgroup != "word" or depth:
            continue
        word = found.group().upper()
        if word == "PREFIX":
            declared = re.compile(r"\s*([\w.-]*):\s*<([^<>]*)>").match(text, position)
            if declared:
                prefixes[declared[1]] = declared[2]
                position = declared.end()
        elif word == "IMPORT":
            named = _open_name.match(text, _skip_space(text, position))
            if named:
                position = named.end()
                yield _Cut(found.start(), position, _iri(named.group(), prefixes))
        elif word == "START":
            after = _skip_space(text, position)
            if text[after : after + 1] == "=":
                position = _end_of_start(text, after + 1)
                yield _Cut(found.start(), position, None)


def _iri(name: str, prefixes: dict[str, str]) -> str:
    if name.startswith("<"):
        return name[1:-1]
    prefix, local = name.split(":", 1)
    return prefixes.get(prefix, f"{prefix}:") + local


def _skip_space(text: str, position: int) -> int:
    skipped = re.compile(r"(?:\s+|#[^\n]*|/\*.*?\*/)*", re.DOTALL).match(text, position)
    assert skipped
    return skipped.end()


def _end_of_start(text: str, position: int) -> int:
    """Where a start expression ends: it is a reference in every file of ``shapes/``."""
    reference = re.compile(r"\s*@(?:<[^<>\s]*>|[\w.-]*:[\w.%-]*)").match(text, position)
    return reference.end() if reference else position


def _without(text: str, cuts: list[_Cut]) -> str:
    """The text with cuts blanked out, so that lines and columns stay."""
    pieces = []
    position = 0
    for cut in cuts:
        pieces.append(text[position : cut.start])
        pieces.append(re.sub(r"[^\n]", " ", text[cut.start : cut.end]))
        position = cut.end
    pieces.append(text[position:])
    return "".join(pieces)
