"""Refusals as MediaWiki makes them: a code, named messages, and now and then a header."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any


@dataclass(frozen=True)
class Message:
    """One of ``error.messages``: what scripts read is ``name`` and ``parameters``."""

    name: str
    parameters: list[Any] = field(default_factory=list)
    text: str = ""


class ApiError(Exception):
    """The Action API refuses.

    ``code`` is ``error.code``, ``also`` the further codes of the ``MediaWiki-API-Error`` header,
    ``data`` the further fields of ``error``, ``headers`` the further response headers.
    """

    def __init__(
        self,
        code: str,
        info: str,
        *messages: Message,
        also: tuple[str, ...] = (),
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(info)
        self.code = code
        self.info = info
        self.messages = list(messages)
        self.also = also
        self.data = data or {}
        self.headers = headers or {}

    @property
    def header(self) -> str:
        """The value of ``MediaWiki-API-Error``."""
        return ", ".join((self.code, *self.also))

    def names(self) -> set[str]:
        """The names of all messages."""
        return {message.name for message in self.messages}

    def body(self, docref: str, *, plain: bool) -> dict[str, Any]:
        """The response body; ``plain`` is the shape of ``errorformat=plaintext``."""
        if plain:
            first: dict[str, Any] = {"code": self.code, "text": self.info}
            if self.data:
                first["data"] = self.data
            return {"errors": [{**first, "module": "main"}], "docref": docref}
        error: dict[str, Any] = {"code": self.code, "info": self.info, **self.data}
        if self.messages:
            error["messages"] = [
                {"name": m.name, "parameters": m.parameters, "html": escape(m.text, quote=False)}
                for m in self.messages
            ]
        return {"error": {**error, "docref": docref}}


def refusal(code: str, text: str, *more: Message, **others: Any) -> ApiError:
    """A refusal whose first message is ``wikibase-api-<code>``."""
    return ApiError(code, text, Message(f"wikibase-api-{code}", [], text), *more, **others)


def invalid(name: str, parameters: list[Any], text: str) -> ApiError:
    """A value that the validators refuse (``modification-failed``)."""
    return ApiError(
        "modification-failed", text, Message(f"wikibase-validator-{name}", parameters, text)
    )


def failed_save(name: str, parameters: list[Any], text: str, *, also: str) -> ApiError:
    """A refusal found when saving (``failed-save``)."""
    return refusal(
        "failed-save", "Nothing was saved.", Message(name, parameters, text), also=(also,)
    )


def missing_param(name: str) -> ApiError:
    """A parameter that has to be there is not."""
    return ApiError("missingparam", f'The parameter "{name}" is required.')


def bad_value(name: str, value: str) -> ApiError:
    """A parameter has a value that is not one of those known."""
    return ApiError("badvalue", f'The parameter "{name}" does not know the value "{value}".')


def no_such_entity(entity: str) -> ApiError:
    """To edit an entity that is not there (Wikibase gives the bare name of its message)."""
    text = "⧼no-such-entity⧽"
    return ApiError("no-such-entity", text, Message("no-such-entity", [entity], text))


def param_invalid(text: str) -> ApiError:
    """A field inside a parameter is wrong."""
    return ApiError("param-invalid", text, Message("wikibase-api-param-invalid", [text], text))
