"""A real HTTP server on a free port that gives prepared answers and remembers what was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Prepared:
    """One answer; ``drop`` closes the connection instead, ``late`` never answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    late: bool = False


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    parameters: dict[str, list[str]]


@dataclass
class Server:
    """``url``, and what it was asked so far."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def serving(*answers: Prepared) -> Iterator[Server]:
    """Give the answers one after the other; the last one over and over."""
    released = threading.Event()
    guard = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            query |= parse_qs(body, keep_blank_values=True)
            with guard:
                number = len(server.asked)
                headers = {key.lower(): value for key, value in self.headers.items()}
                server.asked.append(Asked(self.command, self.path, headers, query))
            prepared = answers[min(number, len(answers) - 1)]
            if prepared.late:
                released.wait(30)
                self.close_connection = True
                return
            if prepared.drop:
                self.close_connection = True
                return
            self.send_response(prepared.status)
            whole = {"Content-Length": str(len(prepared.body))}
            for name, value in (whole | prepared.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(prepared.body)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server = Server(f"http://127.0.0.1:{httpd.server_port}")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        released.set()
        httpd.shutdown()
        thread.join()
        httpd.server_close()
