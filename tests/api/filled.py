"""The service over the sample with something of everything in it, and a wiki of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool import sample
from kgtool.api.app import create_app
from kgtool.api.sandbox.server import SandboxServer
from kgtool.service.callers import OPERATOR
from kgtool.settings import Settings
from tests.sandbox.running import BOT, profile_file, running

MUSEUM = "Q190804"
MAPPING = """
name = "paintings"
title = "Paintings"
key = "number"
[source]
title = "A list"
[license]
name = "CC0-1.0"
[notability]
ground = "works of a national museum"
[[labels]]
column = "title"
language = "en"
[[statements]]
property = "P217"
type = "string"
column = "number"
key = true
references = []
"""


class Filled:
    """The service; a caller who may do everything; the id of the plan and of the batch."""

    def __init__(self, app: FastAPI, wiki: SandboxServer) -> None:
        self.wiki = wiki
        tool = app.state.kgtool
        secret, _ = tool.accounts.add_token("thrower", role="admin", scopes=[], days=1, by=OPERATOR)
        self.app = app
        self.secret = secret
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.client = TestClient(app, headers=self.headers, follow_redirects=False)
        tool.partners.add(MUSEUM, name=None, kind="museum", caller=OPERATOR)
        items: dict[str, Any] = {"kind": "items", "qids": [MUSEUM]}
        self.made("put", "/api/v1/selections/mine", title="Mine", definition=items)
        rows = [{"number": "KG-1", "title": "One"}, {"number": "KG-2", "title": "Two"}]
        self.plan = self.made("post", "/api/v1/drafts", mapping_toml=MAPPING, rows=rows)["id"]
        self.made("post", f"/api/v1/drafts/{self.plan}/notes", text="Good.")
        self.made("post", "/api/v1/batches", plan=self.plan)
        self.made("post", "/api/v1/requests", title="A map", description="Of all")

    def made(self, method: str, path: str, **body: Any) -> Any:
        """What the API says of something that it made."""
        answer = self.client.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()


@contextmanager
def filled(folder: Path, sample_home: Path, **more: Any) -> Iterator[Filled]:
    """The service in *folder*, while the block runs; *more* are settings."""
    with running(folder) as wiki:
        wiki.wiki.load(sample.entities())
        app = create_app(
            Settings(
                home=Path(shutil.copytree(sample_home, folder / "home")),
                wikibase=profile_file(wiki.wiki.profile, folder),
                wiki_user=BOT[0],
                wiki_password=BOT[1],
                edits_per_minute=1_000_000,
                requests_per_second=1000,
                quiet_seconds=0.1,
                requests_per_minute=0,
                **more,
            )
        )
        yield Filled(app, wiki)
        app.state.kgtool.close()
