"""Pages of batches: how writing goes, row by row; stop, go on, undo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from kgtool import messages
from kgtool.messages.words import Words
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool
from kgtool.writes import Batch, Undone

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from ..places import as_seen
from .drafts import PlanId
from .render import go, render

router = APIRouter(prefix="/batches", include_in_schema=False)

STATES = ("confirmed", "planned", "sent", "unknown", "refused")
_PAGE = 50
_EVERY = 1.0  # seconds between two looks at a journal
_LOOKS = 600  # then the browser asks again
_volunteer = [Depends(require("volunteer"))]
_writer_form = [Depends(require_form("writer"))]


@router.get("/{id}.csv", dependencies=_volunteer)
def report(id: PlanId, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep) -> Response:
    return Response(
        _seen(kgtool, id, caller).report_csv(language),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="batch-{id}.csv"'},
    )


@router.get("/{id}", dependencies=_volunteer)
def one_batch(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    batch = _seen(kgtool, id, caller)
    running = kgtool.batch_jobs.goes_on(batch)
    undone = kgtool.batches.writing.undone(batch)
    counts = _counts(batch)
    lines = batch.report(language)
    begin = (page - 1) * _PAGE
    shown = lines[begin : begin + _PAGE]
    return render(
        request,
        "batch.html",
        form=True,
        plan=batch.plan,
        running=running,
        undoing=running and kgtool.batch_jobs.undoes(batch),
        counts=counts,
        all=sum(counts.values()),
        ended=as_seen(request, _ended(kgtool, batch)),
        undone=undone,
        taken_back=_taken_back(batch, undone) if undone else frozenset(),
        lines=[(line, batch.rows[line.key].label) for line in shown],
        labels=kgtool.labels.of([line.item for line in shown if line.item], language),
        page=page,
        more=len(lines) > begin + _PAGE,
        wiki=kgtool.profile.title,
    )


@router.get("/{id}/events", dependencies=_volunteer)
async def events(
    id: PlanId, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> StreamingResponse:
    """Counts whenever they change, as server-sent events (HTML Living Standard, 9.2)."""
    batch = await run_in_threadpool(_seen, kgtool, id, caller)
    return StreamingResponse(
        _told(kgtool, batch, language),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.post("/{id}/stop", dependencies=_writer_form)
def stop(id: PlanId, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> Response:
    kgtool.batch_jobs.stop(kgtool.batches.open(id), caller)
    return go(request, f"/batches/{id}")


@router.post("/{id}/resume", dependencies=_writer_form)
def resume(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    refused: Annotated[bool, Form()] = False,
) -> Response:
    kgtool.batch_jobs.begin(kgtool.batches.open(id), caller, refused=refused)
    return go(request, f"/batches/{id}")


@router.post("/{id}/undo", dependencies=_writer_form)
def undo(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    reason: Annotated[str, Form(max_length=250)] = "",
) -> Response:
    kgtool.batch_jobs.begin_undo(kgtool.batches.open(id), caller, reason.strip())
    return go(request, f"/batches/{id}")


def _seen(kgtool: Kgtool, id: str, caller: Caller) -> Batch:
    """A batch that the caller may see, as its plan."""
    batch = kgtool.batches.open(id)
    kgtool.plan_access.seen(batch.plan, caller)
    return batch


def _ended(kgtool: Kgtool, batch: Batch) -> str | Words:
    """Why the last run ended early, or never began; what is not ours to word is English."""
    job = kgtool.batch_jobs.job(batch)
    return kgtool.batches.writing.ended(batch) or (job.error if job else "")


def _taken_back(batch: Batch, undone: Undone) -> frozenset[str]:
    """Keys of the rows of which nothing that was written is left."""
    gone = set(undone.undone)
    written = [one for one in batch.steps if batch.journal.state(one.id) == "confirmed"]
    left = {one.key for one in written if one.id not in gone}
    return frozenset(one.key for one in written if one.key not in left)


def _counts(batch: Batch) -> dict[str, int]:
    counts = batch.counts()
    return {state: int(counts[state]) for state in STATES}


async def _told(kgtool: Kgtool, batch: Batch, language: str) -> AsyncIterator[str]:
    number = partial(messages.number, language)
    last = b""
    for _ in range(_LOOKS):
        running, counts = await run_in_threadpool(_look, kgtool, batch)
        shown = {state: number(count) for state, count in counts.items()}
        done = counts["confirmed"] + counts["refused"]
        told = msgspec.json.encode({"done": done, "counts": shown})
        if not running:
            yield f"event: end\ndata: {told.decode()}\n\n"
            return
        if told != last:
            yield f"data: {told.decode()}\n\n"
            last = told
        else:
            yield ":\n\n"  # a comment: a client that is gone is noticed
        await asyncio.sleep(_EVERY)


def _look(kgtool: Kgtool, batch: Batch) -> tuple[bool, dict[str, int]]:
    running = kgtool.batch_jobs.goes_on(batch)  # first: what is written before the end is counted
    batch.renew()
    return running, _counts(batch)
