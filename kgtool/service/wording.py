"""Measures in words, in a reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable

from babel import Locale, UnknownLocaleError

from kgtool.checks.expectations import kinds
from kgtool.coverage.expression import parse
from kgtool.coverage.measures import (
    PARTNER,
    And,
    Conforms,
    HasGoodReference,
    HasProperty,
    HasQualifier,
    HasReference,
    HasSitelink,
    HasTerm,
    HasValue,
    Measure,
    Not,
    Or,
    atoms,
)
from kgtool.entities.language import fallback
from kgtool.messages import say
from kgtool.service.labels import Labels

# What a measure is about, for the sections of a table.
ABOUT = ("statements", "references", "terms", "pages")


class Wording:
    """Names of measures: as the shapes call them, else put together from labels."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    def of(self, measures: Iterable[str], language: str) -> dict[str, str]:
        """Measure → its name for people. The ids in it are named by their labels, if known."""
        parsed = {text: parse(text) for text in dict.fromkeys(measures)}
        ids = {id for one in parsed.values() for id in re.findall(r"[PQ][1-9]\d*", str(one))}
        names = {id: text for id, (text, _) in self._labels.of(ids, language).items()}
        said = _said_by_shapes(language)
        return {
            text: (said.get(text) if _is_plain(one) else None) or _words(one, language, names)
            for text, one in parsed.items()
        }


def about(measure: str) -> str:
    """Which of ``ABOUT`` a measure belongs to, by its first atom."""
    match next(iter(atoms(parse(measure)))):
        case HasReference() | HasGoodReference():
            return "references"
        case HasTerm():
            return "terms"
        case HasSitelink():
            return "pages"
        case _:
            return "statements"


def _is_plain(measure: Measure) -> bool:
    """Whether a shape's name for it says all: for references it only names the statement."""
    return not any(
        isinstance(one, HasReference | HasGoodReference | HasQualifier) for one in atoms(measure)
    )


def _said_by_shapes(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind in kinds():
        for one in kind.expectations:
            for code in fallback(language):
                if code in one.labels and (code == language or code != "en"):
                    found.setdefault(one.measure, one.labels[code])
                    break
    return found


def _words(measure: Measure, language: str, names: dict[str, str]) -> str:
    def name(id: str) -> str:
        return names.get(id, id)

    match measure:
        case HasProperty(property=p):
            return name(p)
        case HasValue(property=p, item=q):
            return say(language, "measure-value", name(p), name(q))
        case HasGoodReference(property=p):
            return say(language, "measure-good-reference", name(p))
        case HasReference(property=p, source=""):
            return say(language, "measure-reference", name(p))
        case HasReference(property=p, source=source):
            return say(language, "measure-reference-by", name(p), name(source))
        case HasQualifier(property=p, qualifier=q, item=item):
            key = "measure-qualifier-partner" if item == PARTNER else "measure-qualifier"
            return say(language, key, name(p), name(q))
        case HasTerm(kind="L", language=code):
            return say(language, "measure-label", language_name(code, language))
        case HasTerm(kind="D", language=code):
            return say(language, "measure-description", language_name(code, language))
        case HasTerm(language=code):
            return say(language, "measure-alias", language_name(code, language))
        case HasSitelink(site=site):
            return say(language, "measure-page", site)
        case Conforms(shape=shape):
            return say(language, "measure-shape", shape)
        case Not(of=inner):
            return say(language, "measure-not", _words(inner, language, names))
        case And(of=parts):
            return _joined("measure-and", parts, language, names)
        case Or(of=parts):
            return _joined("measure-or", parts, language, names)


def _joined(key: str, parts: tuple[Measure, ...], language: str, names: dict[str, str]) -> str:
    words = _words(parts[0], language, names)
    for part in parts[1:]:
        words = say(language, key, words, _words(part, language, names))
    return words


def language_name(code: str, language: str) -> str:
    """What readers of *language* call the language *code*; the code where that is not known."""
    try:
        return Locale.parse(code, sep="-").get_display_name(language) or code
    except (ValueError, UnknownLocaleError):
        return code
