"""``/api/v1/drafts`` and ``/api/v1/batches``: plan a table, decide its rows, apply, watch, undo."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from kgtool.drafts import (
    OUTCOMES,
    Plan,
    Row,
    drafts_of_commands,
    load_mapping,
    mapping_names,
    outcome_name,
    parse_mapping,
    parse_permission,
    row_json,
)
from kgtool.errors import NotFound, UsageError
from kgtool.messages.words import told
from kgtool.service.plan_jobs import Wanted
from kgtool.writes import undone_json

from ..auth import require
from ..deps import After, CallerDep, KgtoolDep, LanguageDep, Limit, WantsCsv
from ..described import as_types, may_give

router = APIRouter(prefix="/api/v1", tags=["drafts"])

_seer = [Depends(require("volunteer", "drafts"))]
_planner = [Depends(require("coordinator", "drafts"))]
_writer = [Depends(require("writer", "drafts"))]

_Id = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
_OUTCOMES = "^(" + "|".join(OUTCOMES) + ")?$"
Against = Literal["workspace", "wiki"]


class PermissionIn(BaseModel):
    by: str = Field(max_length=200)
    date: str = Field(max_length=10, description="as 2026-11-24")
    link: str = Field(max_length=500)


class DraftsIn(BaseModel):
    """A table to be planned, with the name of a shipped mapping or the text of one."""

    rows: list[dict[str, str | list[str]]] = Field([], max_length=50_000)
    quickstatements: str = Field("", max_length=5_000_000, description="or a batch in their V1")
    mapping: str = Field("", max_length=60, description="name of a shipped mapping")
    mapping_toml: str = Field("", max_length=200_000, description="or a mapping as TOML")
    parameters: dict[str, str] = {}
    lookups: dict[str, dict[str, str]] = {}
    permission: PermissionIn | None = None
    against: Against = "workspace"
    shape: str = Field("", max_length=60)
    approval: str = Field("", max_length=500)


class PlanOut(BaseModel):
    id: str
    title: str
    wiki: str
    made: str
    permission: str
    approval: str
    unread: list[str] = Field(description="properties whose constraints could not be read")
    counts: dict[str, int]


class PlanBegun(BaseModel):
    """``/api/v1/jobs/{job}`` says how it goes; then the plan is there under ``id``."""

    id: str
    job: int


class PlanList(BaseModel):
    plans: list[PlanOut]


class PlanPage(PlanOut):
    rows: list[dict[str, Any]]
    next: str | None


class DecisionIn(BaseModel):
    row: str = Field(max_length=300, description="its key or number")
    choice: Literal["create", "complete", "skip"]
    item: str = Field("", pattern=r"^(Q[1-9]\d{0,9})?$")
    beside: list[str] = []
    replacing: list[str] = []
    against: Against | None = None


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


@router.get("/drafts", dependencies=_seer)
def plans(kgtool: KgtoolDep, caller: CallerDep) -> PlanList:
    """Plans that the caller may see, newest first.

    Coordinators see all; others those that they made, and those about the institution for which
    they speak or one of its sub-collections.
    """
    found = kgtool.plan_access.summaries(caller, 100)
    return PlanList(plans=[_plan_out(kgtool.drafts.kept(one.id)) for one in found])


@router.post(
    "/drafts",
    dependencies=_planner,
    status_code=201,
    response_model=PlanOut,
    responses={
        202: {"model": PlanBegun, "description": "the plan is made in the background"},
        **may_give(404, 502, 504),
    },
)
def plan(given: DraftsIn, kgtool: KgtoolDep, caller: CallerDep) -> PlanOut | JSONResponse:
    """Say what would become of every row; the plan is kept under its id.

    Plans of more than 200 rows are made in the background: the answer is 202 with the job, whose
    result names the plan.
    """
    if bool(given.mapping) == bool(given.mapping_toml):
        raise UsageError("Give either mapping, the name of a shipped one, or mapping_toml.")
    if given.mapping and given.mapping not in mapping_names():
        raise NotFound(f"There is no mapping named “{given.mapping}”.")
    rules = load_mapping(given.mapping) if given.mapping else parse_mapping(given.mapping_toml)
    if given.permission is not None:
        allowed = parse_permission(
            given.permission.by, given.permission.date, given.permission.link
        )
        rules = msgspec.structs.replace(rules, permission=allowed)
    if bool(given.rows) == bool(given.quickstatements):
        raise UsageError("Give either rows or quickstatements.")
    wanted = Wanted(
        mapping=rules,
        rows=[Row(number, dict(cells)) for number, cells in enumerate(given.rows, 1)],
        drafts=drafts_of_commands(given.quickstatements, kgtool.profile),
        parameters=given.parameters,
        lookups=given.lookups,
        against=given.against,
        shape=given.shape,
        approval=given.approval,
    )
    made = kgtool.plan_jobs.plan(wanted, caller)
    if isinstance(made, Plan):
        return _plan_out(made)
    begun = PlanBegun(id=made.arguments["plan"], job=made.id)
    where = {"Location": f"/api/v1/jobs/{made.id}"}
    return JSONResponse(begun.model_dump(), 202, where)


@router.get("/drafts/{id}", dependencies=_seer)
def plan_page(
    id: _Id,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    outcome: Annotated[str, Query(pattern=_OUTCOMES)] = "",
    limit: Limit = 100,
    after: After = None,
) -> PlanPage:
    """A plan's rows, page by page; with ``outcome``, those that end so."""
    made = kgtool.plan_access.get(id, caller)
    start = int(after) if after and after.isdecimal() else 0
    chosen = [
        (number, row)
        for number, row in enumerate(made.rows, 1)
        if number > start and outcome in ("", outcome_name(row))
    ]
    page = chosen[:limit]
    next = str(page[-1][0]) if len(chosen) > limit else None
    rows = [row_json(row, language) for _, row in page]
    return PlanPage(**_plan_out(made).model_dump(), rows=rows, next=next)


