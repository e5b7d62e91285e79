"""Who is asking: bearer tokens, signed sessions, form tokens, and the rule of each route."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from fastapi import Form, Request
from fastapi.responses import Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool

from kgtool.durable import sync_file
from kgtool.errors import Forbidden
from kgtool.messages.words import Words
from kgtool.service.accounts import SESSION
from kgtool.service.callers import ANYONE, ROLES, SCOPES, Caller
from kgtool.settings import Settings

from .limits import FORMS

COOKIE = "kgtool_session"
SIGNED_IN = "signed-in"  # under which a cookie holds the secret of a session
SESSION_SECONDS = round(SESSION.total_seconds())


class Sessions:
    """Signed cookies: the secret of a session that the database knows, and what forms need.

    The signature keeps others from choosing what is in a cookie; whether it is still good for
    anything, :meth:`Accounts.by_session` says.
    """

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secret_key or _own_key(settings.home)
        self._signer = URLSafeTimedSerializer(self._key, salt="kgtool.session")
        self.secure = settings.public_url.startswith("https://")

    def read(self, request: Request) -> dict[str, Any]:
        """What the caller's cookie says; nothing where it has none, or a forged or old one."""
        with suppress(BadSignature):
            found = self._signer.loads(request.cookies.get(COOKIE, ""), max_age=SESSION_SECONDS)
            if isinstance(found, dict):
                return found
        return {}

    def write(self, response: Response, content: dict[str, Any]) -> None:
        """Give the caller a cookie with *content* (readable by them, not forgeable)."""
        response.set_cookie(
            COOKIE,
            self._signer.dumps(content),
            max_age=SESSION_SECONDS,
            secure=self.secure,
            httponly=True,
            samesite="lax",
            path="/",
        )

    def sign_in(
        self, request: Request, response: Response, caller: Caller, token: str = ""
    ) -> None:
        """Begin a session for *caller*, who holds *token* or has an account.

        The one that the browser had, if any, ends, and nothing of it is carried over.
        """
        accounts = request.app.state.kgtool.accounts
        self.end(request)
        self.write(response, {SIGNED_IN: accounts.begin(caller, token)})

    def end(self, request: Request, *, everywhere: bool = False) -> None:
        """End the caller's session, or all of the same account or token."""
        if secret := self.read(request).get(SIGNED_IN):
            request.app.state.kgtool.accounts.end(secret, everywhere=everywhere)

    def drop(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(COOKIE, path="/", secure=self.secure, httponly=True, samesite="lax")

    def form_token(self, visitor: str) -> str:
        """What a form must send back so that it cannot come from another site."""
        return hmac.new(self._key.encode(), f"form:{visitor}".encode(), sha256).hexdigest()

    def check_form(self, request: Request, given: str) -> None:
        """Go on only if a form of ours was sent by the visitor to whom it was shown.

        :raises Forbidden: it was not.
        """
        visitor = self.read(request).get("visitor", "")
        if not visitor or not hmac.compare_digest(self.form_token(visitor), given):
            raise Forbidden(
                Words("error-form-old"),
                hint=Words("error-form-again"),
            )


def visitor_of(session: dict[str, Any]) -> str:
    """A name for the visitor that says nothing about them."""
    return session.get("visitor") or secrets.token_urlsafe(16)


class Rule:
    """The dependency that guards a route: ``role`` at least, and for narrowed tokens ``scope``.

    A narrowed token is for programs, and for its scopes alone. Where another scope or none is
    asked for, as on every page, it reaches what anyone does, and sees what anyone sees.
    """

    def __init__(self, role: str, scope: str | None) -> None:
        assert role in ROLES and (scope is None or scope in SCOPES)
        self.role = role
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:
        caller = ANYONE
        if "authorization" in request.headers or COOKIE in request.cookies:
            caller = await run_in_threadpool(identify, request)
        request.state.caller = caller
        path = request.scope["path"]
        request.app.state.limits.ask(client_of(request), caller.role, path)
        if not caller.may(self.role):
            known = caller.role != "anyone"
            raise Forbidden(
                Words("error-role", (Words(f"role-{self.role}"),)),
                hint=Words("error-other-account" if known else "error-sign-in-first"),
            )
        if caller.narrowed and self.scope not in caller.scopes:
            if self.role != "anyone":
                wanted = f"with the scope {self.scope}" if self.scope else "without scopes"
                raise Forbidden(
                    f"This token is narrowed to {', '.join(caller.scopes)}.",
                    hint=f"Make one {wanted}.",
                )
            caller = replace(caller, role="anyone", partner=None)
            request.state.caller = caller
        return caller


class FormRule(Rule):
    """As :class:`Rule`, for a form of ours: it must bring the token that it was shown with."""

    async def __call__(
        self, request: Request, csrf: Annotated[str, Form(max_length=100)] = ""
    ) -> Caller:
        caller = await super().__call__(request)
        request.app.state.sessions.check_form(request, csrf)
        if self.role == "anyone":
            request.app.state.limits.take(request.scope["path"], client_of(request), FORMS)
        return caller


def require_form(role: str) -> FormRule:
    """The rule of a route that takes a form from a page."""
    return FormRule(role, None)


def require(role: str, scope: str | None = None) -> Rule:
    """The rule of a route: ``dependencies=[Depends(require("coordinator", "registry"))]``.

    Every route states one; ``require("anyone")`` where all may come in.
    """
    return Rule(role, scope)


def client_of(request: Request) -> str:
    """Whom requests are counted against: the caller's name, or the address where there is none."""
    caller: Caller = request.state.caller
    return caller.name or (request.client.host if request.client else "")


def identify(request: Request) -> Caller:
    """Who asks: the holder of a bearer token, whoever signed in, or anyone.

    :raises Forbidden: there is a token, and it is not good.
    """
    kgtool = request.app.state.kgtool
    header = request.headers.get("authorization", "")
    if header:
        kind, _, secret = header.partition(" ")
        caller = kgtool.accounts.by_token(secret.strip()) if kind.lower() == "bearer" else None
        if caller is None:
            raise Forbidden(
                Words("error-token"),
                operator=Words("operator-token", ("kgtool token add",)),
            )
        found: Caller = caller
        return found
    session = request.app.state.sessions.read(request)
    # A cookie alone never changes anything through the API: another site could send it along.
    if request.method not in ("GET", "HEAD") and request.scope["path"].startswith("/api/"):
        return ANYONE
    if secret := session.get(SIGNED_IN):
        return kgtool.accounts.by_session(secret) or ANYONE
    return ANYONE


def _own_key(home: Path) -> str:
    """The workspace's own key, made when it is first needed; all workers share it."""
    path = home / "session.key"
    home.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".session.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
            sync_file(file)
        with suppress(FileExistsError):
            os.link(draft, path)  # whoever links first, wins
        draft.unlink()
    return path.read_text()
