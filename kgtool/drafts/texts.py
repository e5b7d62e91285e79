"""Texts in several languages that stand in many rows of a plan: its file has each of them once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from kgtool.drafts.outcome import Doubtful, Outcome
from kgtool.messages.words import Words

# (language, text), as in Words.
Text: TypeAlias = tuple[tuple[str, str], ...]

_NUMBERED = "zxx-x-text"  # in the place of a language: the text is a number


class Texts:
    """Texts in several languages, each once; ``all`` in the order of their numbers."""

    def __init__(self, known: Sequence[Text] = ()) -> None:
        self.all = list(known)
        self._short: dict[Words, Words] = {}
        self._long: dict[Words, Words] = {}

    def short(self, row: Outcome) -> Outcome:
        """The row with numbers in the place of texts."""
        return _reworded(row, lambda said: self._mapped(said, self._short, self._numbered))

    def long(self, row: Outcome) -> Outcome:
        """The row with texts in the place of their numbers.

        :raises IndexError, ValueError: there is no such number.
        """
        return _reworded(row, lambda said: self._mapped(said, self._long, self._unnumbered))

    def _numbered(self, said: Words) -> Words:
        if len(said.texts) < 2:
            return said
        self.all.append(said.texts)
        return Words(texts=((_NUMBERED, str(len(self.all) - 1)),))

    def _unnumbered(self, said: Words) -> Words:
        [(language, text), *_] = said.texts
        return Words(texts=self.all[int(text)]) if language == _NUMBERED else said

    def _mapped(
        self, said: Words, known: dict[Words, Words], one: Callable[[Words], Words]
    ) -> Words:
        if said not in known:
            if said.texts:
                known[said] = one(said)
            else:
                params = (
                    self._mapped(p, known, one) if isinstance(p, Words) else p for p in said.params
                )
                known[said] = Words(said.key, tuple(params))
        return known[said]


def _reworded(row: Outcome, other: Callable[[Words], Words]) -> Outcome:
    """The row with other words: those of shapes stand in findings and in reasons for doubt."""
    if any(one.words for one in row.findings):
        findings = [replace(f, words=other(f.words)) if f.words else f for f in row.findings]
        row = replace(row, findings=findings)
    return replace(row, reason=other(row.reason)) if isinstance(row, Doubtful) else row
