"""A service that is stopped tells those who still wait, once it can wait no longer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from kgtool.api.app import create_app
from kgtool.settings import Settings


def test_whoever_waits_when_the_service_ends_is_told_to_come_again(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path))
    begun, sent = asyncio.Event(), list[Any]()

    async def hanging() -> None:
        begun.set()
        await asyncio.sleep(600)

    app.add_api_route("/hanging", hanging)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        scope = {"type": "http", "method": "GET", "path": "/hanging", "raw_path": b"/hanging"}
        scope |= {"headers": [], "query_string": b"", "client": ("127.0.0.1", 1)}
        scope |= {"scheme": "http", "server": ("127.0.0.1", 80), "http_version": "1.1"}
        task = asyncio.create_task(app(scope, receive, send))
        await asyncio.wait_for(begun.wait(), 60)
        task.cancel()  # as uvicorn does, after its time of grace
        await asyncio.wait_for(task, 60)

    asyncio.run(run())
    assert sent[0]["status"] == 503
    assert (b"retry-after", b"5") in sent[0]["headers"]
    app.state.kgtool.close()
