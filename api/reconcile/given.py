"""What a request of the protocol brings: its fields, its language, and the version it accepts."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

import msgspec
from fastapi import Request
from starlette.exceptions import HTTPException

from kgtool.errors import UsageError

from .answers import NEW_JSON

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")
_ACCEPTED = re.compile(rf"(?P<code>{_LANGUAGE.pattern})(?:\s*;\s*q=(?P<weight>[01](?:\.\d+)?))?$")
_VERSIONED = re.compile(r"application/reconciliation\.v(\d+)\+json|version=\"?(\d+)")


async def given_in(request: Request) -> dict[str, Any]:
    """The parameters of a request, the fields of its form, or the members of its JSON object.

    :raises UsageError: the body cannot be read as what it says it is.
    """
    if request.method == "GET":
        return dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = read_json(await request.body())
        return body if isinstance(body, dict) else {}
    if kind == "multipart/form-data":
        form = await request.form()
        return {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        text = (await request.body()).decode()
        return {name: values[0] for name, values in parse_qs(text, max_num_fields=50).items()}
    except ValueError:
        raise UsageError("The form is not UTF-8, or has too many fields.") from None


def read_json(text: str | bytes) -> Any:
    """The value that a JSON text stands for.

    :raises UsageError: it is not JSON.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"This is not JSON: {error}.") from None


def language_of(lang: str | None, request: Request | None = None) -> str:
    """The language of the address, else what the request accepts.

    Labels are in more languages than our own texts, so any code that is well formed will do.

    :raises HTTPException: 404, where the address names something else.
    """
    if lang is None:
        return _accepted(request.headers.get("accept-language", "")) if request else "en"
    code = lang.lower()  # zh-Hant, as browsers write it
    if not _LANGUAGE.fullmatch(code):
        raise HTTPException(404, f"“{lang}” is not a language code.")
    return code


def _accepted(header: str) -> str:
    wanted = [_ACCEPTED.match(part.strip().lower()) for part in header.split(",")]
    ranked = sorted(filter(None, wanted), key=lambda found: -float(found["weight"] or 1))
    return next((found["code"] for found in ranked), "en")


def media_of(request: Request) -> str:
    """The type of an answer in 1.0-draft where the request accepts it by name, else nothing.

    :raises HTTPException: 406, where it accepts only a version that is not spoken here.
    """
    version = _version(request)
    if version not in (None, 1):
        raise HTTPException(
            406, f"Version {version} is not spoken here; 0.1, 0.2 and 1.0-draft are."
        )
    return NEW_JSON if version else ""


def _version(request: Request) -> int | None:
    accept = request.headers.get("accept", "")
    versions = [int(a or b) for a, b in _VERSIONED.findall(accept)]
    if not versions or ("*/*" in accept and 1 not in versions):
        return None
    return 1 if 1 in versions else versions[0] or None
