"""Signing in and out."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from kgtool.errors import Forbidden, UsageError
from kgtool.messages.words import Words

from ..auth import require, require_form
from ..deps import KgtoolDep
from .render import go, go_back, render

router = APIRouter(include_in_schema=False)


@router.get("/sign-in", dependencies=[Depends(require("anyone"))])
def sign_in_page(
    request: Request, kgtool: KgtoolDep, back: Annotated[str, Query(max_length=2000)] = ""
) -> Response:
    oauth = bool(kgtool.settings.oauth_client_id)
    return render(request, "sign_in.html", form=True, oauth=oauth, back=back)


@router.post("/sign-in", dependencies=[Depends(require_form("anyone"))])
def sign_in_by_token(
    request: Request,
    kgtool: KgtoolDep,
    token: Annotated[str, Form(max_length=200)],
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    token = token.strip()
    caller = kgtool.accounts.by_token(token)
    if caller is None:
        raise Forbidden(
            Words("error-token"),
            operator=Words("operator-token", ("kgtool token add",)),
        )
    if caller.narrowed:
        raise Forbidden(Words("error-token-narrow"), hint=Words("error-token-whole"))
    answer = go_back(request, back, "/account")
    request.app.state.sessions.sign_in(request, answer, caller, token)
    return answer


@router.get("/sign-in/wikimedia", dependencies=[Depends(require("anyone"))])
def sign_in_elsewhere(
    request: Request, kgtool: KgtoolDep, back: Annotated[str, Query(max_length=2000)] = ""
) -> Response:
    """Send the browser to the provider, with a state that only this browser can bring back.

    A link leads here, no form: our policy lets no form end on another host, however redirected.
    """
    begun = kgtool.sign_in.begin()
    answer = Response(status_code=303, headers={"Location": begun.address})
    session = request.app.state.sessions.read(request)
    going = {
        "state": begun.state,
        "verifier": begun.verifier,
        "prefix": request.state.prefix,
        "back": back,
    }
    request.app.state.sessions.write(answer, {**session, "sign-in": going})
    return answer


@router.get("/sign-in/callback", dependencies=[Depends(require("anyone"))])
def signed_in(
    request: Request,
    kgtool: KgtoolDep,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    sessions = request.app.state.sessions
    begun = sessions.read(request).get("sign-in", {})
    if not begun or not hmac.compare_digest(begun["state"], state):
        raise UsageError(Words("error-not-begun"), hint=Words("error-begin-again"))
    if error or not code:
        raise Forbidden(Words("error-not-agreed"), hint=Words("error-begin-or-token"))
    name, grant = kgtool.sign_in.finish(code, begun["verifier"], datetime.now(UTC))
    caller = kgtool.accounts.sign_in(name)
    kgtool.grants.keep(caller, grant)
    request.state.prefix = begun["prefix"]
    answer = go_back(request, begun["back"], "/account")
    sessions.sign_in(request, answer, caller)
    return answer


@router.get("/account", dependencies=[Depends(require("volunteer"))])
def account(request: Request) -> Response:
    return render(request, "account.html", form=True)


@router.post("/sign-out", dependencies=[Depends(require_form("volunteer"))])
def sign_out(request: Request, everywhere: Annotated[bool, Form()] = False) -> Response:
    request.app.state.sessions.end(request, everywhere=everywhere)
    answer = go(request, "/")
    request.app.state.sessions.drop(answer)
    return answer


@router.post("/images", dependencies=[Depends(require_form("anyone"))])
def images(
    request: Request, show: Annotated[bool, Form()] = False, back: Annotated[str, Form()] = "/"
) -> Response:
    """Whether thumbnails from Commons are shown: only where the reader asked for them."""
    answer = go_back(request, back, "/")
    secure = request.app.state.sessions.secure
    if show:
        answer.set_cookie("images", "1", max_age=31536000, secure=secure, samesite="lax")
    else:
        answer.delete_cookie("images", secure=secure, samesite="lax")
    return answer
