"""What partners and coordinators say of a plan before it is carried out."""

from __future__ import annotations

import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, func, insert, select, update

from kgtool.errors import NotFound
from kgtool.messages.words import Words
from kgtool.store import schema
from kgtool.store.database import Database, number_of

_note = schema.plan_note


class PlanNote(Struct, frozen=True):
    """A comment or an objection; ``partner`` is for whom it speaks, empty for the office.

    An objection stands until ``settled``, with ``answer`` as the reason.
    """

    id: int
    plan: str
    partner: str
    kind: str
    text: str
    by: str
    at: datetime.datetime
    settled: datetime.datetime | None
    settled_by: str
    answer: str

    @property
    def stands(self) -> bool:
        """Whether it is an objection that nobody settled."""
        return self.kind == "objection" and self.settled is None


class PlanNoteStore:
    """Notes by plan."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, plan: str, *, partner: str, kind: str, text: str, by: str, now: datetime.datetime
    ) -> PlanNote:
        """Keep a note."""
        row = {"plan": plan, "partner": partner, "kind": kind, "text": text, "by": by, "at": now}
        with self._database.begin() as connection:
            id = number_of(connection.execute(insert(_note).values(row)))
            found = connection.execute(select(_note).where(_note.c.id == id)).one()
        return _as_note(found)

    def of(self, plan: str) -> list[PlanNote]:
        """The notes of a plan, oldest first."""
        query = select(_note).where(_note.c.plan == plan).order_by(_note.c.id)
        with self._database.read() as connection:
            return [_as_note(row) for row in connection.execute(query)]

    def note(self, plan: str, id: int) -> PlanNote:
        """One note of a plan.

        :raises NotFound: it has none of that number.
        """
        query = select(_note).where(_note.c.plan == plan, _note.c.id == id)
        with self._database.read() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise NotFound(Words("error-no-note", (plan, str(id))))
        return _as_note(found)

    def settle(self, id: int, *, by: str, answer: str, now: datetime.datetime) -> bool:
        """Let an objection stand no longer; one that was settled before stays, and it says so."""
        values = {"settled": now, "settled_by": by, "answer": answer}
        open_ = (_note.c.id == id) & _note.c.settled.is_(None)
        with self._database.begin() as connection:
            return connection.execute(update(_note).where(open_).values(values)).rowcount > 0

    def standing(self, plan: str) -> int:
        """How many objections stand against a plan."""
        query = select(func.count()).where(
            _note.c.plan == plan, _note.c.kind == "objection", _note.c.settled.is_(None)
        )
        with self._database.read() as connection:
            found: int = connection.execute(query).scalar_one()
        return found


def _as_note(row: Row[Any]) -> PlanNote:
    return PlanNote(**{name: getattr(row, name) for name in PlanNote.__struct_fields__})
