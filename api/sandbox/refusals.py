"""Refusals in the words of the REST API."""

from __future__ import annotations

from typing import Any

import msgspec

from .answers import ApiError


class RestError(Exception):
    """The REST API refuses; without a code the body is empty HTML."""

    def __init__(
        self,
        status: int,
        code: str,
        text: str,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.context = context
        self.headers = headers or {}

    def reply(self) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers."""
        if not self.code:
            return self.status, b"", {"Content-Type": "text/html; charset=UTF-8", **self.headers}
        body: dict[str, Any] = {"code": self.code, "message": self.text}
        if self.context:
            body["context"] = self.context
        headers = {"Content-Type": "application/json", "Content-Language": "en", **self.headers}
        return self.status, msgspec.json.encode(body), headers


def from_api(error: ApiError) -> RestError:
    """The same refusal as the REST API would word it."""
    names = {message.name: message.parameters for message in error.messages}
    if error.code == "readonly":
        return RestError(500, "unexpected-error", "Something went wrong.", {})
    if "actionthrottledtext" in names or error.code == "no-automatic-entity-id":
        context = {"reason": "rate-limit-reached"}
        return RestError(429, "request-limit-reached", "Too many actions in a short time.", context)
    if error.code == "permissiondenied":
        reason = "blocked-user" if "blockedtext" in names else "unauthorized"
        if "protectedpagetext" in names:
            reason = "resource-protected"
        return RestError(
            403, "permission-denied", "This is not allowed.", {"denial_reason": reason}
        )
    if error.code in ("no-such-entity", "nosuchrevid"):
        return RestError(
            404, "resource-not-found", "There is no such thing.", {"resource_type": "item"}
        )
    if error.code == "editconflict":
        return RestError(409, "edit-conflict", "The item has changed since.", {})
    policy = _policy(names)
    if policy:
        violation, context = policy
        body = {"violation": violation, "violation_context": context}
        return RestError(422, "data-policy-violation", "The edit breaks a rule.", body)
    return RestError(400, "invalid-value", error.info, {"path": ""})


def _policy(names: dict[str, list[Any]]) -> tuple[str, dict[str, Any]] | None:
    start = "wikibase-validator-"
    if parameters := names.get(f"{start}label-with-description-conflict"):
        context = {"language": parameters[1], "conflicting_item_id": _linked(parameters[2])}
        return "item-label-description-duplicate", context
    if parameters := names.get(f"{start}label-equals-description"):
        return "label-description-same-value", {"language": parameters[0]}
    if parameters := names.get(f"{start}sitelink-conflict"):
        return "sitelink-conflict", {"conflicting_item_id": _linked(parameters[1])}
    return None


def _linked(link: str) -> str:
    """``[[Q1|Q1]]`` → ``Q1``."""
    return link.rpartition("|")[2].removesuffix("]]")
