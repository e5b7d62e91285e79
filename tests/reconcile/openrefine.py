"""A real OpenRefine, without its window, driven through the commands that its pages use."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.servers import free_port

HOME = Path("/usr/share/openrefine")
ENGINE = json.dumps({"facets": [], "mode": "row-based"})


class OpenRefine:
    """Commands of one running OpenRefine."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx2.Client(base_url=f"{address}/command/core/", timeout=60)
        self._token = ""

    def version(self) -> str:
        """Its version, as soon as it is up."""
        return str(self._http.get("get-version").raise_for_status().json()["version"])

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def sign_in(self) -> None:
        """Get the token that commands need."""
        self._token = self._http.get("get-csrf-token").json()["token"]

    def create(self, table: str) -> str:
        """A project from CSV text; gives its number."""
        options = {"encoding": "UTF-8", "separator": ",", "headerLines": 1}
        answer = self._http.post(
            "create-project-from-upload",
            params={"csrf_token": self._token},
            data={
                "project-name": "test",
                "format": "text/line-based/*sv",
                "options": json.dumps(options),
            },
            files={"project-file": ("table.csv", table.encode(), "text/csv")},
        )
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["project"][0]

    def do(self, command: str, project: str, **form: Any) -> Any:
        """Run a command and wait until it is done."""
        fields = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in form.items()
        }
        params = {"project": project}
        if command == "guess-types-of-column":
            params |= {name: fields.pop(name) for name in ("columnName", "service")}
        elif command == "preview-extend-data":
            params["columnName"] = fields.pop("columnName")
        answer = self._http.post(
            command, params=params, data={**fields, "csrf_token": self._token}
        ).json()
        assert answer.get("code") != "error", answer
        self._wait(project)
        return answer

    def rows(self, project: str) -> tuple[list[Any], dict[str, Any]]:
        """The rows, and what they were reconciled with."""
        answer = self._http.post(
            "get-rows",
            params={"project": project, "start": "0", "limit": "100"},
            data={"engine": ENGINE},
        ).json()
        return answer["rows"], answer["pool"]["recons"]

    def export(self, project: str) -> str:
        """The table as CSV."""
        form = {"project": project, "format": "csv", "engine": ENGINE, "csrf_token": self._token}
        return self._http.post("export-rows/table.csv", data=form).text

    def _wait(self, project: str) -> None:
        give_up = time.monotonic() + 60
        while self._http.get("get-processes", params={"project": project}).json()["processes"]:
            assert time.monotonic() < give_up, "OpenRefine hangs"
            time.sleep(0.05)


@contextmanager
def running(folder: Path) -> Iterator[OpenRefine]:
    """OpenRefine with its data in ``folder``."""
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("java", "-Xmx512M", "-cp", "server/*", "-Drefine.headless=true"),
                *("-Drefine.webapp=webapp", f"-Drefine.port={port}"),
                *("-Drefine.interface=127.0.0.1", "-Drefine.host=127.0.0.1"),
                *(f"-Drefine.data_dir={folder}", "com.google.refine.Refine"),
            ],
            cwd=HOME,
            stdout=log,
            stderr=log,
        )
        refine = OpenRefine(f"http://127.0.0.1:{port}")
        try:
            give_up = time.monotonic() + 90
            while True:
                assert process.poll() is None, (folder / "log").read_text()[-2000:]
                assert time.monotonic() < give_up, "OpenRefine did not start"
                try:
                    refine.version()
                    break
                except httpx2.HTTPError:
                    time.sleep(0.1)
            refine.sign_in()
            yield refine
        finally:
            refine.close()
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
