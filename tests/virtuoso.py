"""A real Virtuoso for a test, on a free port, in a folder of its own."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GRAPH = "http://example.org/graph"

_SETTINGS = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
MaxCheckpointRemap = 2000

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 10
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
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


@contextmanager
def virtuoso(program: str, isql: str, folder: Path, triples: bytes) -> Iterator[str]:
    """Start it, load N-Triples, give the address of its endpoint, and stop it in the end."""
    sql, http = _free_port(), _free_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(_SETTINGS.format(folder=folder, sql=sql, http=http, graph=GRAPH))
    (folder / "data.nt").write_bytes(triples)
    server = subprocess.Popen(
        [program, "+foreground", "+configfile", str(settings)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr
        for line in server.stderr:
            if "Server online" in line:
                break
        else:
            raise AssertionError(f"Virtuoso did not start; see {folder}/virtuoso.log")
        load = (
            f"DB.DBA.TTLP_MT(file_to_string_output('{folder}/data.nt'), '', '{GRAPH}', 0, 1); "
            "checkpoint;"
        )
        told = subprocess.run(
            [isql, f"127.0.0.1:{sql}", "dba", "dba", f"exec={load}"],
            check=True,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert "Error" not in told.stderr, told.stderr
        yield f"http://127.0.0.1:{http}/sparql"
    finally:
        server.kill()
        server.communicate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
