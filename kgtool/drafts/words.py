"""What is said of drafts and rows, so that it can be told in any language later."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from kgtool.messages import say

Param: TypeAlias = "str | int | Words"


class Words(Struct, frozen=True, omit_defaults=True):
    """A text for people: which message (``finding-<key>``), and what is filled in.

    A parameter may be words itself. As text (``str``) it is English: what files and scripts have.
    """

    key: str
    params: tuple[str | int | Words, ...] = ()

    def told(self, language: str) -> str:
        """The text in a language."""
        given = (one.told(language) if isinstance(one, Words) else one for one in self.params)
        return say(language, f"finding-{self.key}", *given)

    def __str__(self) -> str:
        return self.told("en")


class Unreadable(ValueError):
    """A text that gives no value; ``words`` say why."""

    def __init__(self, key: str, *params: Param) -> None:
        self.words = Words(key, params)
        super().__init__(str(self.words))


def words(key: str, *params: Param) -> Words:
    """Words of these parameters."""
    return Words(key, params)


def told(text: str, said: Words | None, language: str) -> str:
    """What was said, in a language; the English text where only that is known."""
    return text if said is None else said.told(language)
