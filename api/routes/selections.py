"""``/api/v1/selections``: selections saved under names."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from kgtool.store import SavedSelection

from ..auth import require
from ..deps import CallerDep, KgtoolDep, Limit
from ..models import Page

router = APIRouter(prefix="/api/v1/selections", tags=["selections"])

Name = Annotated[str, Path(max_length=80, description="small letters, digits, hyphens")]
_anyone = [Depends(require("anyone"))]
_volunteer = [Depends(require("volunteer", "claims"))]


class SelectionIn(BaseModel):
    """A selection to save."""

    title: str = Field(max_length=250)
    definition: dict[str, object] = Field(
        description="`kind` is partners (qids, role), items (qids), query (query), focus (qid) or "
        "pagepile (number)"
    )


class SelectionOut(BaseModel):
    name: str
    title: str
    definition: dict[str, object]
    made: datetime.datetime


class SelectionPage(Page):
    selections: list[SelectionOut]


@router.get("", dependencies=_anyone)
def selections(
    kgtool: KgtoolDep, after: Annotated[str, Query(max_length=80)] = "", limit: Limit = 100
) -> SelectionPage:
    """Saved selections by name."""
    found = kgtool.saved_selections.find(after=after, limit=limit + 1)
    more = len(found) > limit
    return SelectionPage(
        selections=[_out(one) for one in found[:limit]],
        next=found[limit - 1].name if more else None,
    )


@router.get("/{name}", dependencies=_anyone)
def selection(name: Name, kgtool: KgtoolDep) -> SelectionOut:
    """One saved selection."""
    return _out(kgtool.saved_selections.get(name))


@router.put("/{name}", dependencies=_volunteer)
def save(name: Name, given: SelectionIn, kgtool: KgtoolDep, caller: CallerDep) -> SelectionOut:
    """Save a selection, for example `{"kind": "items", "qids": ["Q42"]}`; or replace one's own."""
    return _out(kgtool.saved_selections.save(name, given.title, given.definition, caller))


@router.delete("/{name}", dependencies=_volunteer, status_code=204)
def remove(name: Name, kgtool: KgtoolDep, caller: CallerDep) -> None:
    """Remove one's own selection; coordinators may remove any."""
    kgtool.saved_selections.remove(name, caller)


def _out(one: SavedSelection) -> SelectionOut:
    return SelectionOut(name=one.name, title=one.title, definition=one.definition, made=one.made)
