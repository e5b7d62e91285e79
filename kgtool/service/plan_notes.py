"""Partners see what is planned for their collections, comment on it, and object before it is done.

Notes are read by coordinators, by whoever wrote them, and by the partner for whom they speak.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Literal

from kgtool.errors import Conflict, Forbidden, UsageError
from kgtool.messages.words import Words
from kgtool.service.callers import Caller
from kgtool.service.plan_access import PlanAccess
from kgtool.store import AuditStore, Event, PlanNote, PlanNoteStore

Kind = Literal["comment", "objection"]
MOST = 5000  # letters


class PlanNotes:
    """Comments on plans and objections to them. ``access`` tells who may see which plan."""

    def __init__(
        self,
        store: PlanNoteStore,
        audit: AuditStore,
        access: PlanAccess,
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._store = store
        self._audit = audit
        self._access = access
        self._clock = clock

    def of(self, id: str, caller: Caller) -> list[PlanNote]:
        """The notes of a plan that the caller may read, oldest first.

        :raises NotFound: there is no such plan that the caller may see.
        """
        self._access.get(id, caller)
        return [note for note in self._store.of(id) if _may_read(note, caller)]

    def add(self, id: str, kind: Kind, text: str, caller: Caller) -> PlanNote:
        """Comment on a plan, or object to it.

        :raises NotFound: there is no such plan that the caller may see.
        :raises UsageError: the text is empty or too long.
        :raises Forbidden: an objection, and the plan is not about the caller's institution; or a
            comment, and the caller is neither of that nor a coordinator.
        """
        text = text.strip()
        if not 0 < len(text) <= MOST:
            raise UsageError(Words("error-note-length", (MOST,)))
        speaks = self._access.speaks(self._access.get(id, caller), caller)
        if not speaks and (kind == "objection" or not caller.may("coordinator")):
            raise Forbidden(
                Words("error-not-your-plan"),
                operator=Words("operator-speaks", ("kgtool user role",)),
            )
        partner = (caller.partner or "") if speaks else ""
        with self._audit.together():
            note = self._store.add(
                id, partner=partner, kind=kind, text=text, by=caller.name, now=self._clock()
            )
            self._tell(caller, f"plan-{kind}", id, note.id)
        return note

    def settle(self, id: str, number: int, answer: str, caller: Caller) -> None:
        """Let an objection stand no longer: withdrawn by its partner, or answered by a coordinator.

        :raises NotFound: there is no such note that the caller may read.
        :raises UsageError: a coordinator gives no answer, or it is too long.
        :raises Conflict: somebody else answered otherwise meanwhile.
        """
        self._access.get(id, caller)
        note = self._store.note(id, number)
        own = bool(note.partner) and note.partner == caller.partner
        if not own:
            caller.need("coordinator")
        if len(answer) > MOST or not (own or answer.strip()):
            raise UsageError(Words("error-say-agreed"))
        with self._audit.together():
            now, answer = self._clock(), answer.strip()
            if self._store.settle(number, by=caller.name, answer=answer, now=now):
                self._tell(caller, "plan-settled", id, number)
            elif answer != note.answer:
                raise Conflict(Words("error-changed"), hint=Words("error-look-again"))

    def check(self, id: str) -> None:
        """Go on only with a plan that nobody objects to.

        :raises Forbidden: somebody does.
        """
        if self._store.standing(id):
            raise Forbidden(
                Words("error-objected"),
                hint=Words("error-answer-objection"),
            )

    def _tell(self, caller: Caller, action: str, id: str, note: int) -> None:
        detail = {"note": note}
        self._audit.note(Event(self._clock(), caller.name, action, f"plan {id}", detail))


def _may_read(note: PlanNote, caller: Caller) -> bool:
    if caller.may("coordinator"):
        return True
    return bool(caller.name) and (
        note.by == caller.name or (bool(note.partner) and note.partner == caller.partner)
    )
