"""Fixtures that every test may use.

Strategy: the smallest thing that shows the behaviour. A test that needs a few entities builds them
with ``tests/builders.py``; one that needs a workspace makes it in ``tmp_path``; real published data
is read from ``../shared/data`` beside the checkout and never copied; programs that a user would run
(Chromium, OpenRefine, Virtuoso) are the real ones. What is absent skips with one line that says how
to get it, or fails where ``KGTOOL_REQUIRE_ALL=1``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.published import Published

# Machines are slow at times: that says nothing of what is tested.
_WHOLE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("kgtool", _WHOLE)
settings.register_profile("short", _WHOLE, max_examples=25)
settings.load_profile("kgtool")

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """The short form of the suite tries fewer examples of each property."""
    if config.option.markexpr == "not long":
        settings.load_profile("short")


def absent(what: str) -> None:
    """Skip a test for want of something, or fail it where nothing may be skipped."""
    if os.environ.get("KGTOOL_REQUIRE_ALL") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real data that lies beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        absent(f"The real data is not at {folder}: put the shared folder beside the checkout.")
    return folder


@pytest.fixture(scope="session")
def published(shared: Path) -> Published:
    """Labels, datatypes and years that the real data knows of ids."""
    return Published(shared)


@pytest.fixture(scope="session")
def need_program() -> Callable[..., str]:
    """Path of a system program: ``need_program("chromium", package="chromium")``."""

    def need(name: str, *, package: str) -> str:
        found = shutil.which(name) or (name if Path(name).exists() else None)
        if found is None:
            absent(f"{name} is not installed: apt-get install {package}")
        assert found
        return found

    return need


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample, made once. Only to be read: copy it to change it."""
    from kgtool import sample
    from kgtool.entities import to_json
    from kgtool.settings import Settings
    from kgtool.wiring import build

    home = tmp_path_factory.mktemp("sample")
    lines = enumerate((to_json(entity) for entity in sample.entities()), start=1)
    build(Settings(home=home)).loading.load(lines, source="the sample", sample=True)
    return home
