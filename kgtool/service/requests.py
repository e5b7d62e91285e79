"""The helpdesk: requests from the first question to the shared outcome."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from kgtool.errors import Conflict, NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.partners import Request, RequestCheck, RequestEvent, moves_from, overdue
from kgtool.partners import request as rules
from kgtool.partners.partner import link_url, one_of, qid
from kgtool.partners.request_table import from_csv
from kgtool.service.callers import Caller
from kgtool.store import AuditStore, Event, RequestStore

CONTACT_DAYS = 30


class Requests:
    """Requests as a caller may see them: coordinators and the author all, others what is public."""

    def __init__(
        self, store: RequestStore, audit: AuditStore, clock: Callable[[], datetime.datetime]
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    @property
    def keeps_contacts(self) -> bool:
        """Whether an address for the answer can be kept (there is a key to encrypt it)."""
        return self._store.keeps_contacts

    def make(
        self,
        caller: Caller,
        *,
        title: str,
        description: str,
        kind: str = "other",
        material: str = "",
        outcome: str = "",
        justification: str = "",
        community: str = "",
        language: str = "en",
        partner: str = "",
        country: str = "",
        links: Iterable[str] = (),
        related: Iterable[str] = (),
        contact: str = "",
    ) -> Request:
        """Make a request. Anyone may.

        :raises UsageError: something needed is missing or too long.
        """
        if not title.strip() or not description.strip():
            raise UsageError(Words("error-request-empty"))
        now = self._clock()
        last = now.date() + datetime.timedelta(days=CONTACT_DAYS)
        one = Request(
            title=title.strip(),
            description=description.strip(),
            kind=one_of(kind, rules.KINDS),
            material=material,
            outcome=outcome,
            justification=justification,
            community=community,
            language=language,
            partner=qid(partner) if partner.strip() else None,
            country=qid(country) if country.strip() else None,
            links=[link_url(link) for link in links],
            related=[rules.related(path) for path in related],
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

        One by a coordinator counts as a reply.
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
        aspect: str,
        verdict: str,
        caller: Caller,
        *,
        note: str = "",
        version: int | None = None,
    ) -> Request:
        """Note the committee's finding on one aspect of the checklist; raises as :meth:`move`."""
        finding = RequestCheck(
            one_of(aspect, rules.ASPECTS),
            one_of(verdict, rules.VERDICTS),
            note,
        )
        event = RequestEvent(
            self._clock(), caller.name, "checked", f"{finding.aspect}: {finding.verdict}"
        )
        with self._audit.together():
            one = self._at(number, version, caller)
            others = [c for c in one.checks if c.aspect != finding.aspect]
            self._store.change(replace(one, checks=[*others, finding]), event)
            self._note(caller, "request-check", number, aspect=finding.aspect)
        return self.get(number, caller)

    def change(
        self,
        number: int,
        caller: Caller,
        *,
        advice: str | None = None,
        priority: str | None = None,
        result: str | None = None,
        assigned: str | None = None,
        kind: str | None = None,
        related: Iterable[str] | None = None,
        meeting: datetime.date | None = None,
        publish: Iterable[str] | None = None,
        reason: str = "",
        version: int | None = None,
    ) -> Request:
        """Change what is given of a request; ``publish`` is the whole set of published fields.

        ``reason`` goes into its history; ``version`` and what is raised are as :meth:`move` has
        them.
        """
        changes: dict[str, Any] = {"advice": advice, "result": result, "assigned": assigned}
        if priority:
            changes["priority"] = one_of(priority, rules.PRIORITIES)
        if kind:
            changes["kind"] = one_of(kind, rules.KINDS)
        if related is not None:
            changes["related"] = [rules.related(path) for path in related]
        changes["meeting"] = meeting
        if publish is not None:
            fields = {one_of(f, rules.PUBLISHABLE) for f in publish}
            changes["published"] = frozenset(fields | {"listed"} if fields else fields)
        with self._audit.together():
            one = self._at(number, version, caller)
            given = {
                field: value
                for field, value in changes.items()
                if value is not None and value != getattr(one, field)
            }
            if given:
                rules.bounded(replace(one, **given))
                said = ", ".join(sorted(given)) + (f": {reason.strip()}" if reason.strip() else "")
                event = RequestEvent(self._clock(), caller.name, "changed", said)
                self._store.change(replace(one, **given), event)
                self._note(caller, "request-set", number, fields=sorted(given))
        return self.get(number, caller)

    def forget_contacts(self) -> int:
        """Delete addresses whose last day has passed; returns how many."""
        return self._store.forget_contacts(self._clock().date())

    def import_csv(self, text: str, caller: Caller) -> int:
        """Take in requests from a table as new ones, all or none; returns how many.

        :raises InputError: the table is not right; names every wrong row.
        """
        caller.need("coordinator")
        given = from_csv(text, caller.name, self._clock())
        with self._audit.together():
            for one in given:
                self._note(caller, "request-import", self._store.add(one))
        return len(given)

    def public(self) -> list[Request]:
        """What is public of all requests."""
        views = map(rules.published_view, self._store.find())
        return [one for one in views if one is not None]

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
