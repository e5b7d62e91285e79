"""Jobs over HTTP and as pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.service.callers import OPERATOR, Caller
from kgtool.store.leases import JobLeases

from .conftest import form_token

Headers = Callable[..., dict[str, str]]


def test_a_job_is_watched_and_stopped(app: FastAPI, client: TestClient, bearer: Headers) -> None:
    jobs = app.state.kgtool.jobs
    job = jobs.ask("forget", {}, by=OPERATOR, subject="by hand")
    headers = bearer("coordinator")
    found = client.get(f"/api/v1/jobs/{job.id}", headers=headers).json()
    assert (found["kind"], found["state"], found["subject"]) == ("forget", "queued", "by hand")
    assert client.post(f"/api/v1/jobs/{job.id}/stop", headers=headers).status_code == 403
    stopped = client.post(f"/api/v1/jobs/{job.id}/stop", headers=bearer("writer"))
    assert stopped.json()["state"] == "cancelled"
    listed = client.get("/api/v1/jobs?limit=1", headers=headers).json()
    assert [one["id"] for one in listed["jobs"]] == [job.id] and listed["next"] is None


def test_a_list_of_jobs_has_pages(app: FastAPI, client: TestClient, bearer: Headers) -> None:
    ids = [app.state.kgtool.jobs.ask("forget", {}, by=OPERATOR).id for _ in range(3)]
    headers, seen, after = bearer("admin"), [], ""
    while after is not None:
        page = client.get("/api/v1/jobs", params={"limit": 2, "after": after}, headers=headers)
        seen += [one["id"] for one in page.json()["jobs"]]
        after = page.json()["next"]
    assert seen == ids[::-1]


def test_the_job_of_another_is_not_there_for_volunteers(
    app: FastAPI, client: TestClient, bearer: Headers, signed_in: Callable[[str], TestClient]
) -> None:
    job = app.state.kgtool.jobs.ask("forget", {}, by=Caller("Ann", "volunteer"))
    assert client.get(f"/api/v1/jobs/{job.id}", headers=bearer("volunteer")).status_code == 404
    assert signed_in("volunteer").get(f"/jobs/{job.id}").status_code == 404


def test_a_page_shows_how_it_goes_and_leads_to_what_came_of_it(
    app: FastAPI, signed_in: Callable[[str], TestClient]
) -> None:
    tool = app.state.kgtool
    browser = signed_in("writer")
    job = tool.jobs.ask("forget", {}, by=OPERATOR)
    page = browser.get(f"/en/jobs/{job.id}")
    assert "waiting" in page.text and "waiting.js" in page.text
    assert "No worker is running" in page.text
    csrf = form_token(browser, f"/jobs/{job.id}")
    assert browser.post(f"/jobs/{job.id}/stop", data={"csrf": csrf}).status_code == 303
    page = browser.get(f"/en/jobs/{job.id}")
    assert "stopped" in page.text and "waiting.js" not in page.text
    assert f"/en/jobs/{job.id}" in browser.get("/en/jobs").text


def test_a_finished_job_leads_to_its_page(
    app: FastAPI, signed_in: Callable[[str], TestClient]
) -> None:
    tool = app.state.kgtool
    job = tool.jobs.ask("forget", {}, by=OPERATOR)
    store, now = JobLeases(tool.database), datetime.now(UTC)
    store.take("workspace", "w", now, now - now, 3)
    store.end(job.id, "w", "done", now, progress={}, result={"page": "/glossary"})
    answer = signed_in("admin").get(f"/sv/jobs/{job.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sv/glossary")


def test_why_a_job_failed_is_told_in_the_language_of_whoever_reads(
    app: FastAPI, client: TestClient, bearer: Headers, signed_in: Callable[[str], TestClient]
) -> None:
    tool = app.state.kgtool
    job = tool.jobs.ask("plan", {"plan": "abcdefabcdef"}, by=OPERATOR)  # its table was never sent
    worker = tool.worker()
    worker.drain()
    browser = signed_in("coordinator")
    told = set()
    for language in ("ar", "ja", "sv"):
        page = browser.get(f"/{language}/jobs/{job.id}").text
        said = page.split('<p class="problem">', 1)[1].split("</p>", 1)[0]
        assert 'lang="en"' not in said
        told.add(said)
    assert len(told) == 3
    answer = client.get(f"/api/v1/jobs/{job.id}", headers=bearer("coordinator")).json()
    assert answer["state"] == "failed"
    assert answer["error"] == "What was to be planned is gone. Send the table again."
