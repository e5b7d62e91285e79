"""One call of the Action API: its parameters, who makes it, and what it is warned of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .accounts import User
from .answers import ApiError, bad_value, missing_param
from .edits import Request
from .sessions import Session
from .wiki import Wiki

_MAIN = {
    *("action", "format", "formatversion", "errorformat", "maxlag", "assert", "assertuser"),
    *("uselang", "origin", "requestid", "servedby", "curtimestamp", "smaxage", "maxage", "utf8"),
    *("errorlang", "errorsuselocal", "ascii", "callback", "crossorigin", "variant"),
}
_MAX = "max"


@dataclass
class Call:
    """A call with its parameters; reading one marks it as known."""

    wiki: Wiki
    session: Session
    user: User
    params: Mapping[str, str]
    in_query: frozenset[str] = frozenset()
    posted: bool = False
    cookies: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, dict[str, Any]] = field(default_factory=dict)
    private: bool = False
    _known: set[str] = field(default_factory=lambda: set(_MAIN))

    @property
    def action(self) -> str:
        """The module that is called."""
        return self.params.get("action", "help")

    @property
    def version(self) -> int:
        """The format version, 1 or 2."""
        return 2 if self.params.get("formatversion") in ("2", "latest") else 1

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text."""
        self._known.add(name)
        return self.params.get(name, default)

    def given(self, name: str) -> bool:
        """Whether a parameter was sent at all."""
        self._known.add(name)
        return name in self.params

    flag = given

    def required(self, name: str) -> str:
        """A parameter that has to be there.

        :raises ApiError: it is not.
        """
        if not self.given(name):
            raise missing_param(name)
        return self.params[name]

    def number(self, name: str, default: int | None = None) -> int | None:
        """A whole number."""
        if not self.text(name):
            return default
        try:
            return int(self.params[name])
        except ValueError:
            text = f'The parameter "{name}" takes a whole number, not "{self.params[name]}".'
            raise ApiError("badinteger", text) from None

    def choice(self, name: str, *known: str, default: str = "") -> str:
        """One of some known words."""
        value = self.text(name, default)
        if value and value not in known:
            raise bad_value(name, value)
        return value

    def limit(self, name: str, default: int, *, most: int = 500, bots: int = 5000) -> int:
        """How many results are wanted; beyond the highest number there is a warning only."""
        highest = bots if self.user.may("apihighlimits") else most
        if self.text(name) == _MAX:
            return highest
        wanted = self.number(name, default) or default
        if not 0 < wanted <= highest:
            text = f'The parameter "{name}" lies between 1 and {highest}, not at {wanted}.'
            self.warn(self.action, text)
        return max(1, min(wanted, highest))

    def several(
        self, name: str, *, default: str = "", many: int = 50, bots: int = 500
    ) -> list[str]:
        """The values of a parameter, divided by bars.

        :raises ApiError: there are more than this account may give.
        """
        value = self.text(name, default)
        if not value:
            return []
        values = value[1:].split("\x1f") if value.startswith("\x1f") else value.split("|")
        limit = bots if self.user.may("apihighlimits") else many
        if len(values) > limit:
            text = f'The parameter "{name}" takes no more than {limit} values at once.'
            data = {"parameter": name, "limit": limit, "lowlimit": many, "highlimit": bots}
            raise ApiError("toomanyvalues", text, data=data)
        return values

    def request(self) -> Request:
        """What goes with an edit.

        :raises ApiError: a tag is unknown.
        """
        tags = self.several("tags")
        unknown = [tag for tag in tags if not self.wiki.rules.knows_tag(tag)]
        if unknown:
            text = f'Nobody may set the tag "{unknown[0]}" by hand.'
            raise ApiError("badtags", text, data={"disallowedtags": unknown})
        return Request(self.user, self.text("summary"), tuple(tags), self.flag("bot"))

    def warn(self, module: str, text: str) -> None:
        """Add a warning to the answer."""
        before = self.warnings.get(module, {}).get("warnings")
        self.warnings[module] = {"warnings": f"{before}\n{text}" if before else text}

    def warn_of_unknown(self) -> None:
        """Add a warning about parameters that nothing has read."""
        unknown = sorted(set(self.params) - self._known - {"token"})
        if unknown:
            self.warn("main", f"These parameters are not known here: {', '.join(unknown)}.")
