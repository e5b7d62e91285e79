"""Many clients at once, each from an address of its own, with writers beside them.

Clients are coroutines in one process; loopback addresses 127.0.x.y tell them apart. Nothing leaves
this machine: an address that is not loopback is refused.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import httpx2

_TRIES = 60  # of one write, a second apart
_SECONDS = 60.0  # for one answer


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: its kind (page, api, reconcile), method, path and form."""

    kind: str
    path: str
    method: str = "GET"
    form: dict[str, str] | None = None


@dataclass(slots=True)
class Seen:
    """What the clients saw. ``seconds`` by kind; ``statuses`` with 0 where no answer came.

    ``kept`` are writes that the service said it took in, ``vague`` those whose answer was lost.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    examples: dict[int, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    without_retry_after: int = 0
    kept: set[str] = field(default_factory=set)
    vague: set[str] = field(default_factory=set)

    def note(self, ask: Ask, answer: httpx2.Response | None, seconds: float) -> None:
        """Count one answer."""
        status = answer.status_code if answer is not None else 0
        self.statuses[status] += 1
        if status >= 500 and answer is not None:
            self.examples.setdefault(status, f"{ask.method} {ask.path}: {answer.text[:300]}")
        if status in (429, 503) and answer is not None and "retry-after" not in answer.headers:
            self.without_retry_after += 1
        if 200 <= status < 400:
            self.seconds.setdefault(ask.kind, []).append(seconds)

    @property
    def all(self) -> int:
        """How many requests were made."""
        return sum(self.statuses.values())

    @property
    def put_off(self) -> float:
        """The share that was asked to come again."""
        return (self.statuses[429] + self.statuses[503]) / max(1, self.all)

    def percentile(self, kind: str, share: float) -> float:
        """Seconds within which that share of the answers of a kind began to arrive."""
        taken = sorted(self.seconds.get(kind, [0.0]))
        return taken[min(len(taken) - 1, int(len(taken) * share))]


class Load:
    """Clients of one service; ``asks`` are what readers choose from, ``token`` a coordinator's.

    ``apart``: each reader comes from an address of its own, not all from one.
    """

    def __init__(
        self, address: str, asks: Sequence[Ask], token: str, *, seed: int = 1, apart: bool = True
    ) -> None:
        assert address.startswith("http://127.0.0.1:"), "load is for a service on this machine"
        self._address = address
        self._asks = asks
        self._token = token
        self._seed = seed
        self._apart = apart
        self._until = 0.0
        self.seen = Seen()

    def run(self, seconds: float, clients: int = 200, writers: int = 4) -> Seen:
        """Ask for so many seconds; returns what was seen."""
        self._until = time.monotonic() + seconds
        asyncio.run(self._run(clients, writers))
        return self.seen

    def stop(self) -> None:
        """Let all clients end when they have their answers; from another thread."""
        self._until = 0.0

    async def _run(self, clients: int, writers: int) -> None:
        readers = (self._read(number) for number in range(clients))
        writing = (self._write(number) for number in range(writers))
        await asyncio.gather(*readers, *writing)

    async def _read(self, number: int) -> None:
        chance = Random(self._seed * 1000 + number)
        async with self._client(number if self._apart else 0) as client:
            while time.monotonic() < self._until:
                answer = await self._ask(client, chance.choice(self._asks))
                if answer is None or answer.status_code in (429, 503):
                    await asyncio.sleep(1.0)

    async def _write(self, number: int) -> None:
        async with self._client(10_000 + number) as client:
            client.headers["Authorization"] = f"Bearer {self._token}"
            for turn in count():
                if time.monotonic() >= self._until:
                    return
                title = f"write {self._seed}-{number}-{turn}"
                await self._write_one(client, title)

    async def _write_one(self, client: httpx2.AsyncClient, title: str) -> None:
        ask = Ask("write", "/api/v1/requests", "POST")
        body = {"title": title, "description": "under load"}
        for _ in range(_TRIES):
            answer = await self._ask(client, ask, body)
            if answer is not None and answer.status_code == 201:
                self.seen.kept.add(title)
                return
            if answer is None or answer.status_code not in (429, 503):
                self.seen.vague.add(title)  # it may have been taken in: never sent twice
                return
            await asyncio.sleep(1.0)

    async def _ask(
        self, client: httpx2.AsyncClient, ask: Ask, body: Any = None
    ) -> httpx2.Response | None:
        began = time.monotonic()
        try:
            answer = await client.request(ask.method, ask.path, data=ask.form, json=body)
        except httpx2.TransportError:
            answer = None
        self.seen.note(ask, answer, time.monotonic() - began)
        return answer

    def _client(self, number: int) -> httpx2.AsyncClient:
        own = f"127.0.{1 + number // 250}.{1 + number % 250}"
        return httpx2.AsyncClient(
            base_url=self._address,
            transport=httpx2.AsyncHTTPTransport(local_address=own, verify=False),
            timeout=_SECONDS,
            headers={"Accept-Language": "en"},
            trust_env=False,
        )


def titles(address: str, token: str) -> list[str]:
    """The titles of all requests that the service has."""
    found: list[str] = []
    after: str | None = None
    with httpx2.Client(base_url=address, timeout=_SECONDS, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        while True:
            params = {"limit": "1000"} | ({"after": after} if after else {})
            page = client.get("/api/v1/requests", params=params).raise_for_status().json()
            found += [one["title"] for one in page["requests"]]
            after = page["next"]
            if after is None:
                return found


def mixed(partners: Sequence[str], names: Sequence[str], encode: Callable[[Any], str]) -> list[Ask]:
    """Pages, API and reconciliation as people and programs ask for them, a third each."""
    pages = ["/en/", "/sv/partners", "/ar/glossary", "/en/queries", "/en/requests"]
    api = ["/api/v1/partners", "/api/v1/queries", "/health/ready"]
    for one in partners:
        pages += [
            f"/en/partners/{one}",
            f"/fr/coverage?of={one}",
            f"/en/worklists?of={one}&missing=P18",
        ]
        api += [f"/api/v1/partners/{one}/coverage", f"/api/v1/partners/{one}/gaps?missing=P18"]
    matched = [
        Ask("reconcile", "/reconcile/en", "POST", {"queries": encode({"q0": {"query": name}})})
        for name in names
    ]
    each = max(len(pages), len(api), len(matched))

    def spread(asks: Sequence[Ask]) -> list[Ask]:
        return [asks[place % len(asks)] for place in range(each)]

    return [
        *spread([Ask("page", path) for path in pages]),
        *spread([Ask("api", path) for path in api]),
        *spread(matched or [Ask("reconcile", "/reconcile/en")]),
    ]
