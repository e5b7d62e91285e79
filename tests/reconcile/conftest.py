"""A served kgtool over the sample, asked as clients ask it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.settings import Settings


@pytest.fixture(scope="session")
def service(sample_home: Path) -> Iterator[TestClient]:
    """The application over the sample, without a network in between."""
    app = create_app(Settings(home=sample_home, public_url="http://testserver"))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
