"""Plans as files: JSON that a person can read and edit, one row a line; every row says its hash.

What shapes say stands in rows in English and, to be told in other languages, as words; texts in
several languages, which are the same in most rows, stand once, in ``texts``, and words have their
numbers.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec.structs import asdict, replace

from kgtool.drafts.outcome import Plan, is_whole
from kgtool.drafts.texts import Texts
from kgtool.errors import InputError, NotFound


class _File(Plan, frozen=True, omit_defaults=True, kw_only=True):
    """A plan as its file has it."""

    texts: tuple[dict[str, str], ...] = ()


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_File)


def plan_bytes(plan: Plan) -> bytes:
    """The file's content: a JSON object, its head first, then one row a line."""
    texts = Texts()
    rows = [_encoder.encode(texts.short(row)) for row in plan.rows]
    head = msgspec.json.format(_encoder.encode(replace(plan, rows=[])), indent=1)
    said = [_encoder.encode(dict(one)) for one in texts.all]
    return b"%s,\n%s%s\n}\n" % (head[:-2], _lines("texts", said) + b",\n" if said else b"",
                                _lines("rows", rows))  # fmt: skip


def _lines(name: str, lines: list[bytes]) -> bytes:
    return b' "%s": [\n%s\n]' % (name.encode(), b",\n".join(lines))


def write_plan(plan: Plan, path: Path) -> None:
    """Put the plan at ``path``, whole or not at all."""
    aside = path.with_name(path.name + ".tmp")
    with aside.open("wb") as file:
        file.write(plan_bytes(plan))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def read_plan(path: Path) -> Plan:
    """The plan in the file.

    :raises NotFound: there is no such file.
    :raises InputError: it is not a plan, has a row twice or one of another plan, or a row was
        changed by hand in such a way that it is no longer what was checked.
    """
    if not path.is_file():
        raise NotFound(f"There is no plan at {path}.")
    return plan_from(path.read_bytes(), str(path))


def plan_from(content: bytes, name: str) -> Plan:
    """The plan in ``content``; ``name`` is for messages.

    :raises InputError: as :func:`read_plan`.
    """
    try:
        file = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{name} is not a plan: {error}.",
            hint="To change what becomes of a row: kgtool draft decide; else plan again.",
        ) from None
    plan = _whole(file, name)
    keys: set[str] = set()
    for row in plan.rows:
        if row.key in keys:
            raise InputError(f"{name} has two rows with the key “{row.key}”.")
        if row.key != row.draft.key:
            raise InputError(
                f"{name}: the row “{row.key}” holds the draft of “{row.draft.key}”.",
                hint="Rows refer to each other by their keys: change them in the table.",
            )
        if not is_whole(row, plan.id):
            raise InputError(
                f"{name}: row “{row.key}” is not as it was checked in this plan.",
                hint="Rows may be left out, not changed or taken from other plans. Plan again, or "
                "decide the row as it was with: kgtool draft decide",
            )
        keys.add(row.key)
    return plan


def _whole(file: _File, name: str) -> Plan:
    given = asdict(file)
    texts = Texts([tuple(one.items()) for one in given.pop("texts")])
    try:
        rows = [texts.long(row) for row in file.rows]
    except (IndexError, ValueError):
        raise InputError(f"{name}: words refer to a number that “texts” does not have.") from None
    return Plan(**{**given, "rows": rows})


def find_row(plan: Plan, key: str) -> int:
    """Index of the row with that key, or with that number in the table.

    :raises NotFound: there is none.
    """
    for n, row in enumerate(plan.rows):
        if row.key == key:
            return n
    for n, row in enumerate(plan.rows):
        if str(row.row) == key:
            return n
    raise NotFound(f"The plan has no row “{key}”.", hint="Name a row by its key or its number.")
