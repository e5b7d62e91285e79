"""A query file: its question, its parameters, and its text with values put in as terms.

::

    # Which items of the partner have no value for this property?
    #param partner item Q190804 the partner
    #param property property P186 the property

The first line is the question. A ``#param`` line names a parameter, its kind, its default and what
it is; the text has it as ``VALUES ?partner { wd:Q190804 }``, so that the file runs as it stands. A
value from outside is parsed into a term of its kind, and only terms are written into the text.

Where a parameter is only used inside an OPTIONAL, the text has ``BIND("en" AS ?language)`` there: a
VALUES outside of it is not seen by Virtuoso, and one inside makes Oxigraph read every label.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from kgtool.errors import InputError, UsageError
from kgtool.messages.words import Words

_parameter = re.compile(r"#param (?P<name>\w+) (?P<kind>[a-z]+) (?P<default>\S+) (?P<help>\S.*)")
_address = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]+")
_language = re.compile(r"[a-z]{2,12}(-[a-z0-9]{1,10}){0,3}")
_item = re.compile(r"Q[1-9][0-9]{0,14}")
_property = re.compile(r"P[1-9][0-9]{0,14}")
_number = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter. ``kind`` is a key of :data:`KINDS`; ``default`` is written as a person would."""

    name: str
    kind: str
    default: str
    help: str


@dataclass(frozen=True, slots=True)
class QueryFile:
    """A query as it stands in its file. ``note`` says where it needs a change, or is empty."""

    name: str
    question: str
    note: str
    parameters: tuple[Parameter, ...]
    text: str

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with values put in; what is not given keeps its default.

        Several values of one parameter are split by commas, but for texts.

        :raises UsageError: there is no such parameter, or a value is not of its kind.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        text = self.text
        for name, value in values.items():
            if name not in known:
                raise UsageError(
                    Words("error-query-parameter", (self.name, name)),
                    hint=Words("error-it-has", (", ".join(known),))
                    if known
                    else Words("error-it-has-none"),
                )
            text = _put(text, known[name], _terms(known[name], value))
        return text


def parse(name: str, text: str) -> QueryFile:
    """Read a query file.

    :raises InputError: the first line is no question, or a parameter is not declared as it should.
    """
    comments = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        comments.append(line)
    question = comments[0].removeprefix("#").strip() if comments else ""
    if not question.endswith("?"):
        raise InputError(f"{name}: the first line is not a question in a comment.")
    parameters, note = [], []
    for line in comments[1:]:
        if not line.startswith("#param"):
            note.append(line.removeprefix("#").strip())
            continue
        said = _parameter.fullmatch(line)
        if said is None or said["kind"] not in KINDS or not _blocks(said["name"]).search(text):
            raise InputError(
                f"{name}: this parameter cannot be understood: {line}",
                hint="#param NAME KIND DEFAULT what it is, and VALUES ?NAME { … } in the query. "
                f"Kinds: {', '.join(KINDS)}.",
            )
        parameters.append(Parameter(said["name"], said["kind"], said["default"], said["help"]))
    return QueryFile(name, question, " ".join(note).strip(), tuple(parameters), text)


def _blocks(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<values>VALUES \?{name} \{{)[^}}]*\}}|BIND\([^()?]* (?P<bind>AS \?{name}\))"
    )


def _put(text: str, parameter: Parameter, terms: list[str]) -> str:
    pieces, position = [], 0
    for block in _blocks(parameter.name).finditer(text):
        if block["bind"] and len(terms) > 1:
            raise UsageError(Words("error-one-value", (parameter.name, len(terms))))
        pieces.append(text[position : block.start()])
        if block["values"]:
            pieces.append(f"{block['values']} {' '.join(terms)} }}")
        else:
            pieces.append(f"BIND({terms[0]} {block['bind']}")
        position = block.end()
    return "".join([*pieces, text[position:]])


def _terms(parameter: Parameter, value: str) -> list[str]:
    parts = [value] if parameter.kind == "text" else value.split(",")
    term, expected = KINDS[parameter.kind]
    terms = [term(part.strip()) for part in parts]
    if None in terms:
        raise UsageError(
            Words("error-parameter-value", (parameter.name, value, expected)),
            hint=Words("error-for-example", (f"{parameter.name}={parameter.default}",)),
        )
    return [one for one in terms if one is not None]


def _named(pattern: re.Pattern[str], prefix: str) -> Callable[[str], str | None]:
    def term(text: str) -> str | None:
        return f"{prefix}:{text.upper()}" if pattern.fullmatch(text.upper()) else None

    return term


def _of_language(text: str) -> str | None:
    return f'"{text.lower()}"' if _language.fullmatch(text.lower()) else None


def _of_text(text: str) -> str | None:
    # A backslash could begin a code point escape, which SPARQL resolves before it reads strings.
    if not text or len(text) > 500 or "\\" in text or not text.isprintable():
        return None
    return json.dumps(text, ensure_ascii=False)


def _of_number(text: str) -> str | None:
    return text if _number.fullmatch(text) else None


def _of_date(text: str) -> str | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return f'"{day.isoformat()}T00:00:00Z"^^xsd:dateTime'


def _of_address(text: str) -> str | None:
    return f"<{text}>" if _address.fullmatch(text) else None


# Kind → how a value becomes a term (none: it does not fit), and what is expected.
KINDS: dict[str, tuple[Callable[[str], str | None], Words]] = {
    "item": (_named(_item, "wd"), Words("error-expects-item")),
    "property": (_named(_property, "wdt"), Words("error-expects-property")),
    "statement": (_named(_property, "p"), Words("error-expects-property")),
    "language": (_of_language, Words("error-expects-language")),
    "text": (_of_text, Words("error-expects-text")),
    "number": (_of_number, Words("error-expects-number")),
    "date": (_of_date, Words("error-expects-date")),
    "url": (_of_address, Words("error-expects-url")),
}
