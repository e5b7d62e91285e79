"""Pages of drafts: the list, and a plan: what would become of each row, decided and written."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import Response

from kgtool.drafts import (
    OUTCOMES,
    Choice,
    Plan,
    load_mapping,
    mapping_names,
    outcome_name,
)
from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.service import catalogue
from kgtool.service.drafts import ExportFormat

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .draft_form import COMMANDS, OWN
from .plan_rows import ids_of, row_view
from .render import go, render

router = APIRouter(prefix="/drafts", include_in_schema=False)

EXPORTS = {
    "csv": ("text/csv", "csv"),
    "quickstatements": ("text/plain", "txt"),
    "mismatches": ("text/csv", "csv"),
    "approval": ("text/plain", "txt"),
    "proposals": ("text/plain", "txt"),
}
_CHOICES: dict[str, Choice] = {"create": "create", "skip": "skip"}
_PAGE = 25
_LIST = 50
PlanId = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
Word = Annotated[str, Form(max_length=500)]
Outcome = Annotated[str, Query(pattern="^(" + "|".join(OUTCOMES) + ")?$")]
After = Annotated[int, Query(ge=0, le=10_000_000)]
_volunteer = [Depends(require("volunteer"))]
_volunteer_form = [Depends(require_form("volunteer"))]


@router.get("", dependencies=[Depends(require("anyone"))])
def drafts(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    seen = caller.may("volunteer")
    return render(
        request,
        "drafts.html",
        plans=kgtool.plan_access.summaries(caller, _LIST) if seen else [],
        batches=kgtool.plan_access.listed(kgtool.batches.files(), caller, _LIST) if seen else [],
        mappings=[
            (name, catalogue.title(name, load_mapping(name).title, language))
            for name in mapping_names()
        ],
        outcomes=OUTCOMES,
        own=OWN,
        commands=COMMANDS,
    )


@router.get("/{id}", dependencies=_volunteer)
def one_plan(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    outcome: Outcome = "",
    after: After = 0,
) -> Response:
    made = kgtool.plan_access.get(id, caller)
    chosen = [
        (number, row)
        for number, row in enumerate(made.rows, 1)
        if number > after and outcome in ("", outcome_name(row))
    ]
    rows = [row_view(row, language) for _, row in chosen[:_PAGE]]
    items, properties = ids_of(rows)
    return render(
        request,
        "plan.html",
        form=True,
        plan=made,
        made=datetime.fromisoformat(made.made),
        counts=made.counts(),
        outcomes=OUTCOMES,
        outcome=outcome,
        after=after,
        rows=rows,
        next=chosen[_PAGE - 1][0] if len(chosen) > _PAGE else 0,
        labels=kgtool.labels.of(items, language),
        names=kgtool.wording.of(properties | set(made.unread), language),
        exports=[name for name in EXPORTS if name != "proposals" or made.proposals],
        begun=id in set(kgtool.batches.ids()),
        wiki=kgtool.profile.title,
        notes=kgtool.plan_notes.of(id, caller),
        may_object=kgtool.plan_access.speaks(made, caller),
        may_decide=kgtool.plan_access.decides(made, caller),
    )


@router.post("/{id}/decide", dependencies=_volunteer_form)
def decide(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    row: Annotated[str, Form(max_length=300)],
    choice: Annotated[str, Form(pattern=r"^(create|skip|complete( Q[1-9]\d{0,9})?)$")],
    item: Annotated[str, Form(pattern=r"^\s*(Q[1-9]\d{0,9})?\s*$")] = "",
    conflicts: Annotated[list[str] | None, Form(max_length=40)] = None,
    outcome: Annotated[str, Form(max_length=20)] = "",
    after: Annotated[int, Form(ge=0)] = 0,
) -> Response:
    kgtool.plan_access.need_decides(id, caller)
    named = choice.removeprefix("complete").strip() if choice.startswith("complete") else ""
    word: Choice = "complete" if choice.startswith("complete") else _CHOICES[choice]
    ways: dict[str, list[str]] = {"beside": [], "replace": [], "leave": []}
    for one in conflicts or []:
        property, _, way = one.partition(" ")
        if way not in ways:
            raise UsageError(Words("error-settle-way", (one,)))
        ways[way].append(property)
    kgtool.drafts.decide_kept(
        id,
        row,
        word,
        (named or item.strip()) if word == "complete" else "",
        beside=ways["beside"] if word == "complete" else [],
        replacing=ways["replace"] if word == "complete" else [],
        by=caller.name,
    )
    back = {"after": str(after)} if after else {}
    return go(request, f"/drafts/{id}", outcome=outcome, **back)


@router.get("/{id}/{format}", dependencies=_volunteer)
def export(
    id: PlanId,
    format: ExportFormat,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
) -> Response:
    kind, ending = EXPORTS[format]
    return Response(
        kgtool.drafts.export(kgtool.plan_access.get(id, caller), format, language),
        media_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{format}-{id}.{ending}"'},
    )


@router.post("/{id}/apply", dependencies=[Depends(require_form("writer"))])
def apply(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    trial: Annotated[int, Form(ge=0, le=1_000_000)] = 0,
    approval: Word = "",
) -> Response:
    made: Plan = kgtool.drafts.kept(id)
    if approval.strip():
        made = msgspec.structs.replace(made, approval=approval.strip())
    kgtool.batch_jobs.begin(kgtool.batches.start(made), caller, trial=trial)
    return go(request, f"/batches/{id}")
