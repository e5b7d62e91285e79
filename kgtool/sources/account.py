"""The account as which a wiki is read: an account may ask more often than a stranger."""

from __future__ import annotations

import msgspec

from kgtool.errors import ApiError, RemoteError
from kgtool.messages.words import Words
from kgtool.sources.action_api import ActionApi
from kgtool.sources.http import HttpClient


def sign_in(client: HttpClient, address: str, user: str, password: str) -> None:
    """Sign in with a bot password at the ``api.php`` of that address; the client keeps the cookie.

    :raises RemoteError: the wiki refused; the password is not in the message.
    """
    ask = {"action": "query", "meta": "tokens", "type": "login", "formatversion": "2"}
    answer = ActionApi(client, address, maxlag=None).get(ask)
    token = answer.get("query", {}).get("tokens", {}).get("logintoken", "")
    form = {"action": "login", "format": "json", "lgname": user, "lgtoken": token}
    sent = client.post(address, data={**form, "lgpassword": password})
    try:
        said = msgspec.json.decode(sent.content, type=_Login).login
    except msgspec.DecodeError:
        raise RemoteError(Words("error-sign-in-json", (address,))) from None
    if said.result != "Success":
        raise RemoteError(
            Words("error-sign-in-not", (address, user, f"{said.result} {said.reason}".strip())),
            operator=Words("operator-bot-password", ("KGTOOL_WIKI_USER", "KGTOOL_WIKI_PASSWORD")),
        )


def check_token(api: ActionApi) -> None:
    """Ask the wiki whether it knows the access token that goes with the requests of ``api``.

    :raises RemoteError: it does not: the token has expired or was withdrawn.
    """
    try:
        user = api.get({"action": "query", "meta": "userinfo", "formatversion": "2"})
        said = Words("error-access-stranger", (api.address,))
        known = not user.get("query", {}).get("userinfo", {"anon": True}).get("anon")
    except ApiError as error:
        if not is_lost(error):
            raise
        known, said = False, Words("error-access-token", (api.address, error.message))
    if not known:
        raise RemoteError(
            said,
            operator=Words("operator-token-expired", ("KGTOOL_OAUTH2_TOKEN",)),
        )


def is_lost(error: ApiError) -> bool:
    """Whether the wiki says that it does not know, or no longer knows, who asks."""
    return error.code == "assertuserfailed" or error.code.startswith(
        "mwoauth-invalid-authorization"
    )


class _Result(msgspec.Struct):
    result: str = ""
    reason: str = ""


class _Login(msgspec.Struct):
    login: _Result
