"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from kgtool.errors import Forbidden
from kgtool.store.accounts import hash_of

from ..auth import require, require_form
from ..deps import KgtoolDep
from .render import go, render

router = APIRouter(include_in_schema=False)


@router.get("/sign-in", dependencies=[Depends(require("anyone"))])
def sign_in_page(request: Request, kgtool: KgtoolDep) -> Response:
    oauth = bool(kgtool.settings.oauth_client_id)
    return render(request, "sign_in.html", form=True, oauth=oauth)


@router.post("/sign-in", dependencies=[Depends(require_form("anyone"))])
def sign_in_by_token(
    request: Request, kgtool: KgtoolDep, token: Annotated[str, Form(max_length=200)]
) -> Response:
    if kgtool.accounts.by_token(token.strip()) is None:
        raise Forbidden(
            "This token is not known, has expired or was revoked.",
            hint="Make one with: kgtool token add",
        )
    answer = go(request, "/account")
    request.app.state.sessions.write(answer, {"token": hash_of(token.strip())})
    return answer


@router.get("/account", dependencies=[Depends(require("volunteer"))])
def account(request: Request) -> Response:
    return render(request, "account.html", form=True)


@router.post("/sign-out", dependencies=[Depends(require_form("volunteer"))])
def sign_out(request: Request) -> Response:
    answer = go(request, "/")
    request.app.state.sessions.drop(answer)
    return answer


@router.post("/images", dependencies=[Depends(require_form("anyone"))])
def images(
    request: Request, show: Annotated[bool, Form()] = False, back: Annotated[str, Form()] = "/"
) -> Response:
    """Whether thumbnails from Commons are shown: only where the reader asked for them."""
    answer = go(request, back if back.startswith("/") and not back.startswith("//") else "/")
    secure = request.app.state.sessions.secure
    if show:
        answer.set_cookie("images", "1", max_age=31536000, secure=secure, samesite="lax")
    else:
        answer.delete_cookie("images", secure=secure, samesite="lax")
    return answer
