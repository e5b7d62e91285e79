"""``/api/v1/drafts/{id}/notes``: what partners and coordinators say of a plan."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from kgtool.service.plan_notes import MOST
from kgtool.store import PlanNote

from ..auth import require
from ..deps import CallerDep, KgtoolDep

router = APIRouter(prefix="/api/v1/drafts/{id}/notes", tags=["drafts"])

_Id = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_partner = [Depends(require("partner", "drafts"))]


class NoteIn(BaseModel):
    kind: Literal["comment", "objection"] = "comment"
    text: str = Field(min_length=1, max_length=MOST)


class AnswerIn(BaseModel):
    answer: str = Field("", max_length=MOST, description="what was agreed; partners may say none")


class NoteOut(BaseModel):
    """A note; an objection stands until it is settled, and nothing is written while it does."""

    id: int
    partner: str = Field(description="for whom it speaks; empty for the office")
    kind: Literal["comment", "objection"]
    text: str
    by: str
    at: datetime.datetime
    settled: datetime.datetime | None
    settled_by: str
    answer: str


class NoteList(BaseModel):
    notes: list[NoteOut]


@router.get("", dependencies=_partner)
def notes(id: _Id, kgtool: KgtoolDep, caller: CallerDep) -> NoteList:
    """The notes of a plan that the caller may read: coordinators all, others their own."""
    return NoteList(notes=[_out(note) for note in kgtool.plan_notes.of(id, caller)])


@router.post("", dependencies=_partner, status_code=201)
def add(id: _Id, given: NoteIn, kgtool: KgtoolDep, caller: CallerDep) -> NoteOut:
    """Comment on a plan or object to it, for the institution that the caller speaks for."""
    return _out(kgtool.plan_notes.add(id, given.kind, given.text, caller))


@router.post("/{number}/settle", dependencies=_partner)
def settle(
    id: _Id, number: _Number, given: AnswerIn, kgtool: KgtoolDep, caller: CallerDep
) -> NoteList:
    """Withdraw an objection, or answer it."""
    kgtool.plan_notes.settle(id, number, given.answer, caller)
    return NoteList(notes=[_out(note) for note in kgtool.plan_notes.of(id, caller)])


def _out(note: PlanNote) -> NoteOut:
    return NoteOut(**{name: getattr(note, name) for name in NoteOut.model_fields})
