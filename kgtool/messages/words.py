"""Something said to people that is told later, in a language that is not known yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from kgtool.errors import ExpressionError, KgtoolError, MappingError, NotInWorkspace, Told
from kgtool.messages import chain, say

Param: TypeAlias = "str | int | Words"


class Words(Struct, frozen=True, omit_defaults=True):
    """A message (``key``) and what is filled in; or ``texts``, (language, text), as they are.

    A parameter may be words itself. As text (``str``) it is English: what files and scripts have.
    """

    key: str = ""
    params: tuple[str | int | Words, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()

    def told(self, language: str) -> str:
        """The text in a language; where ``texts`` lack it, in English or whatever there is."""
        if self.texts:
            known = dict(self.texts)
            return next((known[c] for c in chain(language) if c in known), self.texts[0][1])
        given = (one.told(language) if isinstance(one, Words) else one for one in self.params)
        return say(language, self.key, *given)

    def __str__(self) -> str:
        return self.told("en")


def told(said: str | Words, language: str) -> str:
    """What was said, in a language; a mere text, somebody else's, stands as it is."""
    return said.told(language) if isinstance(said, Words) else said


def listed(parts: Iterable[str | Words]) -> str | Words:
    """Several things said, one after the other; ``""`` if there are none."""
    whole: str | Words = ""
    for part in parts:
        if part:
            whole = Words("words-also", (whole, part)) if whole else part
    return whole


def said_by(error: KgtoolError) -> str | Told:
    """What went wrong, to be told to a person; a mere text is English."""
    match error:
        case NotInWorkspace(ids=ids):
            return Words("error-not-loaded", (", ".join(ids[:5]),))
        case ExpressionError(text=text, position=position, problem=Words() as problem):
            return Words("error-expression", (text, position + 1, problem))
        case MappingError(key=str() | Words() as key, problem=str() | Words() as problem):
            return Words("error-at", (key, problem))
    return error.said


def operator_by(error: KgtoolError) -> str | Told:
    """What only an operator can do about it, to be told to a person."""
    if isinstance(error, NotInWorkspace):
        return Words("operator-run", (f"kgtool sync {' '.join(error.ids[:5])}",))
    return error.said_operator


def worded(error: KgtoolError) -> str | Words:
    """What went wrong, without its hint, as a parameter of other words."""
    said = said_by(error)
    return said if isinstance(said, Words) else str(said)


def told_by(error: KgtoolError) -> str | Words:
    """All that an error says, to be kept and told later: what is wrong, and how to mend it."""
    hint, operator = error.said_hint, operator_by(error)
    parts: list[str | Words] = [worded(error)]
    if hint:
        parts.append(hint if isinstance(hint, Words) else str(hint))
    if operator:
        given = operator if isinstance(operator, Words) else str(operator)
        parts.append(Words("error-operator-mends", (given,)))
    whole = parts[0]
    for part in parts[1:]:
        whole = Words("words-then", (whole, part))
    return whole
