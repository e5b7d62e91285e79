"""The recorded exchanges with a real Wikibase, and how they are played again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

_UUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_REVISIONS = ("baserevid", "undo", "undoafter")
_SENT = {"content-type", "if-match", "if-modified-since", "accept"}


class Exchange(NamedTuple):
    """One request and its response, taken apart."""

    name: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: str
    status: int
    answer_headers: list[tuple[str, str]]
    answer: str

    @property
    def form(self) -> dict[str, str]:
        """The parameters in the body."""
        if not self.body or self.body.startswith("{"):
            return {}
        return dict(parse_qsl(self.body, keep_blank_values=True))

    def cookie(self) -> str:
        """The session's cookie, or an empty text."""
        return _cookie(self.headers)

    def new_cookie(self) -> str:
        """The session that the answer begins, or an empty text."""
        return _cookie(self.answer_headers)

    def header(self, name: str) -> str | None:
        """One header of the answer."""
        found = [value for key, value in self.answer_headers if key.lower() == name]
        return found[0] if found else None


def _cookie(headers: list[tuple[str, str]]) -> str:
    for _, value in headers:
        found = re.search(r"kgwiki_session=(\w+)", value)
        if found:
            return found.group(1)
    return ""


def exchanges(file: Path) -> Iterator[Exchange]:
    """All recorded exchanges in order."""
    for line in file.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        first, headers, body = _parts(raw["request"])
        method, target, _ = first.split(" ")
        answer_first, answer_headers, answer = _parts(raw["response"])
        status = int(answer_first.split(" ")[1])
        yield Exchange(raw["name"], method, target, headers, body, status, answer_headers, answer)


def _parts(text: str) -> tuple[str, list[tuple[str, str]], str]:
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.split("\n")
    pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return first, pairs, body


class Player:
    """Plays exchanges against another wiki; what that one names otherwise is translated.

    ``sign_in`` gives a client that is signed in for a recorded token or user name, with its csrf
    token.
    """

    def __init__(self, address: str, sign_in: Callable[[str], tuple[httpx2.Client, str]]) -> None:
        self.address = address
        self.uuids: dict[str, str] = {}
        self.revisions: dict[str, str] = {}
        self.times: dict[str, str] = {}
        self._sign_in = sign_in
        self._clients: dict[str, httpx2.Client] = {}
        self._opened: list[httpx2.Client] = []
        self._login_tokens: dict[str, str] = {}

    def play(self, exchange: Exchange, account: str) -> httpx2.Response:
        """Send the request as ``account`` (empty: as nobody) and learn from the answer."""
        client, token = self._client(exchange, account)
        form = {key: self._value(key, value) for key, value in exchange.form.items()}
        if form.get("token", "").endswith("+\\") and form["token"] not in ("+\\", "deadbeef+\\"):
            form["token"] = token
        body = urlencode(form) if form else self._text(exchange.body)
        sent = [(k, self._header(v)) for k, v in exchange.headers if k.lower() in _SENT]
        response = client.request(
            exchange.method,
            self.address + self._text(exchange.target),
            content=body.encode() or None,
            headers=[(key, value) for key, value in sent if value != "*/*"],
        )
        if exchange.new_cookie():
            self._clients[exchange.new_cookie()] = client
        self._learn(exchange, response)
        return response

    def _client(self, exchange: Exchange, account: str) -> tuple[httpx2.Client, str]:
        cookie = exchange.cookie()
        if not cookie:
            token = self._sign_in(account)[1] if account else ""
            return self.new_client(), token
        if cookie in self._clients and not account:
            return self._clients[cookie], ""
        return self._sign_in(account or "KgBot@kgtool")

    def new_client(self) -> httpx2.Client:
        """A client without cookies."""
        self._opened.append(httpx2.Client())
        return self._opened[-1]

    def close(self) -> None:
        """Close every client."""
        for client in self._opened:
            client.close()

    def begin_login(self, exchange: Exchange) -> None:
        """Fetch the login token that a recorded request sends and that was not recorded."""
        client = self.new_client()
        ask = {"action": "query", "meta": "tokens", "type": "login", "format": "json"}
        token = client.get(f"{self.address}/w/api.php", params=ask).json()
        self._clients[exchange.cookie()] = client
        self._login_tokens[exchange.form["logintoken"]] = token["query"]["tokens"]["logintoken"]

    def _value(self, key: str, value: str) -> str:
        if key in _REVISIONS:
            return self.revisions.get(value, value)
        if key in ("lgtoken", "logintoken"):
            return self._login_tokens.get(value, value)
        return self._text(value)

    def _text(self, text: str) -> str:
        return _UUID.sub(lambda found: self.uuids.get(found.group(), found.group()), text)

    def _header(self, value: str) -> str:
        number = value.strip('"')
        if number.isdecimal():
            return value.replace(number, self.revisions.get(number, number))
        return self.times.get(value, value)

    def _learn(self, exchange: Exchange, response: httpx2.Response) -> None:
        recorded, ours = exchange.header("etag"), response.headers.get("etag")
        if recorded and ours:
            self.revisions[recorded.strip('"')] = ours.strip('"')
        modified = exchange.header("last-modified")
        if modified:
            self.times[modified] = response.headers.get("last-modified", "")
        if "json" in response.headers.get("content-type", "") and exchange.answer[:1] == "{":
            self._learn_values(json.loads(exchange.answer), response.json())

    def _learn_values(self, recorded: Any, ours: Any, key: str = "") -> None:
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for name in recorded.keys() & ours.keys():
                self._learn_values(recorded[name], ours[name], name)
        elif isinstance(recorded, list) and isinstance(ours, list):
            for one, other in zip(recorded, ours, strict=False):
                self._learn_values(one, other, key)
        elif key in ("lastrevid", "revid", "newrevid"):
            self.revisions.setdefault(str(recorded), str(ours))
        elif key == "logintoken":
            self._login_tokens[recorded] = ours
        elif key == "id" and isinstance(recorded, str) and "$" in recorded:
            self.uuids[recorded.partition("$")[2]] = str(ours).partition("$")[2]


def path_of(exchange: Exchange) -> str:
    """The path that was asked for."""
    return urlsplit(exchange.target).path


def shape(value: Any) -> Any:
    """The shape of JSON: keys and kinds, values aside.

    A list has the shapes of its members; one of parameters is as long as it was.
    """
    if isinstance(value, dict):
        return {
            key: [shape(one) for one in member] if key == "parameters" else shape(member)
            for key, member in value.items()
        }
    if isinstance(value, list):
        shapes: list[Any] = []
        for member in value:
            made = shape(member)
            if made not in shapes:
                shapes.append(made)
        return shapes
    if isinstance(value, bool) or value is None:
        return value
    return "number" if isinstance(value, int | float) else "text"


def differences(recorded: Any, ours: Any, path: str = "") -> Iterator[str]:
    """Where two shapes differ, as ``path: what``."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for key in recorded.keys() | ours.keys():
            below = f"{path}/{key}"
            if key not in ours:
                yield f"{below}: missing"
            elif key not in recorded:
                yield f"{below}: not recorded"
            else:
                yield from differences(recorded[key], ours[key], below)
    elif isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
        for place, (one, other) in enumerate(zip(recorded, ours, strict=True)):
            yield from differences(one, other, f"{path}/{place}")
    elif recorded != ours:
        yield f"{path}: {json.dumps(recorded)[:60]} became {json.dumps(ours)[:60]}"
