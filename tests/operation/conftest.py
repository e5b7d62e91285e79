"""A workspace with everything in it that people would miss."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgtool.drafts import Doubtful, Draft, Finding, Plan, write_plan
from kgtool.drafts.words import words
from kgtool.entities import Item, Term
from kgtool.service.callers import OPERATOR, Caller
from kgtool.settings import Settings
from kgtool.sources.revision import Page, Revision
from kgtool.sources.revisions import History
from kgtool.store import Publication, PublicationStore, Seal
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
    tool.accounts.add_token("Ann Lind at work", role="writer", scopes=[], days=9, by=OPERATOR)
    PublicationStore(tool.database).keep(
        Publication(
            wiki="w",
            page="User:Ann Lind/Coverage",
            name="n",
            digest="d",
            pending="",
            revision=1,
            asked={},
            at=datetime.now(UTC),
            by="Bo",
        )
    )
    leave_files(tool.settings.home)


def leave_files(home: Path) -> None:
    """Let Ann Lind be named in every kind of file."""
    batch = home / "batches" / "b1"
    batch.mkdir(parents=True)
    (batch / "journal.jsonl").write_text(
        '{"step":"1","state":"confirmed","at":1.0,"account":"Ann Lind"}\n'
        '{"step":"2","state":"refused","at":1.0,"outcome":'
        '{"outcome":"blocked","reason":"by Ann Lind"}}\n'
        '{"step":"3","state":"sent","account":"Ann Lind","pay'
    )
    (batch / "ended").write_text('{"key":"outcome-detail","params":["a","by Ann Lind"]}')
    (batch / ".plan.json.new").write_text("by Ann Lind, and then a ki")
    (batch / "undone.json").write_text(
        '{"undone":[],"skipped":{"1":{"key":"a","params":["Ann Lind"]}},"unknown":[],'
        '"created":[],"used":[["Q9","One",{"key":"why-edited-since","params":["Q9","Ann Lind"]}]],'
        '"reason":"asked by Ann Lind"}'
    )
    doubt = Doubtful(
        key="KG-1",
        row=1,
        label="One",
        draft=Draft("KG-1", 1, Item(labels={"en": Term("en", "One")})),
        findings=[Finding("doubt", "as-said", "no QID: Ann Lind", words=words("one", "Ann Lind"))],
        reason=words("one", words("two", "Ann Lind")),
        decided="Ann Lind",
    )
    plan = Plan(
        id="ab12ab12ab12", title="by Ann Lind", wiki="w", made="m", summary="", rows=[doubt]
    ).sealed()
    (home / "plans" / "wanted").mkdir(parents=True)
    write_plan(plan, home / "plans" / f"{plan.id}.json")
    (home / "plans" / "wanted" / "cd34cd34cd34.json").write_text(
        '{"mapping":{},"rows":[[1,{"note":"ask Ann Lind"}]]}'
    )
    revisions = History(home / "revisions.sqlite")
    revisions.add(
        [
            Revision(7, "Q1", 6, "2026-01-01T00:00:00Z", "Ann Lind", "by hand", b"{}"),
            Revision(8, "Q1", 7, "2026-01-02T00:00:00Z", "Bo", "undid Ann Lind", b"{}"),
            Revision(9, "Q1", 8, "2026-01-03T00:00:00Z", "Annie Lind", "", b"{}"),
        ],
        [Page("Q2", 0, "", gone_by="Ann Lind", gone_at="2026-01-01T00:00:00Z")],
    )
