"""Quality checks of a draft, after OpenRefine's scrutinizers: nothing that a wiki would refuse, but
what its people will complain about. Those that need property constraints are in
:mod:`kgtool.drafts.constraints`.
"""

from __future__ import annotations

import re
import unicodedata

from kgtool.drafts.dates import GREGORIAN, order
from kgtool.drafts.draft import Draft, Finding, Level, finding, snaks_of
from kgtool.drafts.words import words
from kgtool.entities import (
    EntityIdValue,
    Item,
    Profile,
    Statement,
    StringValue,
    TimeValue,
)
from kgtool.messages.words import Words

# The codes of all findings made here.
CODES = frozenset(
    {
        "no-label",
        "no-description",
        "no-type",
        "description-stop",
        "description-capital",
        "description-article",
        "unsourced",
        "self-reference",
        "calendar",
        "white-space",
        "not-printable",
    }
)
_ARTICLE = re.compile(r"^(?:a|an|the)\s", re.I)


def scrutinise(draft: Draft, profile: Profile, *, new: bool) -> list[Finding]:
    """Quality findings; ``new`` if the item is to be created.

    Of level *refuse* is only what OpenRefine calls critical: a new item that has no name.
    """
    found = _new_item(draft.wanted, profile) if new else []
    found += _terms(draft.wanted)
    for statements in draft.wanted.claims.values():
        for statement in statements:
            found += _statement(draft, statement)
    kept: list[Finding] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return kept


def _new_item(item: Item, profile: Profile) -> list[Finding]:
    found = []
    if not (item.labels or item.aliases):
        found.append(_note("refuse", "no-label", words("no-label")))
    if not item.descriptions:
        found.append(_note("warning", "no-description", words("no-description")))
    roles = profile.properties
    if not (item.claims.get(roles.instance_of) or item.claims.get(roles.subclass_of)):
        found.append(
            _note(
                "warning",
                "no-type",
                words("no-type", roles.instance_of, roles.subclass_of),
            )
        )
    return found


def _terms(item: Item) -> list[Finding]:
    found = []
    texts = [("label", t) for t in item.labels.values()]
    texts += [("description", t) for t in item.descriptions.values()]
    texts += [("alias", t) for terms in item.aliases.values() for t in terms]
    for kind, term in texts:
        found += _spelling(term.value, f"{kind} ({term.language})")
    english = item.descriptions.get("en")
    if english is not None and english.value:
        text, where = english.value, "description (en)"
        if text[-1] in ".,;:!?":
            found.append(_note("warning", "description-stop", words("description-stop"), where))
        if text[0].isupper() and not text[:2].isupper():
            found.append(_note("info", "description-capital", words("description-capital"), where))
        if _ARTICLE.match(text):
            found.append(
                _note("warning", "description-article", words("description-article"), where)
            )
    return found


def _statement(draft: Draft, statement: Statement) -> list[Finding]:
    property = statement.mainsnak.property
    found = []
    if not statement.references:
        found.append(_note("warning", "unsourced", words("unsourced"), property))
    for snak in snaks_of(statement):
        match snak.datavalue:
            case EntityIdValue() as value if value.value.id == draft.wanted.id != "":
                found.append(
                    _note("warning", "self-reference", words("self-reference"), snak.property)
                )
            case TimeValue() as time if (
                time.value.calendarmodel == GREGORIAN
                and time.value.precision == 11
                and order(time.value) < (1582, 10, 15)
            ):
                found.append(
                    _note(
                        "warning",
                        "calendar",
                        words("calendar"),
                        snak.property,
                    )
                )
            case StringValue() as text:
                found += _spelling(text.value, snak.property)
    return found


def _spelling(text: str, where: str) -> list[Finding]:
    found = []
    if "  " in text or text != text.strip():
        found.append(_note("warning", "white-space", words("outer-space"), where))
    if any(unicodedata.category(sign) in ("Cc", "Co", "Cn") for sign in text):
        found.append(_note("warning", "not-printable", words("not-printable"), where))
    return found


def _note(level: Level, code: str, said: Words, where: str = "") -> Finding:
    return finding(level, code, said, where)