@router.post("/drafts/{id}/decisions", dependencies=_planner, responses=may_give(502, 504))
def decide(
    id: _Id, given: DecisionIn, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> dict[str, Any]:
    """Decide a row that waits for a person."""
    made = kgtool.drafts.decide_kept(
        id,
        given.row,
        given.choice,
        given.item,
        beside=given.beside,
        replacing=given.replacing,
        by=caller.name,
        against=given.against,
    )
    return next(row_json(r, language) for r in made.rows if given.row in (r.key, str(r.row)))


@router.get("/drafts/{id}/export", dependencies=_seer, response_class=PlainTextResponse)
def export(
    id: _Id,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    format: Literal["quickstatements", "mismatches", "csv", "approval", "proposals"] = "csv",
) -> str:
    """A plan as a text for another tool or for people."""
    return kgtool.drafts.export(kgtool.plan_access.get(id, caller), format, language)


@router.get("/batches", dependencies=_writer)
def batches(kgtool: KgtoolDep) -> BatchList:
    """Batches of this workspace, newest first."""
    ids = list(kgtool.batches.ids())[:100]
    return BatchList(batches=[_batch_out(kgtool, id) for id in ids])


@router.post("/batches", dependencies=_writer, status_code=202, responses=may_give(404, 502))
def apply(given: BatchIn, kgtool: KgtoolDep, caller: CallerDep) -> BatchOut:
    """Begin to carry a plan out; it goes on in the background."""
    made = kgtool.drafts.kept(given.plan)
    if given.approval:
        made = msgspec.structs.replace(made, approval=given.approval)
    kgtool.batch_jobs.begin(kgtool.batches.start(made), caller, trial=given.trial)
    return _batch_out(kgtool, given.plan)


@router.get(
    "/batches/{id}",
    dependencies=_writer,
    response_model=BatchOut,
    responses=as_types("how it stands, or each row", "text/csv"),
)
def batch(
    id: _Id, kgtool: KgtoolDep, wants_csv: WantsCsv, language: LanguageDep
) -> BatchOut | PlainTextResponse:
    """How a batch stands; as CSV, every row with its item."""
    if wants_csv:
        return PlainTextResponse(
            kgtool.batches.open(id).report_csv(language), media_type="text/csv"
        )
    return _batch_out(kgtool, id, language)


@router.post("/batches/{id}/resume", dependencies=_writer, status_code=202, responses=may_give(502))
def resume(id: _Id, kgtool: KgtoolDep, caller: CallerDep, refused: bool = False) -> BatchOut:
    """Go on with a batch; with ``refused``, try again what the wiki refused."""
    kgtool.batch_jobs.begin(kgtool.batches.open(id), caller, refused=refused)
    return _batch_out(kgtool, id)


@router.post("/batches/{id}/stop", dependencies=_writer, status_code=202)
def stop(id: _Id, kgtool: KgtoolDep, caller: CallerDep) -> BatchOut:
    """Let a running batch end after its current edit."""
    kgtool.batch_jobs.stop(kgtool.batches.open(id), caller)
    return _batch_out(kgtool, id)


@router.post("/batches/{id}/undo", dependencies=_writer, status_code=202, responses=may_give(502))
def undo(
    id: _Id,
    kgtool: KgtoolDep,
    caller: CallerDep,
    reason: Annotated[str, Query(max_length=250)] = "",
) -> BatchOut:
    """Begin to take a batch back, as far as others have not edited since."""
    kgtool.batch_jobs.begin_undo(kgtool.batches.open(id), caller, reason.strip())
    return _batch_out(kgtool, id)


def _plan_out(made: Any) -> PlanOut:
    return PlanOut(
        id=made.id,
        title=made.title,
        wiki=made.wiki,
        made=made.made,
        permission=made.permission,
        approval=made.approval,
        unread=made.unread,
        counts=made.counts(),
    )


def _batch_out(kgtool: Any, id: str, language: str = "en") -> BatchOut:
    found = kgtool.batches.open(id)
    undone, ended = kgtool.batches.writing.undone(found), kgtool.batches.writing.ended(found)
    job = kgtool.batch_jobs.job(found)
    return BatchOut(
        **found.counts(),
        ended=None if ended is None else told(ended, language),
        undone=undone_json(undone, language) if undone else None,
        job=job.id if job else None,
    )
