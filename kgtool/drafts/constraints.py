"""What the wiki's own property pages ask of values: their format.

The patterns stand on the property as a statement (``Profile.properties.format_regex``) and as a
qualifier of its constraints. They are written for PCRE; what RE2 cannot read is said to be
unchecked, not passed over in silence. Constraints of deprecated rank do not count.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kgtool.drafts.draft import Draft, Finding, snaks_of
from kgtool.entities import Profile, Property, Snak, StringValue


def constraint_findings(
    draft: Draft, properties: dict[str, Property], profile: Profile
) -> list[Finding]:
    """Values that do not have the format which their property asks for; each is *important*."""
    found: list[Finding] = []
    for statements in draft.wanted.claims.values():
        for statement in statements:
            for snak in snaks_of(statement):
                known = properties.get(snak.property)
                if known is not None and isinstance(snak.datavalue, StringValue):
                    found += _format(snak.property, snak.datavalue.value, known, profile)
    return list({(f.code, f.where, f.message): f for f in found}.values())


def _format(property: str, text: str, known: Property, profile: Profile) -> list[Finding]:
    found = []
    for pattern in _patterns(known, profile):
        compiled = _compiled(pattern)
        if compiled is None:
            message = f"its pattern {pattern} cannot be read here, so it was not checked"
            found.append(Finding("info", "format-unchecked", message, property))
        elif not compiled.fullmatch(text):
            message = f"“{text}” has not the form {pattern}"
            found.append(Finding("important", "format", message, property))
    return found


def _patterns(known: Property, profile: Profile) -> list[str]:
    role = profile.properties.format_regex
    if not role:
        return []
    snaks: list[Snak] = []
    for property, statements in known.claims.items():
        for statement in statements:
            if statement.rank == "deprecated":
                continue
            if property == role:
                snaks.append(statement.mainsnak)
            snaks += statement.qualifiers.get(role, [])
    texts = [s.datavalue.value for s in snaks if isinstance(s.datavalue, StringValue)]
    return list(dict.fromkeys(texts))


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
