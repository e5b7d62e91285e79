"""Virtuoso as a peer: a server of its own, for one benchmark or some tests."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from urllib.parse import urlencode

_GRAPH = "http://example.org/world"
_SETTINGS = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
MaxCheckpointRemap = 2000

[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 10
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
CheckpointInterval = 0
DirsAllowed = {folder}

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 4

[SPARQL]
ResultSetMaxRows = 1000000
DefaultGraph = {graph}
"""


def installed() -> bool:
    """Whether the server and its command-line client are on this machine."""
    return bool(shutil.which("virtuoso-t") and _client())


class Virtuoso:
    """A running server; leaving the context stops it.

    ``buffers`` are pages of 8 KB that it keeps in memory.
    """

    def __init__(self, folder: Path, *, buffers: int = 340_000) -> None:
        self._folder = folder
        self._buffers = buffers
        self._sql, self._http = _free_port(), _free_port()

    @property
    def address(self) -> str:
        """Where its endpoint is."""
        return f"http://127.0.0.1:{self._http}/sparql"

    def __enter__(self) -> Virtuoso:
        settings = self._folder / "virtuoso.ini"
        settings.write_text(
            _SETTINGS.format(
                folder=self._folder,
                sql=self._sql,
                http=self._http,
                graph=_GRAPH,
                buffers=self._buffers,
                dirty=self._buffers * 3 // 4,
            )
        )
        self._server = subprocess.Popen(
            [shutil.which("virtuoso-t") or "", "+foreground", "+configfile", str(settings)],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._server.stderr
        for line in self._server.stderr:
            if "Server online" in line:
                return self
        self.__exit__(None, None, None)
        raise AssertionError(f"Virtuoso did not start; see {self._folder}/virtuoso.log")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.kill()
        self._server.communicate()

    def load(self, parts: Iterable[bytes]) -> None:
        """Load N-Triples with two loaders, which is as fast as it gets on two cores."""
        for number, part in enumerate(parts):
            (self._folder / f"{number:04d}.nt").write_bytes(part)
        self._do(f"ld_dir('{self._folder}', '*.nt', '{_GRAPH}');")
        loaders = [
            subprocess.Popen(self._command("rdf_loader_run();"), stdout=subprocess.DEVNULL)
            for _ in range(2)
        ]
        for loader in loaders:
            loader.wait()
        failed = self._do(
            "SELECT ll_file, ll_error FROM DB.DBA.load_list WHERE ll_error IS NOT NULL;"
        )
        assert "0 Rows." in failed, failed
        self._do("checkpoint;")

    def select(self, query: str) -> Iterator[tuple[str, ...]]:
        """Rows of an answer, as texts."""
        connection = http.client.HTTPConnection("127.0.0.1", self._http, timeout=600)
        asked = {"query": query, "format": "application/sparql-results+json"}
        connection.request(
            "POST",
            "/sparql",
            urlencode(asked),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:500]
        found = json.loads(body)
        for row in found["results"]["bindings"]:
            yield tuple(row[name]["value"] for name in found["head"]["vars"])

    def _do(self, statement: str) -> str:
        return subprocess.run(
            self._command(statement), check=True, capture_output=True, text=True
        ).stdout

    def _command(self, statement: str) -> list[str]:
        return [_client() or "", f"127.0.0.1:{self._sql}", "dba", "dba", f"exec={statement}"]


def _client() -> str | None:
    return shutil.which("isql-vt") or shutil.which("isql")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
