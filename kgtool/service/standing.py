"""A partner's statements found in the columns, where no entity need be decoded for them.

What counts is :class:`kgtool.partners.concern.Concern`; a test holds both to the same answer.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from kgtool.entities.web import bare_address
from kgtool.partners.concern import Concern
from kgtool.views.classes import Numbers

_CITING = """
SELECT item FROM reference_snaks
WHERE property IN (SELECT unnest($own)) OR value_item IN (SELECT unnest($partners))
   OR (coalesce(detail, '') = '' AND regexp_extract(value, $begin) IN (SELECT unnest($cited)))
UNION SELECT item FROM claims WHERE property IN (SELECT unnest($own))
"""
_STANDING = """
SELECT count(*) FROM (
    SELECT item, statement FROM claims SEMI JOIN followed USING (item)
    WHERE property IN (SELECT unnest($own))
       OR (property IN (SELECT unnest($holding)) AND value_item IN (SELECT unnest($partners)))
    UNION
    SELECT item, statement FROM qualifiers SEMI JOIN followed USING (item)
    WHERE property IN (SELECT unnest($holding)) AND value_item IN (SELECT unnest($partners))
    UNION
    SELECT item, statement FROM reference_snaks SEMI JOIN followed USING (item)
    WHERE property IN (SELECT unnest($own)) OR value_item IN (SELECT unnest($partners))
       OR (coalesce(detail, '') = '' AND regexp_extract(value, $begin) IN (SELECT unnest($cited))))
"""


def citing(tables: duckdb.DuckDBPyConnection, concern: Concern) -> Numbers:
    """Numbers of the items with a statement that cites the partner or has its own identifier."""
    rows = tables.execute(_CITING, _known_by(tables, concern, "partners", "own")).fetchnumpy()
    return np.sort(np.asarray(rows["item"], dtype=np.uint32))


def standing(tables: duckdb.DuckDBPyConnection, items: Numbers, concern: Concern) -> int:
    """How many statements of these items are followed."""
    tables.register("followed", pa.table({"item": items}))
    if concern.everything:
        row = tables.execute("SELECT count(*) FROM claims SEMI JOIN followed USING (item)")
    else:
        row = tables.execute(_STANDING, _known_by(tables, concern, "partners", "own", "holding"))
    found = row.fetchone()
    assert found is not None
    return int(found[0])


def _known_by(tables: duckdb.DuckDBPyConnection, concern: Concern, *names: str) -> dict[str, Any]:
    """What the partner's statements are known by, as parameters."""
    begin = _beginning(concern)
    ids = {"partners": concern.partners, "own": concern.own, "holding": concern.holding}
    numbers = {name: [int(id[1:]) for id in ids[name] if id[1:].isdecimal()] for name in names}
    return {**numbers, "begin": begin, "cited": _cited(tables, concern, begin)}


def _beginning(concern: Concern) -> str:
    """A pattern for as much of an address as tells whether it is one of the partner's."""
    deepest = max((site.count("/") for site in concern.sites), default=0)
    return rf"^[^/?#]*//[^/?#]*(?:/[^/?#]*){{0,{deepest}}}"


def _cited(tables: duckdb.DuckDBPyConnection, concern: Concern, begin: str) -> list[str]:
    """The beginnings of addresses in references that lead to the partner."""
    hosts = list({site.partition("/")[0] for site in concern.sites})
    if not hosts:
        return []
    rows = tables.execute(
        """SELECT DISTINCT regexp_extract(value, $begin) FROM reference_snaks
           WHERE contains(value, '://')
             AND len(list_filter($hosts, lambda host : contains(lower(value), host))) > 0""",
        {"begin": begin, "hosts": hosts},
    ).fetchall()
    return [text for (text,) in rows if text and concern.leads_to(bare_address(text))]
