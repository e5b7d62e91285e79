"""The registry of partners in the database."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, Select, Table, delete, func, insert, select, update

from kgtool.errors import NotFound
from kgtool.messages.words import Words
from kgtool.partners import Collection, Contact, Link, Partner, Project, StatusChange
from kgtool.store import moving, schema
from kgtool.store.database import Database
from kgtool.store.seal import Seal

_partner = schema.partner
_WRITTEN = ("qid", "name", "kind", "status", "country", "affiliate", "summary", "updated")
_PLAIN = (*_WRITTEN, "version")


class PartnerStore:
    """Keeps partners whole: what it is given is what it gives back."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    def get(self, qid: str, *, whole: bool = True) -> Partner:
        """One partner; without *whole*, as :meth:`find` gives it.

        :raises NotFound: it is not registered.
        """
        found = self._read(select(_partner).where(_partner.c.qid == qid), whole=whole)
        if not found:
            raise NotFound(
                Words("error-no-partner", (qid,)),
                operator=Words("operator-run", (f"kgtool partners add {qid}",)),
            )
        return found[0]

    def find(
        self,
        *,
        kind: str | None = None,
        country: str | None = None,
        status: str | None = None,
        qids: Sequence[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
        whole: bool = True,
    ) -> list[Partner]:
        """Partners by name, then QID; those after the partner *after* where it is given.

        ``qids``, some hundred at most, are the only ones wanted.

        Without *whole*, only what stands in one line: no history, contacts, projects, links or
        collections; that is one query, however many there are.
        """
        query = select(_partner).order_by(_partner.c.name, _partner.c.qid)
        for column, wanted in (("kind", kind), ("country", country), ("status", status)):
            if wanted is not None:
                query = query.where(_partner.c[column] == wanted)
        if qids is not None:
            query = query.where(_partner.c.qid.in_(qids))
        if after is not None:
            place = select(_partner.c.name).where(_partner.c.qid == after).scalar_subquery()
            query = query.where(
                (_partner.c.name > place) | ((_partner.c.name == place) & (_partner.c.qid > after))
            )
        return self._read(query if limit is None else query.limit(limit), whole=whole)

    def put(self, partners: Iterable[Partner], *, by: str) -> None:
        """Keep partners, new or known, all or none; a changed status goes into the history.

        Contacts that are not kept yet are added; those that are go on their day.
        """
        with self._database.begin() as connection:
            for one in partners:
                self._put(connection, one, by)

    def add_contact(self, qid: str, contact: Contact) -> None:
        """Keep a contact of a registered partner; of nothing else a new version."""
        with self._database.begin() as connection:
            self._add_contacts(connection, qid, [contact])

    def remove_contact(self, qid: str, number: int) -> None:
        """Delete a contact of a partner.

        :raises NotFound: the partner has none of that number.
        """
        contact = schema.contact
        wanted = (contact.c.partner == qid) & (contact.c.id == number)
        with self._database.begin() as connection:
            if not connection.execute(delete(contact).where(wanted)).rowcount:
                raise NotFound(Words("error-contact-gone", (qid,)))

    def remove(self, qid: str) -> None:
        """Take a partner out of the registry, with all that hangs on it.

        :raises NotFound: it is not registered.
        """
        with self._database.begin() as connection:
            gone = connection.execute(delete(_partner).where(_partner.c.qid == qid))
            if not gone.rowcount:
                raise NotFound(Words("error-no-partner", (qid,)))

    def merge(self, source: str, one: Partner) -> None:
        """Keep a partner that was put together of two, and take the other, *source*, out.

        Everything that names *source* names the partner afterwards. All or nothing.

        :raises NotFound: one of the two is not registered any more.
        """
        with self._database.begin() as connection:
            both = select(_partner.c.qid).where(_partner.c.qid.in_([source, one.qid]))
            if len(connection.execute(both).all()) < 2:
                raise NotFound(Words("error-not-both", (source, one.qid)))
            moving.move_to_partner(
                connection, source, one.qid, (schema.partner_status, schema.contact)
            )
            # The one entry of the history is ours, whether the status changed or not.
            connection.execute(
                update(_partner).where(_partner.c.qid == one.qid).values(status=one.status)
            )
            self._put(connection, replace(one, history=[]), one.history[-1].by)
            _insert(connection, schema.partner_status, one.qid, map(_fields, one.history[-1:]))
            moving.move_mentions(connection, source, one.qid)
            connection.execute(delete(_partner).where(_partner.c.qid == source))

    def forget_contacts(self, today: datetime.date) -> int:
        """Delete contacts whose last day has passed; returns how many."""
        expired = schema.contact.c.delete_after < today
        with self._database.begin() as connection:
            return connection.execute(delete(schema.contact).where(expired)).rowcount

    def _put(self, connection: Connection, one: Partner, by: str) -> None:
        row: dict[str, Any] = {name: getattr(one, name) for name in _WRITTEN}
        row["published"] = sorted(one.published)
        known = connection.execute(
            select(_partner.c.status).where(_partner.c.qid == one.qid)
        ).scalar_one_or_none()
        if known is None:
            connection.execute(insert(_partner).values(row))
        else:
            row["version"] = _partner.c.version + 1
            connection.execute(update(_partner).where(_partner.c.qid == one.qid).values(row))
        history = one.history
        if not history and known != one.status:
            history = [StatusChange(one.status, one.updated, by)]
        if history and (known is None or known != one.status):
            fresh = history if known is None else history[-1:]
            _insert(connection, schema.partner_status, one.qid, map(_fields, fresh))
        for table, members in (
            (schema.project, one.projects),
            (schema.link, one.links),
            (schema.collection, one.collections),
        ):
            connection.execute(delete(table).where(table.c.partner == one.qid))
            _insert(connection, table, one.qid, map(_fields, members))
        self._add_contacts(connection, one.qid, [c for c in one.contacts if not c.id])

    def _add_contacts(self, connection: Connection, qid: str, fresh: list[Contact]) -> None:
        _insert(
            connection,
            schema.contact,
            qid,
            (
                {
                    "name": self._seal.close(contact.name),
                    "address": self._seal.close(contact.address),
                    "purpose": contact.purpose,
                    "consent": contact.consent,
                    "delete_after": contact.delete_after,
                }
                for contact in fresh
            ),
        )

    def _read(self, query: Select[Any], *, whole: bool = True) -> list[Partner]:
        with self._database.read() as connection:
            found = connection.execute(query)
            at = {name: place for place, name in enumerate(found.keys())}
            rows = found.all()
            wanted = [row[at["qid"]] for row in rows] if whole else []
            history = _children(connection, schema.partner_status, wanted)
            projects = _children(connection, schema.project, wanted)
            links = _children(connection, schema.link, wanted)
            collections = _children(connection, schema.collection, wanted)
            contacts = _children(connection, schema.contact, wanted)
        places, published = [at[name] for name in _PLAIN], at["published"]
        partners = (
            Partner(
                **{name: row[place] for name, place in zip(_PLAIN, places, strict=True)},
                published=frozenset(row[published]),
            )
            for row in rows
        )
        if not whole:
            return list(partners)
        return [
            replace(
                one,
                history=[StatusChange(**_less(r)) for r in history[one.qid]],
                projects=[Project(**_less(r)) for r in projects[one.qid]],
                links=[Link(**_less(r)) for r in links[one.qid]],
                collections=[Collection(**_less(r)) for r in collections[one.qid]],
                contacts=[self._contact(r) for r in contacts[one.qid]],
            )
            for one in partners
        ]

    def since(self) -> dict[str, datetime.datetime]:
        """QID → when the partner came into the registry."""
        status = schema.partner_status
        first = select(status.c.partner, func.min(status.c.at)).group_by(status.c.partner)
        with self._database.read() as connection:
            rows = connection.execute(select(_partner.c.qid, _partner.c.updated)).all()
            told = connection.execute(first).all()
        return {qid: at for some in (rows, told) for qid, at in some}

    def _contact(self, row: dict[str, Any]) -> Contact:
        return Contact(
            name=self._seal.open(row["name"]),
            address=self._seal.open(row["address"]),
            purpose=row["purpose"],
            consent=row["consent"],
            delete_after=row["delete_after"],
            id=row["id"],
        )


def _insert(connection: Connection, table: Table, qid: str, rows: Iterable[dict[str, Any]]) -> None:
    ready = [{**row, "partner": qid} for row in rows]
    if ready:
        connection.execute(insert(table), ready)


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


def _less(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "partner")}


def _children(
    connection: Connection, table: Table, partners: list[str]
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    # In slices: databases limit how many values a statement may name.
    for start in range(0, len(partners), 500):
        part = partners[start : start + 500]
        order = [table.c[name] for name in ("at", "id") if name in table.c]
        query = select(table).where(table.c.partner.in_(part)).order_by(*order)
        for row in connection.execute(query).mappings():
            found[row["partner"]].append(dict(row))
    return found
