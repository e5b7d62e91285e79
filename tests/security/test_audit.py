"""Every change is in the audit log, and is kept with its event or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from starlette.testclient import TestClient

from kgtool.errors import WorkspaceError
from kgtool.store import AuditStore, Database, Event
from kgtool.store.schema import metadata
from tests.api.conftest import form_token
from tests.api.filled import Filled, filled
from tests.operation.test_kept import stray

from .test_forms import forms, leading, removing, sensible

# What is asked of the worker says by itself who asked; what was found mended is a cache; signing
# in and out changes nothing that others see.
NO_CHANGE = {"job", "worker", "mended", "session"}


@pytest.fixture(scope="module")
def service(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    key = Fernet.generate_key().decode()
    with filled(tmp_path_factory.mktemp("audit"), sample_home, data_key=key) as made:
        made.app.state.limits.take = lambda *_: None
        yield made


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """What every table holds."""
    with database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in NO_CHANGE
        }


def test_what_cannot_be_noted_is_not_kept(service: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    database = service.app.state.kgtool.database
    browser = TestClient(service.app, follow_redirects=False)
    csrf = form_token(browser, "/sign-in")
    browser.post("/sign-in", data={"csrf": csrf, "token": service.secret})
    csrf = form_token(browser, "/requests/new")
    noted: list[str] = []

    def fail(_: AuditStore, event: Event) -> None:
        noted.append(event.action)
        raise WorkspaceError("The disk is full.")

    changed = set()
    for form in sorted(forms(service.app, service.plan), key=lambda one: removing(one.path)):
        if form.files or leading(form.path):
            continue
        given = sensible(service.app, form, csrf)
        before = rows(database)
        with monkeypatch.context() as patch:
            patch.setattr(AuditStore, "note", fail)
            answer = browser.post(form.path, data=given)
        assert rows(database) == before, form.path
        browser.post(form.path, data=given)
        after = rows(database)
        if after != before:
            assert answer.status_code == 503, (form.path, answer.status_code)
            assert len(after["audit"]) > len(before["audit"]), form.path
            changed.add(form.path)
    assert len(changed) >= 16, changed
    service.app.state.kgtool.worker().drain()
    assert stray(service.app.state.kgtool.settings.home) == []
    assert len(set(noted)) >= 10, noted
