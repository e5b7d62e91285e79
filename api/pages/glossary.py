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
    "property",
    "statement",
    "reference",
    "gap",
    "measure",
    "share",
    "expected",
    "barred",
    "truthy",
    "worklist",
    "selection",
    "reconciliation",
    "shape",
    "draft",
    "batch",
    "helpdesk",
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])


@router.get("/glossary")
def glossary(request: Request) -> Response:
    return render(request, "glossary.html", terms=TERMS)
