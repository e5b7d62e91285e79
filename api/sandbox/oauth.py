"""OAuth 2 as Extension:OAuth speaks it: authorize, access token with PKCE, profile.

The page asks for an account of this wiki and its main password. Any client may ask; what it gets
is a token with all rights of the account, good for four hours and renewed by a refresh token. A
client of the wiki that acts for its owner alone gets a token for its secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from html import escape
from urllib.parse import unquote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from .wiki import Wiki

_SECONDS = 4 * 3600
# The code with which the extension refuses whatever comes with a token that is not good.
INVALID_TOKEN = "mwoauth-invalid-authorization"  # noqa: S105 (an error code)


class OAuth:
    """The provider of one wiki. Codes live in memory; each is good once."""

    def __init__(self, wiki: Wiki) -> None:
        self._wiki = wiki
        self._codes: dict[str, tuple[str, str, str]] = {}  # code → account, challenge, client
        self._refresh: dict[str, str] = {}  # refresh token → account
        base = "/w/rest.php/oauth2"
        self.routes = [
            Route(f"{base}/authorize", self._authorize, methods=["GET", "POST"]),
            Route(f"{base}/access_token", self._access_token, methods=["POST"]),
            Route(f"{base}/resource/profile", self._profile),
        ]

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("response_type") != "code" or not asked.get("code_challenge"):
            return HTMLResponse("<p>response_type=code with PKCE is needed.</p>", 400)
        if request.method == "GET":
            return HTMLResponse(_form(""))
        async with request.form() as sent:
            name, password = str(sent.get("name", "")), str(sent.get("password", ""))
        found = self._wiki.accounts.sign_in(name, password)
        if found is None or found[1]:
            return HTMLResponse(_form("There is no such name with this password."), 401)
        code = secrets.token_urlsafe(24)
        client = asked.get("client_id", "")
        self._codes[code] = (found[0], asked["code_challenge"], client)
        back = urlencode({"code": code, "state": asked.get("state", "")})
        address = asked.get("redirect_uri", "")
        return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{back}", 303)

    async def _access_token(self, request: Request) -> Response:
        async with request.form() as form:
            sent = {name: str(value) for name, value in form.items()}
        if sent.get("grant_type") == "client_credentials":
            return self._for_its_owner(request, sent)
        if sent.get("grant_type") == "refresh_token":
            account = self._refresh.pop(sent.get("refresh_token", ""), "")
        else:
            account, challenge, client = self._codes.pop(sent.get("code", ""), ("", "", ""))
            digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
            made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            same = hmac.compare_digest(made.encode(), challenge.encode())
            account = account if same and client == sent.get("client_id") else ""
        if not account:
            said = {"error": "invalid_grant", "error_description": "This code is not good."}
            return JSONResponse(said, 400)
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._wiki.tokens[access] = account
        self._refresh[refresh] = account
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": _SECONDS,
                "access_token": access,
                "refresh_token": refresh,
            }
        )

    def _for_its_owner(self, request: Request, sent: dict[str, str]) -> Response:
        """RFC 6749, section 4.4; id and secret come in the header or the form (2.3.1)."""
        id, secret = sent.get("client_id", ""), sent.get("client_secret", "")
        scheme, _, basic = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            try:
                given, _, secret = base64.b64decode(basic, validate=True).decode().partition(":")
            except ValueError:
                given = ""
            id = unquote(given)
        known, account = self._wiki.clients.get(id, ("", ""))
        if not known or not hmac.compare_digest(known.encode(), unquote(secret).encode()):
            return JSONResponse({"error": "invalid_client"}, 401)
        access = secrets.token_urlsafe(24)
        self._wiki.tokens[access] = account
        return JSONResponse(
            {"token_type": "Bearer", "expires_in": _SECONDS, "access_token": access}
        )

    async def _profile(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        name = self._wiki.tokens.get(token) if scheme == "Bearer" else None
        user = self._wiki.accounts.user(name) if name else None
        if user is None:
            return JSONResponse({"error": "access_denied"}, 401)
        blocked = user.block is not None
        return JSONResponse({"sub": user.id, "username": user.name, "blocked": blocked})


def _form(problem: str) -> str:
    said = f"<p role='alert'>{escape(problem)}</p>" if problem else ""
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Sandbox: sign in</title>"
        f"<main><h1>Sign in to the sandbox</h1>{said}<form method='post'>"
        "<p><label>Name <input name='name' required></label></p>"
        "<p><label>Password <input name='password' type='password' required></label></p>"
        "<p><button>Allow kgtool to edit in my name</button></p></form></main></html>"
    )
