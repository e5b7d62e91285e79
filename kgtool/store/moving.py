"""An id that leads to another now: what is kept under the old one goes on under the new."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from kgtool.store import schema

# Where a QID stands by itself, without being what a row is known by.
_MENTIONS = (
    (schema.partner, "country"),
    (schema.project, "focus"),
    (schema.collection, "qid"),
    (schema.request, "partner"),
    (schema.request, "country"),
    (schema.account, "partner"),
    (schema.claim, "selection"),
)
_OF_PARTNER = (
    schema.partner_status,
    schema.contact,
    schema.project,
    schema.link,
    schema.collection,
)


def rename_partner(connection: Connection, source: str, target: str) -> None:
    """A partner goes on under another QID, with all that hangs on it."""
    table = schema.partner
    row = connection.execute(select(table).where(table.c.qid == source)).mappings().one()
    connection.execute(insert(table).values({**row, "qid": target}))
    move_to_partner(connection, source, target, _OF_PARTNER)
    connection.execute(delete(table).where(table.c.qid == source))


def move_to_partner(
    connection: Connection, source: str, target: str, tables: tuple[Table, ...]
) -> None:
    """What hangs on one partner in these tables hangs on the other."""
    for table in tables:
        connection.execute(update(table).where(table.c.partner == source).values(partner=target))


def move_mentions(connection: Connection, source: str, target: str) -> None:
    """Everything else that names the old id names the new one.

    Of two claims of the same gap the one of the new id stands. Of two histories each stays: they
    cannot become one, and the older is still told under its own id.
    """
    for table, column in _MENTIONS:
        connection.execute(update(table).where(table.c[column] == source).values({column: target}))
    _move_claims(connection, source, target)
    _move_selections(connection, source, target)
    past = schema.past_matrix
    if connection.execute(select(past.c.id).where(past.c.selection == target)).first() is None:
        connection.execute(update(past).where(past.c.selection == source).values(selection=target))


def _move_claims(connection: Connection, source: str, target: str) -> None:
    table = schema.claim
    there = select(table.c.missing).where(table.c.item == target)
    held = set(connection.execute(there).scalars())
    for row in connection.execute(select(table).where(table.c.item == source)).all():
        this = table.c.id == row.id
        if row.missing in held:
            connection.execute(delete(table).where(this))
        else:
            connection.execute(update(table).where(this).values(item=target))


def _move_selections(connection: Connection, source: str, target: str) -> None:
    table = schema.selection
    for row in connection.execute(select(table.c.name, table.c.definition)).all():
        moved = _moved(row.definition, source, target)
        if moved != row.definition:
            connection.execute(
                update(table).where(table.c.name == row.name).values(definition=moved)
            )


def _moved(definition: dict[str, Any], source: str, target: str) -> dict[str, Any]:
    moved = dict(definition)
    if moved.get("qid") == source:
        moved["qid"] = target
    if isinstance(moved.get("qids"), list):
        ids = [target if id == source else id for id in moved["qids"]]
        moved["qids"] = list(dict.fromkeys(ids))
    return moved
