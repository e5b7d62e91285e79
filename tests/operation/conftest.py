"""A workspace with everything in it that people would miss."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kgtool.service.callers import OPERATOR, Caller
from kgtool.settings import Settings
from kgtool.store import Seal
from kgtool.wiring import Kgtool, build

ANN = Caller("Ann Lind", "coordinator")


@pytest.fixture(scope="session")
def data_key() -> str:
    return Seal.new_key()


@pytest.fixture
def home(tmp_path: Path, sample_home: Path) -> Path:
    """A copy of the sample's workspace."""
    return Path(shutil.copytree(sample_home, tmp_path / "home"))


@pytest.fixture
def tool(home: Path, data_key: str) -> Kgtool:
    made = build(Settings(home=home, data_key=data_key))
    fill(made)
    return made


def fill(tool: Kgtool) -> None:
    """Let Ann Lind leave traces everywhere."""
    tool.accounts.sign_in("Ann Lind")
    tool.accounts.sign_in("Bo")
    tool.accounts.set_role("Ann Lind", "coordinator", partner=None, by=OPERATOR)
    tool.partners.add("Q190804", name="Rijksmuseum", kind="museum", caller=ANN)
    tool.partners.change("Q190804", ANN, summary="Ask Ann Lind first.", status="talking")
    tool.partners.add_contact(
        "Q190804", ANN, name="Cy Ek", address="cy@example.org", purpose="the agreement"
    )
    asked = tool.requests.make(
        Caller("Ann Lind", "volunteer"),
        title="A map",
        description="Of all",
        contact="ann@example.org",
    )
    tool.requests.comment(asked.id, "Ann Lind will see to it", Caller("Bo", "coordinator"))
    tool.claims.claim(["Q1"], selection="Q190804", missing="P18", caller=ANN)
    batch = tool.settings.home / "batches" / "b1"
    batch.mkdir(parents=True)
    (batch / "journal.jsonl").write_text(
        '{"step":"1","state":"confirmed","at":1.0,"account":"Ann Lind"}\n'
    )
