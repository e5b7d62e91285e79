"""Style sheet, scripts and marks: named by content, kept for a year."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, Response

from kgtool.errors import NotFound
from kgtool.messages.words import Words

from ..auth import require
from .render import STATIC

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])


@router.get("/static/{name}")
def static(name: str) -> Response:
    path = STATIC / name
    if path.parent != STATIC or not path.is_file():
        raise NotFound(Words("error-no-page"))
    return FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/robots.txt")
def robots() -> Response:
    # Worklists are endless; the first pages are for everybody.
    return Response(
        "User-agent: *\nDisallow: /api/\nDisallow: /worklists\n", media_type="text/plain"
    )
