"""Plans as files: JSON that a person can read and edit, one row a line; every row says its hash.

What shapes say stands in rows in English and, to be told in other languages, as words; texts in
several languages, which are the same in most rows, stand once, in ``texts``, and words have their
numbers.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import asdict, replace

from kgtool.drafts.outcome import Plan, is_whole
from kgtool.drafts.texts import Texts
from kgtool.durable import replace_file
from kgtool.errors import InputError, NotFound
from kgtool.messages.words import Words


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
    replace_file(path, plan_bytes(plan))


def read_plan(path: Path) -> Plan:
    """The plan in the file.

    :raises NotFound: there is no such file.
    :raises InputError: it is not a plan, has a row twice or one of another plan, or a row was
        changed by hand in such a way that it is no longer what was checked.
    """
    if not path.is_file():
        raise NotFound(Words("error-no-plan-at", (str(path),)))
    return plan_from(path.read_bytes(), str(path))


def plan_from(content: bytes, name: str) -> Plan:
    """The plan in ``content``; ``name`` is for messages.

    :raises InputError: as :func:`read_plan`.
    """
    try:
        file = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            Words("error-not-plan", (name, str(error))),
            hint=Words("error-plan-instead"),
            operator=Words("operator-decide", ("kgtool draft decide",)),
        ) from None
    plan = _whole(file, name)
    keys: set[str] = set()
    for row in plan.rows:
        if row.key in keys:
            raise InputError(Words("error-plan-key-twice", (name, row.key)))
        if row.key != row.draft.key:
            raise InputError(
                Words("error-plan-draft", (name, row.key, row.draft.key)),
                hint=Words("error-plan-keys"),
            )
        if not is_whole(row, plan.id):
            raise InputError(
                Words("error-plan-changed", (name, row.key)),
                hint=Words("error-plan-decide"),
                operator=Words("operator-decide", ("kgtool draft decide",)),
            )
        keys.add(row.key)
    return plan


def _whole(file: _File, name: str) -> Plan:
    given = asdict(file)
    texts = Texts([tuple(one.items()) for one in given.pop("texts")])
    try:
        rows = [texts.long(row) for row in file.rows]
    except (IndexError, ValueError):
        raise InputError(Words("error-plan-texts", (name,))) from None
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
    raise NotFound(Words("error-no-row", (key,)), hint=Words("error-row-by-key"))
