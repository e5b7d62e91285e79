"""Differences between two states of an entity, and putting them on a third.

Labels, descriptions, aliases and sitelinks conflict where the third state has moved on. Statements
do not: Wikibase puts the new one in place by its GUID without looking (its
``StatementListPatcher``), so that somebody else's change of the same statement is lost. That is
what a rehearsal has to show.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from .records import Raw
from .statements import drop_statement, put_statement

_PARTS = ("labels", "descriptions", "aliases", "sitelinks")


class Conflict(Exception):
    """The third state differs from the first in a part that the second changes."""


def difference(before: Raw, after: Raw) -> dict[tuple[str, str], Any]:
    """What differs: (part, key) → the value after, or None where it is gone."""
    first, second = _flat(before), _flat(after)
    return {
        key: second.get(key)
        for key in dict.fromkeys([*first, *second])
        if first.get(key) != second.get(key)
    }


def patched(current: Raw, before: Raw, after: Raw) -> Raw:
    """``current`` with the changes that lead from ``before`` to ``after``.

    :raises Conflict: they touch what has changed since.
    """
    made = deepcopy(current)
    first, now = _flat(before), _flat(current)
    for (part, key), value in difference(before, after).items():
        if part == "claims":
            if value is None:
                drop_statement(made, key)
            else:
                put_statement(made, value)
        elif now.get((part, key)) not in (first.get((part, key)), value):
            raise Conflict(f"{part} {key}")
        elif value is None:
            made[part].pop(key, None)
        else:
            made[part][key] = value
    return made


def _flat(entity: Raw) -> dict[tuple[str, str], Any]:
    flat: dict[tuple[str, str], Any] = {
        (part, key): value for part in _PARTS for key, value in entity.get(part, {}).items()
    }
    for statements in entity.get("claims", {}).values():
        for statement in statements:
            flat["claims", statement["id"]] = statement
    return flat


def summary(before: Raw | None, after: Raw) -> str:
    """The automatic part of the comment of ``wbeditentity``."""
    if before is None:
        return f"/* wbeditentity-create-{after['type']}:0| */"
    changed = list(difference(before, after))
    codes = list(dict.fromkeys(key for part, key in changed if part != "claims"))
    if any(part in ("claims", "sitelinks") for part, _ in changed) or not codes:
        return "/* wbeditentity-update:0| */"
    if len(codes) <= 50:
        return f"/* wbeditentity-update-languages-short:0||{', '.join(codes)} */"
    return f"/* wbeditentity-update-languages:{len(codes)}| */"
