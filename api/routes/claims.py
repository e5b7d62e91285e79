"""``/api/v1/claims``: who works on which gaps."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from kgtool.service.callers import Caller
from kgtool.store import Claim

from ..auth import require
from ..deps import CallerDep, KgtoolDep

router = APIRouter(prefix="/api/v1/claims", tags=["claims"])

_volunteer = [Depends(require("volunteer", "claims"))]


class ClaimIn(BaseModel):
    """Items of a worklist that the caller means to work on."""

    items: list[str] = Field(min_length=1, max_length=500, description="QIDs")
    missing: str = Field(max_length=250, description="the measure that is missing")
    selection: str = Field(max_length=120)


class ClaimOut(BaseModel):
    item: str
    missing: str
    selection: str
    mine: bool
    expires: datetime.datetime


class ClaimPage(BaseModel):
    claims: list[ClaimOut]


@router.get("", dependencies=[Depends(require("anyone"))])
def claims(
    kgtool: KgtoolDep,
    caller: CallerDep,
    selection: Annotated[str | None, Query(max_length=120)] = None,
    missing: Annotated[str | None, Query(max_length=250)] = None,
) -> ClaimPage:
    """Items that somebody works on. Whose they are is not said, only whether they are yours."""
    found = kgtool.claims.standing(selection=selection, missing=missing)
    return ClaimPage(claims=[_out(one, caller) for one in found])


@router.post("", dependencies=_volunteer, status_code=201)
def claim(given: ClaimIn, kgtool: KgtoolDep, caller: CallerDep) -> ClaimPage:
    """Claim items for 14 days; those that somebody else has are left out of the answer."""
    made = kgtool.claims.claim(
        given.items, selection=given.selection, missing=given.missing, caller=caller
    )
    return ClaimPage(claims=[_out(one, caller) for one in made])


@router.post("/release", dependencies=_volunteer)
def release(given: ClaimIn, kgtool: KgtoolDep, caller: CallerDep) -> dict[str, int]:
    """Give claimed items back."""
    return {"released": kgtool.claims.release(given.items, missing=given.missing, caller=caller)}


def _out(one: Claim, caller: Caller) -> ClaimOut:
    return ClaimOut(
        item=one.item,
        missing=one.missing,
        selection=one.selection,
        mine=bool(caller.name) and one.by == caller.name,
        expires=one.expires,
    )
