from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kgtool.wiring import Kgtool, build
from tests.writes.wikis import WritableWiki, writable_wiki


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[WritableWiki]:
    """A real wiki, listening on a port of its own."""
    with writable_wiki(tmp_path) as running:
        yield running


@pytest.fixture
def tool(wiki: WritableWiki) -> Iterator[Kgtool]:
    """A workspace about the wiki."""
    with closing(build(wiki.settings())) as made:
        yield made
