"""Signing in with a Wikimedia account: OAuth 2 with PKCE (RFC 6749, 7636), by authlib.

MediaWiki's Extension:OAuth says at ``<base>/resource/profile`` whose token it is. Its access tokens
are good for hours, its refresh tokens for a year.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from msgspec import Struct
from requests import RequestException

from kgtool.errors import Forbidden, RemoteError, UsageError
from kgtool.messages.words import Words


class Begun(Struct, frozen=True):
    """A sign-in on its way: where to send the browser, and what must come back."""

    address: str
    state: str
    verifier: str


class Grant(Struct, frozen=True):
    """What somebody granted: an access token, until when, and what renews it."""

    access: str
    refresh: str
    expires: datetime.datetime


class SignIn:
    """One provider, as the settings name it; asked at its own address only."""

    def __init__(
        self,
        base: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        *,
        user_agent: str,
        timeout: float,
    ) -> None:
        place = urlsplit(base)
        local = place.hostname in ("127.0.0.1", "localhost", "::1")
        if place.scheme != "https" and not (place.scheme == "http" and local):
            raise UsageError("KGTOOL_OAUTH_BASE must begin with https://.")
        self._base = base.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._user_agent = user_agent
        self._timeout = timeout

    def begin(self) -> Begun:
        """Start a sign-in; asks nobody yet."""
        verifier = generate_token(64)
        with self._session() as session:
            address, state = session.create_authorization_url(
                f"{self._base}/authorize", code_verifier=verifier
            )
        return Begun(address, state, verifier)

    def finish(self, code: str, verifier: str, now: datetime.datetime) -> tuple[str, Grant]:
        """The name of the account that agreed, and what it granted.

        :raises Forbidden: the code is not good, or the account is blocked.
        :raises RemoteError: the provider failed.
        """
        try:
            with self._session() as session:
                token = session.fetch_token(
                    f"{self._base}/access_token",
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
                answer = session.get(
                    f"{self._base}/resource/profile", timeout=self._timeout, allow_redirects=False
                )
        except AuthlibBaseError as error:
            raise Forbidden(
                Words("error-sign-in-refused", (error.description or error.error,))
            ) from None
        except (RequestException, ValueError, KeyError) as error:
            raise RemoteError(Words("error-sign-in-answer", (self._base,))) from error
        try:
            profile = answer.json()
            name = profile["username"]
        except (ValueError, KeyError, TypeError):
            raise RemoteError(
                Words("error-sign-in-whose", (self._base, str(answer.status_code)))
            ) from None
        if not isinstance(name, str) or not 0 < len(name) <= 120:
            raise RemoteError(Words("error-sign-in-name", (self._base,)))
        if profile.get("blocked"):
            raise Forbidden(Words("error-account-blocked"))
        return name, _grant(token, now)

    def renew(self, grant: Grant, now: datetime.datetime) -> Grant:
        """A new access token for one that expires (RFC 6749, 6).

        :raises Forbidden: the grant was withdrawn or has expired.
        :raises RemoteError: the provider failed.
        """
        try:
            with self._session() as session:
                token = session.refresh_token(
                    f"{self._base}/access_token",
                    refresh_token=grant.refresh,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
        except AuthlibBaseError as error:
            raise Forbidden(
                Words("error-grant-over", (error.description or error.error,)),
                hint=Words("error-grant-go-on"),
            ) from None
        except (RequestException, ValueError, KeyError) as error:
            raise RemoteError(Words("error-server-odd", (self._base,))) from error
        return _grant({"refresh_token": grant.refresh, **token}, now)

    def _session(self) -> OAuth2Session:
        session = OAuth2Session(
            self._client_id,
            self._client_secret,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_post",  # noqa: S106  # names the method
        )
        session.headers["User-Agent"] = self._user_agent
        session.trust_env = False
        return session


def _grant(token: Mapping[str, Any], now: datetime.datetime) -> Grant:
    lasts = token.get("expires_in")
    seconds = float(lasts) if isinstance(lasts, int | float) else 3600.0
    refresh = str(token.get("refresh_token") or "")
    return Grant(str(token["access_token"]), refresh, now + datetime.timedelta(seconds=seconds))
