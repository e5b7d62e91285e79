"""Semantic actions: which of them can change a verdict.

What an action does is its processor's affair (ShEx, Semantic Actions). Here there is one for the
extension that the public suite uses, as far as verdicts go: ``print`` does nothing, ``fail`` fails.
Actions of all other extensions do nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

_Actions: TypeAlias = Iterable[Mapping[str, Any]] | None

_TEST = "http://shex.io/extensions/Test/"
_said = re.compile(r'\s*(print|fail)\s*\(\s*(?:"(?:[^"\\]|\\.)*"|[spo])\s*\)\s*')


def can_fail(actions: _Actions) -> bool:
    """Whether one of these actions (ShExJ) is not known to succeed."""
    return any(_verb(one) not in ("", "print") for one in actions or ())


def always_fail(actions: _Actions) -> bool:
    """Whether one of them is known to fail."""
    return any(_verb(one) == "fail" for one in actions or ())


def _verb(action: Mapping[str, Any]) -> str:
    """``print``, ``fail``, ``?`` for code that is neither, ``""`` for an action without effect."""
    if not action["name"].startswith(_TEST) or action.get("code") is None:
        return ""
    found = _said.fullmatch(action["code"])
    return found[1] if found else "?"
