"""Worklists on which the reader has claimed items."""

from __future__ import annotations

import datetime

from msgspec import Struct

from kgtool.coverage.expression import parse
from kgtool.errors import ExpressionError
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool


class Held(Struct, frozen=True):
    """``count`` items that lack ``missing`` in the selection ``of``; the first claim ends first."""

    of: str
    missing: str
    count: int
    expires: datetime.datetime


def held_by(kgtool: Kgtool, caller: Caller) -> list[Held]:
    """What the caller has claimed, by worklist, soonest to expire first; nothing for a stranger."""
    if not caller.name:
        return []
    found: dict[tuple[str, str], Held] = {}
    for one in kgtool.claims.standing(by=caller.name):
        if not _is_measure(one.missing):
            continue  # a program may claim under any words; they have no worklist
        key = (one.selection, one.missing)
        known = found.get(key)
        found[key] = Held(
            one.selection,
            one.missing,
            known.count + 1 if known else 1,
            known.expires if known else one.expires,
        )
    return list(found.values())


def _is_measure(text: str) -> bool:
    try:
        parse(text)
    except ExpressionError:
        return False
    return True
