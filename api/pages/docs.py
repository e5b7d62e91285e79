"""The routes of the API, from its own description, without scripts of other hosts."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ..auth import require
from .render import render

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])


@router.get("/docs")
def docs(request: Request) -> Response:
    parts: dict[str, list[tuple[str, str, dict[str, object]]]] = {}
    for path, methods in request.app.openapi()["paths"].items():
        for method, described in methods.items():
            tag = (described.get("tags") or ["other"])[0]
            parts.setdefault(tag, []).append((method.upper(), path, described))
    return render(request, "docs.html", parts=sorted(parts.items()))
