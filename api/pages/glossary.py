"""The field's words, explained."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ..auth import require
from .render import render

TERMS = (
    "content",
    "partner",
    "collection",
    "item",
    "label",
    "property",
    "statement",
    "reference",
    "qualifier",
    "rank",
    "gap",
    "measure",
    "share",
    "expected",
    "barred",
    "truthy",
    "worklist",
    "claim",
    "selection",
    "focus-list",
    "reconciliation",
    "shape",
    "draft",
    "mapping",
    "plan",
    "batch",
    "affiliate",
    "helpdesk",
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])


@router.get("/glossary")
def glossary(request: Request) -> Response:
    return render(request, "glossary.html", terms=TERMS)
