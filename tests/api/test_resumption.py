"""Exports over a line that breaks: what was read is kept, and the rest is asked for."""

from __future__ import annotations

import gzip
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response
from starlette.testclient import TestClient

from kgtool.api.resumption import Resumption
from kgtool.service.callers import OPERATOR
from tests.servers import free_port, served

MUSEUM = "Q190804"
LIST = f"/worklists.csv?of={MUSEUM}&missing=P18"
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def reader(sample_app: FastAPI) -> TestClient:
    return TestClient(sample_app, follow_redirects=False)


@pytest.mark.parametrize(
    "path",
    [
        LIST,
        f"/worklists.txt?of={MUSEUM}&missing=P18",
        f"/worklists.quickstatements?of={MUSEUM}&missing=P18",
        f"/coverage.csv?of={MUSEUM}&by=type",
        f"/partners/{MUSEUM}/checks.csv?shape=painting",
        "/partners.csv",
        "/reports/2026-10.wikitext",
    ],
)
def test_every_export_can_be_resumed(reader: TestClient, path: str) -> None:
    whole = reader.get(path, headers=PLAIN)
    assert whole.headers["accept-ranges"] == "bytes"
    etag = whole.headers["etag"]
    assert etag.startswith('"'), "a weak one does not allow ranges"
    half = len(whole.content) // 2
    rest = reader.get(path, headers=PLAIN | {"Range": f"bytes={half}-", "If-Range": etag})
    assert rest.status_code == 206
    size = len(whole.content)
    assert rest.headers["content-range"] == f"bytes {half}-{size - 1}/{size}"
    assert rest.content == whole.content[half:]
    assert reader.get(path, headers=PLAIN | {"If-None-Match": etag}).status_code == 304


def test_tables_for_programs_too(reader: TestClient) -> None:
    path = f"/api/v1/partners/{MUSEUM}/gaps?missing=P18"
    csv = PLAIN | {"Accept": "text/csv"}
    whole = reader.get(path, headers=csv)
    part = reader.get(path, headers=csv | {"Range": "bytes=3-9"})
    assert part.status_code == 206 and part.content == whole.content[3:10]
    assert "accept-ranges" not in reader.get(path).headers, "answers in JSON are pages"


TEXT = bytes(range(32, 127)) * 3


@pytest.fixture(scope="module")
def file() -> TestClient:
    """An export alone, which nobody limits."""
    return TestClient(Resumption(Response(TEXT, media_type="text/csv")))


@given(
    first=st.integers(0, len(TEXT) + 9),
    length=st.integers(1, len(TEXT)),
    open_end=st.booleans(),
)
def test_any_range_is_that_part_of_the_whole(
    file: TestClient, first: int, length: int, open_end: bool
) -> None:
    last = "" if open_end else str(first + length - 1)
    answer = file.get("/", headers={"Range": f"bytes={first}-{last}"})
    if first >= len(TEXT):
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{len(TEXT)}"
    else:
        assert answer.status_code == 206
        assert answer.content == (TEXT[first:] if open_end else TEXT[first : first + length])


def test_the_end_alone_and_ranges_of_other_forms(file: TestClient) -> None:
    end = file.get("/", headers={"Range": "bytes=-20"})
    assert end.status_code == 206 and end.content == TEXT[-20:]
    for form in ("bytes=0-4,8-9", "lines=1-2", "bytes=9-3", "bytes=-", "bytes=x"):
        answer = file.get("/", headers={"Range": form})
        assert answer.status_code == 200 and answer.content == TEXT, form


def test_a_page_has_no_ranges(reader: TestClient) -> None:
    answer = reader.get("/en/partners", headers=PLAIN | {"Range": "bytes=0-9"})
    assert answer.status_code == 200 and answer.text.startswith("<!doctype html>")


def test_an_export_that_changed_begins_anew(app: FastAPI) -> None:
    reader = TestClient(app)
    app.state.kgtool.partners.add("Q900000001", name="One", kind="museum", caller=OPERATOR)
    app.state.kgtool.partners.change("Q900000001", OPERATOR, publish=["listed"])
    before = reader.get("/partners.csv", headers=PLAIN)
    again = {"Range": "bytes=10-", "If-Range": before.headers["etag"]}
    assert reader.get("/partners.csv", headers=PLAIN | again).status_code == 206
    app.state.kgtool.partners.change("Q900000001", OPERATOR, name="Another")
    after = reader.get("/partners.csv", headers=PLAIN | again)
    assert after.status_code == 200 and "Another" in after.text
    dated = {"Range": "bytes=10-", "If-Range": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert reader.get("/partners.csv", headers=PLAIN | dated).status_code == 200


def test_a_compressed_export_is_resumed_in_its_compressed_bytes(sample_app: FastAPI) -> None:
    with served(sample_app, free_port()) as address:
        path = f"/partners/{MUSEUM}/checks.csv?shape=painting"
        zipped = {"Accept-Encoding": "gzip"}
        plain_head, plain = raw(address, path, PLAIN)
        head, body = raw(address, path, zipped)
        assert head["content-encoding"] == "gzip" and gzip.decompress(body) == plain
        assert head["etag"] != plain_head["etag"], "each form has its own"
        half = len(body) // 2
        range = {"Range": f"bytes={half}-", "If-Range": head["etag"]}
        _, rest = raw(address, path, zipped | range)
        assert gzip.decompress(body[:half] + rest) == plain
        status, _ = raw(address, path, PLAIN | range)
        assert "content-range" not in status, "what was begun compressed goes on compressed"


def test_a_dropped_connection_is_taken_up_where_it_broke(sample_app: FastAPI) -> None:
    path = f"/partners/{MUSEUM}/checks.csv?shape=painting"
    with served(sample_app, free_port()) as address:
        _, whole = raw(address, path, PLAIN)
        head, got = raw(address, path, PLAIN, drop_after=len(whole) // 3)
        assert 0 < len(got) < len(whole)
        range = {"Range": f"bytes={len(got)}-", "If-Range": head["etag"]}
        resumed, rest = raw(address, path, PLAIN | range)
        assert resumed["content-range"].startswith(f"bytes {len(got)}-")
        assert got + rest == whole


def test_curl_goes_on(
    sample_app: FastAPI, tmp_path: Path, need_program: Callable[..., str]
) -> None:
    curl = need_program("curl", package="curl")
    with served(sample_app, free_port()) as address:
        _, whole = raw(address, LIST, PLAIN)
        file = tmp_path / "worklist.csv"
        file.write_bytes(whole[:100])
        words = [curl, "--silent", "--fail", "-C", "-", "-o", str(file), address + LIST]
        subprocess.run(words, check=True, timeout=60)
        assert file.read_bytes() == whole


def raw(
    address: str, path: str, headers: dict[str, str], *, drop_after: int | None = None
) -> tuple[dict[str, str], bytes]:
    """Head and body as they come over the wire; with *drop_after*, the line breaks there."""
    there = urlsplit(address)
    lines = [f"GET {path} HTTP/1.1", f"Host: {there.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((there.hostname, there.port), 30) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        got = b""
        while piece := line.recv(4096):
            got += piece
            head, end, body = got.partition(b"\r\n\r\n")
            if end and drop_after is not None and len(body) >= drop_after:
                body = body[:drop_after]
                break
    fields = [one.partition(": ") for one in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, _, value in fields}, body
