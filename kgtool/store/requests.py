"""The helpdesk's requests in the database."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, MappingResult, Select, Table, delete, insert, select, update

from kgtool.errors import Conflict, NotFound
from kgtool.messages.words import Words
from kgtool.partners import Request, RequestCheck, RequestEvent
from kgtool.store import schema
from kgtool.store.database import Database, number_of
from kgtool.store.seal import Seal

_request = schema.request
_SEPARATE = ("id", "contact", "published", "events", "checks")
_PLAIN = tuple(name for name in Request.__struct_fields__ if name not in _SEPARATE)


class RequestStore:
    """Keeps requests with their events and checklist."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    @property
    def keeps_contacts(self) -> bool:
        """Whether a person's address can be kept (there is a key to encrypt it)."""
        return self._seal.available

    def add(self, one: Request) -> int:
        """Keep a new request with its events; returns its number."""
        with self._database.begin() as connection:
            number = number_of(connection.execute(insert(_request).values(self._row(one))))
            for event in one.events:
                connection.execute(insert(schema.request_event).values(_event(number, event)))
        return number

    def get(self, number: int) -> Request:
        """One request.

        :raises NotFound: there is none with that number.
        """
        found = self._read(select(_request).where(_request.c.id == number))
        if not found:
            raise NotFound(Words("error-no-request", (str(number),)))
        return found[0]

    def find(
        self,
        *,
        state: str | None = None,
        partner: str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> list[Request]:
        """Requests, newest first; those older than number *after* where it is given."""
        query = select(_request).order_by(_request.c.id.desc())
        if state is not None:
            query = query.where(_request.c.state == state)
        if partner is not None:
            query = query.where(_request.c.partner == partner)
        if after is not None:
            query = query.where(_request.c.id < after)
        return self._read(query if limit is None else query.limit(limit))

    def change(self, one: Request, *events: RequestEvent) -> None:
        """Keep a changed request, as the next version, and what happened to it, together.

        :raises Conflict: it is not there any longer in the version that was changed.
        """
        with self._database.begin() as connection:
            kept = connection.execute(
                update(_request)
                .where(_request.c.id == one.id, _request.c.version == one.version)
                .values({**self._row(one), "version": one.version + 1})
            )
            if not kept.rowcount:
                raise Conflict(Words("error-changed"), hint=Words("error-look-again"))
            for event in events:
                connection.execute(insert(schema.request_event).values(_event(one.id, event)))
            table = schema.request_check
            connection.execute(delete(table).where(table.c.request == one.id))
            for check in one.checks:
                row = {"aspect": check.aspect, "verdict": check.verdict, "note": check.note}
                connection.execute(insert(table).values(request=one.id, **row))

    def tell(self, number: int, event: RequestEvent, *, replied: bool | None = None) -> None:
        """Note what happened beside a request, which stays the version that it is.

        ``replied`` says whether it counts as answered afterwards; without it, that stays as it is.
        """
        with self._database.begin() as connection:
            connection.execute(insert(schema.request_event).values(_event(number, event)))
            if replied is not None:
                connection.execute(
                    update(_request).where(_request.c.id == number).values(replied=replied)
                )

    def forget_contacts(self, today: datetime.date) -> int:
        """Delete addresses whose last day has passed; returns how many."""
        with self._database.begin() as connection:
            return connection.execute(
                update(_request)
                .where(_request.c.contact_delete_after < today)
                .values(contact=None, contact_delete_after=None)
            ).rowcount

    def _row(self, one: Request) -> dict[str, Any]:
        row = {name: getattr(one, name) for name in _PLAIN}
        row["contact"] = self._seal.close(one.contact) if one.contact else None
        row["published"] = sorted(one.published)
        return row

    def _read(self, query: Select[Any]) -> list[Request]:
        events: dict[int, list[RequestEvent]] = defaultdict(list)
        checks: dict[int, list[RequestCheck]] = defaultdict(list)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
            numbers = [row["id"] for row in rows]
            for start in range(0, len(numbers), 500):
                part = numbers[start : start + 500]
                for r in _rows_of(connection, schema.request_event, part):
                    event = RequestEvent(r["at"], r["by"], r["kind"], r["text"])
                    events[r["request"]].append(event)
                for r in _rows_of(connection, schema.request_check, part):
                    check = RequestCheck(r["aspect"], r["verdict"], r["note"])
                    checks[r["request"]].append(check)
        return [
            Request(
                id=row["id"],
                contact=self._seal.open(row["contact"]) if row["contact"] else "",
                published=frozenset(row["published"]),
                events=events[row["id"]],
                checks=checks[row["id"]],
                **{name: row[name] for name in _PLAIN},
            )
            for row in rows
        ]


def _event(number: int, event: RequestEvent) -> dict[str, Any]:
    return {
        "request": number,
        "at": event.at,
        "by": event.by,
        "kind": event.kind,
        "text": event.text,
    }


def _rows_of(connection: Connection, table: Table, requests: Sequence[int]) -> MappingResult:
    """The rows of a table that belong to these requests, in the order in which they came."""
    query = select(table).where(table.c.request.in_(requests)).order_by(table.c.id)
    return connection.execute(query).mappings()
