"""A fresh database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from kgtool.store import Database, Seal


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database("", tmp_path / "registry.sqlite")
    yield made
    made.close()


@pytest.fixture(scope="session")
def seal() -> Seal:
    return Seal(Fernet.generate_key().decode())
