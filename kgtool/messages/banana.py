"""One text in banana form, parsed once."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

_PART = re.compile(r"\$(\d+)|\{\{PLURAL:\$(\d+)\|((?:[^{}]|\{(?!\{)|\}(?!\}))*)\}\}")


class Plural(msgspec.Struct, frozen=True):
    """A choice by the number in parameter ``param`` (0-based)."""

    param: int
    forms: list[list[str | int]]


class Message(msgspec.Struct, frozen=True):
    """Texts, 0-based numbers of parameters, and choices by number, in order."""

    parts: list[str | int | Plural]

    def fill(self, params: Sequence[str], plurals: Sequence[int]) -> str:
        """The text with its parameters; ``plurals[n]`` is the plural form that parameter *n* takes.

        :raises IndexError: a parameter is missing.
        """
        done: list[str] = []
        for part in self.parts:
            match part:
                case str():
                    done.append(part)
                case int():
                    done.append(params[part])
                case Plural(param, forms):
                    form = forms[min(plurals[param], len(forms) - 1)]
                    done.extend(x if isinstance(x, str) else params[x] for x in form)
        return "".join(done)

    @property
    def params(self) -> set[int]:
        """1-based numbers of the parameters it uses."""
        used: set[int] = set()
        for part in self.parts:
            if isinstance(part, int):
                used.add(part + 1)
            elif isinstance(part, Plural):
                used.add(part.param + 1)
                used.update(x + 1 for form in part.forms for x in form if isinstance(x, int))
        return used


def parse(text: str) -> Message:
    """Parse a text; what is not a parameter or a plural stands for itself."""
    parts: list[str | int | Plural] = []
    end = 0
    for found in _PART.finditer(text):
        if found.start() > end:
            parts.append(text[end : found.start()])
        end = found.end()
        if found[1]:
            parts.append(int(found[1]) - 1)
        else:
            forms = [_simple(form) for form in found[3].split("|")]
            parts.append(Plural(int(found[2]) - 1, forms))
    if end < len(text):
        parts.append(text[end:])
    return Message(parts)


def _simple(text: str) -> list[str | int]:
    pieces = re.split(r"\$(\d+)", text)
    return [int(p) - 1 if n % 2 else p for n, p in enumerate(pieces) if n % 2 or p]
