"""Old addresses: what is about a merged item answers with where it is now."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kgtool.errors import KgtoolError
from kgtool.service.leads import Leads

# Parameters that hold selections; other texts are none of our business, were they to name an item.
_PARAMETERS = {"partner", "of", "items", "selection"}
# Protocols of their own, whose clients ask for what they mean.
_OTHER = ("/reconcile", "/sparql", "/health/", "/metrics")
_QID = re.compile(r"\bQ[1-9]\d{0,14}\b")
_SEGMENT = re.compile(r"(?<=/)Q[1-9]\d{0,14}(?=/|$)")


class Moved:
    """Answers 301 to GET and HEAD where the address names an id that leads elsewhere.

    ``leads`` knows all that lead elsewhere. It is asked only where the address names an item at
    all, in a thread if it has to look first.
    """

    def __init__(self, app: ASGIApp, leads: Callable[[], Leads]) -> None:
        self.app = app
        self._leads = leads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            address = await self._moved(scope)
            if address is not None:
                # An hour: what was merged may be divided again.
                headers = {"Cache-Control": "max-age=3600"}
                await RedirectResponse(address, 301, headers)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _moved(self, scope: Scope) -> str | None:
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        if path.startswith(_OTHER) or not (_SEGMENT.search(path) or _QID.search(query)):
            return None
        known = self._leads()
        leads = known.at_hand()
        if leads is None:
            try:
                leads = await run_in_threadpool(known.moved)
            except KgtoolError:
                return None  # the route itself will say what is wrong
        if not leads:
            return None

        def led(match: re.Match[str]) -> str:
            return leads.get(match.group(), match.group())

        moved = _SEGMENT.sub(led, path)
        pairs = parse_qsl(query, keep_blank_values=True)
        there = [(k, _QID.sub(led, v) if k in _PARAMETERS else v) for k, v in pairs]
        if moved == path and there == pairs:
            return None
        kept = urlencode(there) if there != pairs else query
        prefix = scope.get("root_path", "") + scope["state"]["prefix"]  # of the language
        return f"{prefix}{quote(moved)}{'?' if kept else ''}{kept}"
