"""One REST request, what it is about, and the reply to it."""

from __future__ import annotations

from copy import deepcopy
from email.utils import formatdate
from typing import Any, NamedTuple

import jsonpatch
import jsonpointer
import msgspec

from .accounts import User
from .answers import ApiError
from .edits import Request
from .records import Page, Raw, Revision
from .refusals import RestError
from .wiki import Wiki
from .wire import Invalid


class Reply(NamedTuple):
    """Status, body and headers."""

    status: int
    body: bytes
    headers: dict[str, str]


class RestCall(NamedTuple):
    """One REST request: method, the path below ``/v1``, header ``If-Match``, body, who."""

    wiki: Wiki
    user: User
    method: str
    path: tuple[str, ...]
    if_match: str
    if_none_match: str
    body: bytes
    query: dict[str, str]


def current(call: RestCall, id: str) -> tuple[Page, Revision]:
    """The page of an entity and the revision that stands.

    :raises RestError: there is none, or it is a redirect.
    """
    page = call.wiki.store.page(id)
    kind = "property" if id.startswith("P") else "item"
    if page is None or page.deleted:
        raise RestError(
            404, "resource-not-found", "There is no such thing.", {"resource_type": kind}
        )
    if page.redirect:
        if call.method != "GET":
            text = f"{id} redirects to {page.redirect}."
            raise RestError(409, "redirected-item", text, {"redirect_target": page.redirect})
        where = f"{call.wiki.address}/w/rest.php/wikibase/v1/entities/items/{page.redirect}"
        raise RestError(308, "", "", {}, {"Location": where})
    return page, call.wiki.store.latest(page)


def patched(document: Any, request: Raw) -> Any:
    """A document with the JSON Patch (RFC 6902) of a request on it.

    :raises RestError: a test fails or a target is not there.
    """
    made = deepcopy(document)
    operations = request.get("patch", [])
    if not isinstance(operations, list):
        raise Invalid("/patch")
    for place, operation in enumerate(operations):
        path = f"/patch/{place}"
        try:
            made = jsonpatch.JsonPatch([operation]).apply(made)
        except jsonpatch.JsonPatchTestFailed:
            actual = jsonpointer.resolve_pointer(made, operation["path"], None)
            context = {"path": path, "actual_value": actual}
            raise RestError(409, "patch-test-failed", "A test failed.", context) from None
        except (jsonpatch.JsonPatchConflict, jsonpointer.JsonPointerException):
            context = {"path": f"{path}/path"}
            raise RestError(409, "patch-target-not-found", "No such target.", context) from None
        except (jsonpatch.JsonPatchException, TypeError, KeyError, AttributeError, ValueError):
            raise Invalid(path) from None
    return made


def body_of(call: RestCall) -> Raw:
    """The JSON object that was sent; empty if nothing was."""
    if not call.body:
        return {}
    try:
        document = msgspec.json.decode(call.body)
    except msgspec.DecodeError:
        raise RestError(400, "invalid-request-body", "The body is not JSON.", {}) from None
    if not isinstance(document, dict):
        raise Invalid("")
    return document


def request_of(call: RestCall, document: Raw) -> Request:
    """What goes with an edit, from the fields comment, tags and bot."""
    if call.wiki.read_only:
        raise ApiError("readonly", "Nothing can be written now.")
    tags = document.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Invalid("/tags")
    unknown = [tag for tag in tags if not call.wiki.rules.knows_tag(tag)]
    if unknown:
        raise Invalid("/tags/0")
    comment = str(document.get("comment") or "")
    return Request(call.user, comment, tuple(tags), bool(document.get("bot")))


def answered(
    status: int, body: Any, revision: Revision, headers: dict[str, str] | None = None
) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a success, with the revision as ``ETag``."""
    return (
        status,
        msgspec.json.encode(body),
        {
            "Content-Type": "application/json",
            "Last-Modified": formatdate(revision.time, usegmt=True),
            "ETag": f'"{revision.id}"',
            **(headers or {}),
        },
    )
