"""``/api/v1/batches``: carry plans out, watch, stop, take back."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from kgtool.messages.words import told
from kgtool.wiring import Kgtool
from kgtool.writes import undone_json

from ..auth import require
from ..deps import CallerDep, KgtoolDep, LanguageDep, WantsCsv
from ..described import as_types, may_give
from .drafts import Id

router = APIRouter(
    prefix="/api/v1/batches",
    tags=["drafts"],
    dependencies=[Depends(require("writer", "drafts"))],
)


class BatchIn(BaseModel):
    plan: str = Field(pattern="^[0-9a-f]{12}$")
    trial: int = Field(0, ge=0, description="only the first so many rows")
    approval: str = Field("", max_length=500)


class BatchOut(BaseModel):
    batch: str
    planned: int
    sent: int
    confirmed: int
    refused: int
    unknown: int
    ended: str | None = Field(description="why the last run ended early; empty if it did not")
    undone: dict[str, Any] | None = Field(description="what became of taking it back")
    job: int | None = Field(description="its newest job: see /api/v1/jobs/{id}")


class BatchList(BaseModel):
    batches: list[BatchOut]


@router.get("")
def batches(kgtool: KgtoolDep) -> BatchList:
    """Batches of this workspace, newest first."""
    ids = list(kgtool.batches.ids())[:100]
    return BatchList(batches=[_batch_out(kgtool, id) for id in ids])


@router.post("", status_code=202, responses=may_give(404, 502))
def apply(given: BatchIn, kgtool: KgtoolDep, caller: CallerDep) -> BatchOut:
    """Begin to carry a plan out; it goes on in the background."""
    made = kgtool.drafts.kept(given.plan)
    if given.approval:
        made = msgspec.structs.replace(made, approval=given.approval)
    kgtool.batch_jobs.begin(kgtool.batches.start(made), caller, trial=given.trial)
    return _batch_out(kgtool, given.plan)


@router.get(
    "/{id}",
    response_model=BatchOut,
    responses=as_types("how it stands, or each row", "text/csv"),
)
def batch(
    id: Id, kgtool: KgtoolDep, wants_csv: WantsCsv, language: LanguageDep
) -> BatchOut | PlainTextResponse:
    """How a batch stands; as CSV, every row with its item."""
    if wants_csv:
        return PlainTextResponse(
            kgtool.batches.open(id).report_csv(language), media_type="text/csv"
        )
    return _batch_out(kgtool, id, language)


@router.post("/{id}/resume", status_code=202, responses=may_give(502))
def resume(id: Id, kgtool: KgtoolDep, caller: CallerDep, refused: bool = False) -> BatchOut:
    """Go on with a batch; with ``refused``, try again what the wiki refused."""
    kgtool.batch_jobs.begin(kgtool.batches.open(id), caller, refused=refused)
    return _batch_out(kgtool, id)


@router.post("/{id}/stop", status_code=202)
def stop(id: Id, kgtool: KgtoolDep, caller: CallerDep) -> BatchOut:
    """Let a running batch end after its current edit."""
    kgtool.batch_jobs.stop(kgtool.batches.open(id), caller)
    return _batch_out(kgtool, id)


@router.post("/{id}/undo", status_code=202, responses=may_give(502))
def undo(
    id: Id,
    kgtool: KgtoolDep,
    caller: CallerDep,
    reason: Annotated[str, Query(max_length=250)] = "",
) -> BatchOut:
    """Begin to take a batch back, as far as others have not edited since."""
    kgtool.batch_jobs.begin_undo(kgtool.batches.open(id), caller, reason.strip())
    return _batch_out(kgtool, id)


def _batch_out(kgtool: Kgtool, id: str, language: str = "en") -> BatchOut:
    found = kgtool.batches.open(id)
    undone, ended = kgtool.batches.writing.undone(found), kgtool.batches.writing.ended(found)
    job = kgtool.batch_jobs.job(found)
    return BatchOut.model_validate(
        {
            **found.counts(),
            "ended": None if ended is None else told(ended, language),
            "undone": undone_json(undone, language) if undone else None,
            "job": job.id if job else None,
        }
    )
