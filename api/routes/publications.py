"""``/api/v1/publications``: tables on wiki pages."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from kgtool.service.published import Asked, What

from ..auth import require
from ..deps import CallerDep, KgtoolDep
from ..described import may_give

router = APIRouter(
    prefix="/api/v1/publications",
    tags=["publications"],
    dependencies=[Depends(require("coordinator", "operation"))],
)

_Measure = Annotated[str, Field(max_length=500)]


class PublicationIn(BaseModel):
    """What to publish where; see ``kgtool publish --help``."""

    model_config = ConfigDict(extra="forbid")

    page: str = Field(min_length=1, max_length=255, description="title of the wiki page")
    what: What = "coverage"
    selection: str = Field(default="", max_length=400)
    missing: list[_Measure] = Field(default=[], max_length=20)
    having: list[_Measure] = Field(default=[], max_length=20)
    by: str = Field(default="", max_length=400)
    measures: list[_Measure] = Field(default=[], max_length=50)
    month: str = Field(default="", max_length=7)
    since: str = Field(default="", max_length=10)
    language: str = Field(default="en", max_length=20)
    name: str = Field(default="", max_length=40, description="of the section")
    append: bool = False


@router.get("")
def publications(kgtool: KgtoolDep) -> Response:
    """The sections that were published on the wiki so far."""
    body = msgspec.json.encode({"publications": kgtool.publishing.sections()})
    return Response(body, media_type="application/json")


@router.post("", responses=may_give(404, 502, 504))
def publish(
    given: PublicationIn,
    kgtool: KgtoolDep,
    caller: CallerDep,
    dry_run: Annotated[bool, Query(description="only say what would change")] = False,
) -> Response:
    """Renew a section between two marks on a wiki page, unless a person has edited it."""
    asked = msgspec.convert(given.model_dump(exclude={"page", "name", "append"}), Asked)
    done = kgtool.publishing.publish(
        given.page, asked, by=caller, name=given.name, append=given.append, dry_run=dry_run
    )
    return Response(msgspec.json.encode(done), media_type="application/json")
