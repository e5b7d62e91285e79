"""Forms on a plan's page: comment, object, settle."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import Response

from kgtool.service.plan_notes import MOST

from ..auth import require_form
from ..deps import CallerDep, KgtoolDep
from .drafts import PlanId
from .render import go

router = APIRouter(prefix="/drafts/{id}/notes", include_in_schema=False)

_partner_form = [Depends(require_form("partner"))]
_Text = Annotated[str, Form(max_length=MOST)]


@router.post("", dependencies=_partner_form)
def add(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    text: _Text = "",
    kind: Annotated[Literal["comment", "objection"], Form()] = "comment",
) -> Response:
    kgtool.plan_notes.add(id, kind, text, caller)
    return go(request, f"/drafts/{id}")


@router.post("/{number}/settle", dependencies=_partner_form)
def settle(
    id: PlanId,
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    answer: _Text = "",
) -> Response:
    kgtool.plan_notes.settle(id, number, answer, caller)
    return go(request, f"/drafts/{id}")
