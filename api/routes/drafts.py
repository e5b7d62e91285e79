"""``/api/v1/drafts``: plan a table, look at the plan, decide its rows, export it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from kgtool.drafts import (
    OUTCOMES,
    Against,
    Choice,
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
from kgtool.service.drafts import ExportFormat
from kgtool.service.plan_jobs import Wanted

from ..auth import require
from ..deps import After, CallerDep, KgtoolDep, LanguageDep, Limit
from ..described import may_give

router = APIRouter(prefix="/api/v1/drafts", tags=["drafts"])

_seer = [Depends(require("volunteer", "drafts"))]
_planner = [Depends(require("coordinator", "drafts"))]

Id = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
_OUTCOMES = "^(" + "|".join(OUTCOMES) + ")?$"


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
    choice: Choice
    item: str = Field("", pattern=r"^(Q[1-9]\d{0,9})?$")
    beside: list[str] = []
    replacing: list[str] = []
    against: Against | None = None


@router.get("", dependencies=_seer)
def plans(kgtool: KgtoolDep, caller: CallerDep) -> PlanList:
    """Plans that the caller may see, newest first.

    Coordinators see all; others those that they made, and those about the institution for which
    they speak or one of its sub-collections.
    """
    found = kgtool.plan_access.summaries(caller, 100)
    return PlanList(plans=[_plan_out(kgtool.drafts.kept(one.id)) for one in found])


@router.post(
    "",
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


@router.get("/{id}", dependencies=_seer)
def plan_page(
    id: Id,
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


@router.post("/{id}/decisions", dependencies=_planner, responses=may_give(502, 504))
def decide(
    id: Id, given: DecisionIn, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
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


@router.get("/{id}/export", dependencies=_seer, response_class=PlainTextResponse)
def export(
    id: Id,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    format: ExportFormat = "csv",
) -> str:
    """A plan as a text for another tool or for people."""
    return kgtool.drafts.export(kgtool.plan_access.get(id, caller), format, language)


def _plan_out(made: Plan) -> PlanOut:
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
