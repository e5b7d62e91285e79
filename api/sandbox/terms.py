"""What ``labels``, ``descriptions``, ``aliases`` and ``sitelinks`` in an edit do."""

from __future__ import annotations

import re
from typing import Any

from kgtool.entities.sites import may_be_linked

from .answers import ApiError, Message, invalid, param_invalid, refusal
from .records import Raw
from .rules import Rules

_NAMES = {"labels": "label", "descriptions": "description", "aliases": "alias"}


class Terms:
    """Applies given terms and sitelinks to entities, checking and normalising them."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def apply(self, entity: Raw, data: Raw) -> None:
        """Change the terms and sitelinks of ``entity`` as ``data`` says.

        :raises ApiError: as the wiki would.
        """
        for kind in ("labels", "descriptions"):
            for code, given in _by(data.get(kind), "language"):
                self.set_term(entity, kind, code, given)
        aliases: dict[str, list[Any]] = {}
        for code, given in _by(data.get("aliases"), "language", several=True):
            aliases.setdefault(code, []).append(given)
        for code, several in aliases.items():
            self._set_aliases(entity, code, several)
        for site, given in _by(data.get("sitelinks"), "site"):
            self.set_sitelink(entity, site, given)

    def set_term(self, entity: Raw, kind: str, code: str, given: Raw) -> None:
        """Set or, if it is empty or says ``remove``, take away a label or description."""
        self._language(code)
        text = self._text(kind, given.get("value", ""))
        if "remove" in given or not text:
            entity[kind].pop(code, None)
        else:
            entity[kind][code] = {"language": code, "value": text}

    def _set_aliases(self, entity: Raw, code: str, several: list[Raw]) -> None:
        self._language(code)
        adding = any("add" in one or "remove" in one for one in several)
        kept = [t["value"] for t in entity["aliases"].get(code, [])] if adding else []
        for one in several:
            text = self._text("aliases", one.get("value", ""))
            if "remove" in one:
                kept = [other for other in kept if other != text]
            elif text and text not in kept:
                kept.append(text)
        if kept:
            entity["aliases"][code] = [{"language": code, "value": text} for text in kept]
        else:
            entity["aliases"].pop(code, None)

    def set_sitelink(self, entity: Raw, site: str, given: Raw) -> None:
        """Set a sitelink, or take it away."""
        if not may_be_linked(site):
            text = f"Unknown site: {site}"
            message = Message("wikibase-api-not-recognized-site", [text], text)
            raise ApiError("not-recognized-site", text, message)
        title = " ".join(str(given.get("title") or "").replace("_", " ").split())
        if "remove" in given or (not title and "badges" not in given):
            entity["sitelinks"].pop(site, None)
            return
        if not title and site in entity["sitelinks"]:
            title = entity["sitelinks"][site]["title"]
        if title in self._rules.absent_pages:
            text = f'The site "{site}" knows no page "{title}".'
            message = Message("wikibase-api-no-external-page", [site, title], text)
            raise ApiError("no-external-page", text, message)
        before = entity["sitelinks"].get(site, {}).get("badges", [])
        badges = given.get("badges", before)
        if not isinstance(badges, list) or not all(isinstance(badge, str) for badge in badges):
            raise param_invalid("Badges are a list of item ids.")
        entity["sitelinks"][site] = {"site": site, "title": title, "badges": badges}

    def _language(self, code: str) -> None:
        if not self._rules.knows_language(code):
            text = f'No language has the code "{code}".'
            message = Message("wikibase-api-not-recognized-language", [code], text)
            raise ApiError("not-recognized-language", text, message)

    def _text(self, kind: str, value: Any) -> str:
        if not isinstance(value, str):
            raise refusal("not-recognized-string", "A text is needed here.")
        text = re.sub(r"\s+", " ", value).strip()
        limit = self._rules.term_length
        if len(text) > limit:
            shown = text[:20] + "..."
            said = f"{kind[:-1].capitalize()} is over {limit} characters."
            raise invalid(f"{_NAMES[kind]}-too-long", [str(limit), shown], said)
        return text


def check_labels(entity: Raw) -> None:
    """Refuse a description that says the same as the label in its language."""
    for code, description in entity["descriptions"].items():
        label = entity["labels"].get(code)
        if label and label["value"] == description["value"]:
            text = f"Label and description in language {code} say the same."
            raise invalid("label-equals-description", [code], text)


def _by(given: Any, key: str, *, several: bool = False) -> list[tuple[str, Raw]]:
    """Pairs of language (or site) and what is given for it, whether it came as map or list."""
    if given is None or given == []:
        return []
    if not isinstance(given, dict | list):
        raise param_invalid("An object or a list is needed here.")
    pairs: list[tuple[str, Raw]] = []
    named = given.items() if isinstance(given, dict) else [(None, one) for one in given]
    for name, value in named:
        for one in value if several and isinstance(value, list) else [value]:
            if not isinstance(one, dict) or not isinstance(one.get(key), str):
                raise param_invalid(f"An object with a field “{key}” is needed here.")
            if isinstance(name, str) and name != one[key]:
                text = f"{name} and {one[key]} do not agree."
                code = f"inconsistent-{key}"
                raise ApiError(code, text, Message(f"wikibase-api-{code}", [], text))
            pairs.append((one[key], one))
    return pairs
