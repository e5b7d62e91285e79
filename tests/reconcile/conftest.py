"""A served kgtool over the sample, asked as clients ask it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.settings import Settings
from kgtool.views.names.record import record
from kgtool.wiring import build


@pytest.fixture(scope="session")
def service(sample_home: Path) -> Iterator[TestClient]:
    """The application over the sample, without a network in between."""
    app = create_app(Settings(home=sample_home, public_url="http://testserver"))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def complete(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over all names of the sample, declared complete: no wiki is asked."""
    home = tmp_path_factory.mktemp("complete") / "home"
    shutil.copytree(sample_home, home)
    options = Settings(home=home, public_url="http://testserver")
    tool = build(options)
    entities = tool.snapshots.current().entities
    tool.reconcile.index_names((record(one, tool.profile) for one in entities), "the sample")
    tool.close()
    with TestClient(create_app(options), raise_server_exceptions=False) as client:
        yield client
