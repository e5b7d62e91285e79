"""The helpdesk: requests from the first question to the shared outcome."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any, Literal, Unpack

from msgspec.structs import replace

from kgtool.errors import Conflict, NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.partners import Request, RequestCheck, RequestEvent, moves_from, overdue
from kgtool.partners import request as rules
from kgtool.partners.partner import one_of
from kgtool.partners.request_table import from_csv
from kgtool.service.callers import Caller
from kgtool.service.request_idea import Idea, fields_of
from kgtool.store import AuditStore, Event, RequestStore

CONTACT_DAYS = 30


class Requests:
    """Requests as a caller may see them: coordinators and the author all, others what is public."""

    def __init__(
        self,
        store: RequestStore,
        audit: AuditStore,
        country: Callable[[str], str],
        clock: Callable[[], datetime.datetime],
    ) -> None:
        """``country`` gives the QID of a country as people name it."""
        self._store = store
        self._audit = audit
        self._country = country
        self._clock = clock

    @property
    def keeps_contacts(self) -> bool:
        """Whether an address for the answer can be kept (there is a key to encrypt it)."""
        return self._store.keeps_contacts

    def make(self, caller: Caller, *, contact: str = "", **told: Unpack[Idea]) -> Request:
        """Make a request, which has a title and a description at least. Anyone may.

        :raises UsageError: something needed is missing, not right or too long.
        """
        now = self._clock()
        last = now.date() + datetime.timedelta(days=CONTACT_DAYS)
        needed: Idea = {"title": "", "description": ""}
        one = Request(
            **fields_of({**needed, **told}, self._country),
            author=caller.name,
            contact=contact.strip(),
            contact_delete_after=last if contact.strip() else None,
            made=now,
            moved=now,
            events=[RequestEvent(now, caller.name, "moved", "new")],
        )
        rules.bounded(one)
        with self._audit.together():
            number = self._store.add(one)
            self._note(caller, "request-make", number)
        return replace(one, id=number)

    def get(self, number: int, caller: Caller) -> Request:
        """One request, as the caller may see it.

        :raises NotFound: there is none, or the caller may not know that there is.
        """
        return self._known(number, caller)[1]

    def find(
        self,
        caller: Caller,
        *,
        state: str | None = None,
        partner: str | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> tuple[list[Request], int | None]:
        """Requests that the caller may see, newest first, and the token of the next page."""
        if state is not None:
            state = one_of(state, rules.STATES)
        shown: list[Request] = []
        while True:
            page = self._store.find(state=state, partner=partner, after=after, limit=limit + 1)
            for one in page:
                seen = self._seen(one, caller)
                if seen is None or (partner is not None and seen.partner != partner):
                    continue
                if len(shown) == limit:
                    return shown, shown[-1].id
                shown.append(seen)
            if len(page) <= limit:
                return shown, None
            after = page[-1].id

    def board(self, caller: Caller) -> dict[str, list[tuple[Request, int]]]:
        """Requests by state, those who wait longest first, each with its days of waiting too long.

        Of closed ones, the 20 that moved last.
        """
        now = self._clock()
        columns: dict[str, list[tuple[Request, int]]] = {state: [] for state in rules.STATES}
        for one in self._store.find():
            seen = self._seen(one, caller)
            if seen is not None:
                columns[seen.state].append((seen, overdue(one, now)))
        for state, requests in columns.items():
            closed = state in ("done", "declined", "withdrawn")
            requests.sort(key=lambda pair: pair[0].moved, reverse=closed)
            if closed:
                del requests[20:]
        return columns

    def move(
        self, number: int, to: str, caller: Caller, *, note: str = "", version: int | None = None
    ) -> Request:
        """Bring a request to another state; the author may withdraw it.

        ``version`` is that of the request which the caller looked at when they decided.

        :raises UsageError: it cannot go there from where it is; names where it can.
        :raises Conflict: it has another version by now; nothing is changed.
        """
        to = one_of(to, rules.STATES)
        with self._audit.together():
            one = self._at(number, version, caller, own=to == "withdrawn")
            if to not in moves_from(one.state):
                raise UsageError(
                    Words("error-request-way", (str(number), _state(one.state), _state(to))),
                    hint=Words("error-from-there", (", ".join(moves_from(one.state)),)),
                )
            if to == "done" and not one.result:
                raise UsageError(
                    Words("error-no-result", (str(number),)), hint=Words("error-say-result")
                )
            if to in rules.DECISIONS and not note.strip():
                raise UsageError(
                    Words("error-request-reason", (str(number), _state(to))),
                    hint=Words("error-say-why"),
                )
            now = self._clock()
            moved = replace(one, state=to, moved=now, replied=True)
            text = f"{to}: {note}" if note else to
            self._store.change(moved, RequestEvent(now, caller.name, "moved", text))
            self._note(caller, "request-move", number, to=to)
        return self.get(number, caller)

    def comment(self, number: int, text: str, caller: Caller) -> Request:
        """Add a comment: coordinators, the author and the working group may.

        One by a coordinator counts as a reply; one by somebody else waits for one.
        """
        one, _ = self._known(number, caller)
        if not caller.name or caller.name not in (one.author, *rules.members(one)):
            caller.need("coordinator")
        if not text.strip() or len(text) > 20_000:
            raise UsageError(Words("error-comment-length"))
        event = RequestEvent(self._clock(), caller.name, "commented", text.strip())
        with self._audit.together():
            self._store.tell(number, event, replied=caller.may("coordinator"))
            self._note(caller, "request-comment", number)
        return self.get(number, caller)

    def join(self, number: int, caller: Caller, *, leave: bool = False) -> Request:
        """Join the working group of a request that the caller may see, or leave it.

        :raises UsageError: the request is not worked on.
        """
        caller.need("volunteer")
        self.get(number, caller)
        with self._audit.together():
            one = self._store.get(number)
            if one.state not in rules.WORKED_ON and not leave:
                raise UsageError(Words("error-no-group", (str(number),)))
            if (caller.name in rules.members(one)) is leave:
                event = RequestEvent(self._clock(), caller.name, "left" if leave else "joined")
                self._store.tell(number, event)
                self._note(caller, "request-leave" if leave else "request-join", number)
        return self.get(number, caller)

    def check(
        self,
        number: int,
        found: Iterable[RequestCheck],
        caller: Caller,
        *,
        version: int | None = None,
    ) -> Request:
        """Note what the committee finds on aspects of the checklist; raises as :meth:`move`.

        A finding without a verdict takes back what was found.
        """
        given = {one.aspect: rules.checked(one) for one in found}
        with self._audit.together():
            one = self._at(number, version, caller)
            known = {check.aspect: check for check in one.checks}
            open = {aspect: RequestCheck(aspect, "") for aspect in rules.ASPECTS}
            changed = [c for a, c in given.items() if c != known.get(a, open[a])]
            if changed:
                now = self._clock()
                events = [
                    RequestEvent(now, caller.name, "checked", f"{c.aspect}: {c.verdict}".rstrip())
                    for c in changed
                ]
                checks = [c for c in {**open, **known, **given}.values() if c.verdict]
                self._store.change(replace(one, checks=checks), *events)
                aspects = [check.aspect for check in changed]
                self._note(caller, "request-check", number, aspects=aspects)
        return self.get(number, caller)

    def describe(
        self,
        number: int,
        caller: Caller,
        *,
        version: int | None = None,
        reason: str = "",
        **told: Unpack[Idea],
    ) -> Request:
        """Change what a request tells, as more becomes known; raises as :meth:`move`.

        Coordinators may, and the author until the committee looks at it.
        """
        fields = fields_of(told, self._country)
        with self._audit.together():
            self._change(self.to_describe(number, caller, version), fields, caller, reason)
        return self.get(number, caller)

    def to_describe(self, number: int, caller: Caller, version: int | None = None) -> Request:
        """The request, whole, for whoever may :meth:`describe` it; raises as that."""
        whole, _ = self._known(number, caller)
        return self._at(number, version, caller, own=whole.state in rules.GATHERING)

    def change(
        self,
        number: int,
        caller: Caller,
        *,
        advice: str | None = None,
        priority: str | None = None,
        result: str | None = None,
        assigned: str | None = None,
        meeting: datetime.date | Literal[""] | None = None,
        publish: Iterable[str] | None = None,
        reason: str = "",
        version: int | None = None,
    ) -> Request:
        """Change what is given of a request; an empty text empties its field.

        ``publish`` is the whole set of published fields. ``reason`` goes into its history;
        ``version`` and what is raised are as :meth:`move` has them.
        """
        fields: dict[str, Any] = {"advice": advice, "result": result, "assigned": assigned}
        fields["priority"] = one_of(priority, rules.PRIORITIES) if priority else priority
        if publish is not None:
            shown = {one_of(f, rules.PUBLISHABLE) for f in publish}
            fields["published"] = frozenset(shown | {"listed"} if shown else shown)
        fields = {field: value for field, value in fields.items() if value is not None}
        if meeting is not None:
            fields["meeting"] = meeting or None
        with self._audit.together():
            self._change(self._at(number, version, caller), fields, caller, reason)
        return self.get(number, caller)

    def _change(self, one: Request, fields: dict[str, Any], caller: Caller, reason: str) -> None:
        given = {name: value for name, value in fields.items() if value != getattr(one, name)}
        if not given:
            return
        rules.bounded(replace(one, **given))
        said = ", ".join(sorted(given)) + (f": {reason.strip()}" if reason.strip() else "")
        event = RequestEvent(self._clock(), caller.name, "changed", said)
        self._store.change(replace(one, **given), event)
        self._note(caller, "request-set", one.id, fields=sorted(given))

    def forget_contacts(self) -> int:
        """Delete addresses whose last day has passed; returns how many."""
        return self._store.forget_contacts(self._clock().date())

    def import_csv(self, text: str, caller: Caller) -> int:
        """Take in requests from a table as new ones, all or none; returns how many.

        :raises InputError: the table is not right; names every wrong row.
        """
        caller.need("coordinator")
        given = from_csv(text, caller.name, self._clock(), self._country)
        with self._audit.together():
            for one in given:
                self._note(caller, "request-import", self._store.add(one))
        return len(given)

    def published(self) -> list[tuple[Request, Request]]:
        """All requests of which something is public, whole, each beside what is public of it."""
        views = ((one, rules.published_view(one)) for one in self._store.find())
        return [(one, view) for one, view in views if view is not None]

    def public(self) -> list[Request]:
        """What is public of all requests."""
        return [view for _, view in self.published()]

    def all(self, caller: Caller) -> list[Request]:
        """All requests that the caller may see, as they may see them."""
        return [seen for one in self._store.find() if (seen := self._seen(one, caller))]

    def _at(
        self, number: int, version: int | None, caller: Caller, *, own: bool = False
    ) -> Request:
        """The request, for a coordinator (or with *own* its author) who saw it in that version."""
        one, _ = self._known(number, caller)
        if not (own and caller.name and caller.name == one.author):
            caller.need("coordinator")
        if version not in (None, one.version):
            raise Conflict(Words("error-changed"), hint=Words("error-look-again"))
        return one

    def _known(self, number: int, caller: Caller) -> tuple[Request, Request]:
        """The request, whole and as the caller may see it.

        :raises NotFound: there is none, or the caller may not know that there is.
        """
        one = self._store.get(number)
        seen = self._seen(one, caller)
        if seen is None:
            raise NotFound(Words("error-no-request", (str(number),)))
        return one, seen

    def _seen(self, one: Request, caller: Caller) -> Request | None:
        if caller.may("coordinator"):
            return one
        if caller.name and caller.name == one.author:
            return one
        if caller.name and caller.name in rules.members(one):
            return replace(one, contact="", contact_delete_after=None)
        return rules.published_view(one)

    def _note(self, caller: Caller, action: str, number: int, **detail: object) -> None:
        event = Event(self._clock(), caller.name, action, f"request {number}", detail)
        self._audit.note(event)


def _state(state: str) -> Words:
    """What a state of requests is called."""
    return Words(f"request-state-{state}")
