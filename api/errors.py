"""Errors → answers: one table of statuses, problem+json for programs, a page for people."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from kgtool.errors import (
    Busy,
    Conflict,
    ExpressionError,
    Forbidden,
    InputError,
    KgtoolError,
    NotFound,
    NotInWorkspace,
    RateLimited,
    RemoteError,
    TimedOut,
    Told,
    TooLarge,
    Unsure,
    UsageError,
    WorkspaceError,
)
from kgtool.messages.words import Words, operator_by, said_by

from .places import as_seen

# The first class that fits decides.
STATUSES: list[tuple[type[KgtoolError], int]] = [
    (NotFound, 404),
    (NotInWorkspace, 404),
    (TooLarge, 413),
    (Forbidden, 403),
    (InputError, 422),
    (UsageError, 400),
    (Conflict, 409),
    (Busy, 503),
    (TimedOut, 504),
    (Unsure, 504),
    (WorkspaceError, 503),
    (RateLimited, 429),
    (RemoteError, 502),
    (KgtoolError, 500),
]

# Below these, programs ask; everywhere else, people.
PROGRAM_PATHS = ("/api/", "/reconcile", "/sparql", "/health/", "/metrics", "/openapi.json")

_log = logging.getLogger("kgtool.api")


def status_of(error: KgtoolError) -> int:
    """HTTP status of an error of ours."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def problem(
    status: int, detail: str, *, hint: str = "", headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """An answer in the form of RFC 9457; ``hint`` says how to mend it."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if hint:
        body["hint"] = hint
    return _Problem(body | more, status, headers=headers)


class _Problem(JSONResponse):
    """An answer that may tell of what was sent, even where that was not Unicode."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def install(app: FastAPI) -> None:
    """Answer every error of the service."""

    @app.exception_handler(KgtoolError)
    def _ours(request: Request, error: KgtoolError) -> Response:
        status = status_of(error)
        headers: dict[str, str] = {}
        if isinstance(error, RateLimited):
            headers["Retry-After"] = str(max(1, round(error.retry_after)))
        elif status == 503:
            headers["Retry-After"] = "5"
        if status == 403 and request.state.caller.role == "anyone":
            status = 401
            headers["WWW-Authenticate"] = "Bearer"
        if status >= 500:
            number = {"request": request.state.id}
            _log.warning("%s: %s", type(error).__name__, error, extra=number)
        if _asked_by_program(request):
            more = {"position": error.position} if isinstance(error, ExpressionError) else {}
            detail = as_seen(request, error.message)
            advised = advice(request, error)
            return problem(status, detail, hint=advised, headers=headers, **more)
        said, how = as_seen(request, said_by(error)), as_seen(request, error.said_hint)
        operator = as_seen(request, operator_by(error))
        return _page(request, status, said, how, headers, operator)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 304 or error.status_code < 300:
            return Response(status_code=error.status_code, headers=error.headers)
        given: object = error.detail
        detail = given if isinstance(given, Words) else str(given)
        if error.status_code == 404 and detail == HTTPStatus.NOT_FOUND.phrase:
            detail = Words("error-no-page")
        elif error.status_code == 405:
            detail = Words("error-no-method")
        return _answer(request, error.status_code, detail, "", dict(error.headers or {}))

    @app.exception_handler(UnicodeEncodeError)
    def _not_unicode(request: Request, error: UnicodeEncodeError) -> Response:
        # JSON can hold halves of characters (\\ud800), which no database and no answer can.
        return _answer(request, 422, Words("error-half-character"), "", {})

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [
            {"at": ".".join(map(str, one["loc"])), "problem": one["msg"]} for one in error.errors()
        ]
        detail = "; ".join(f"{one['at']}: {one['problem']}" for one in wrong[:5])
        if _asked_by_program(request):
            return problem(422, detail, errors=wrong[:50])
        # What the library says of each is English: a reader is told which parts are meant.
        parts = dict.fromkeys(str(part) for one in error.errors() for part in one["loc"][1:2])
        return _page(request, 422, Words("error-invalid", (", ".join(parts),)), "", {})


def unforeseen(request: Request) -> Response:
    """The answer where something failed that should not; the log has the trace."""
    number = request.state.id
    return _answer(request, 500, Words("error-unforeseen", (number,)), "", {})


def too_large(request: Request, said: Words) -> Response:
    """The answer where more was sent than is taken."""
    return _answer(request, 413, said, "", {})


def ending(request: Request) -> Response:
    """The answer where the service ends and can wait for this request no longer."""
    said, hint = Words("error-stopping"), Words("error-soon")
    return _answer(request, 503, said, hint, {"Retry-After": "5"})


def advice(request: Request, error: KgtoolError) -> str:
    """How to mend an error, for a program: what its reader can do, and what only an operator."""
    hint, operator = as_seen(request, error.hint), as_seen(request, error.operator)
    mends = f"Whoever runs this service can mend it: {operator}" if operator else ""
    return " ".join(filter(None, (hint, mends)))


def _answer(
    request: Request,
    status: int,
    detail: str | Told,
    hint: str | Told,
    headers: dict[str, str],
) -> Response:
    if _asked_by_program(request):
        return problem(status, str(detail), hint=str(hint), headers=headers)
    return _page(request, status, detail, hint, headers)


def _asked_by_program(request: Request) -> bool:
    path: str = request.scope["path"]
    return path.startswith(PROGRAM_PATHS)


def _page(
    request: Request,
    status: int,
    detail: str | Told,
    hint: str | Told,
    headers: dict[str, str],
    operator: str | Told = "",
) -> Response:
    from .pages.render import error_page

    return error_page(request, status, detail, hint, operator, headers)
