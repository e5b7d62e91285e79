"""``/api/v1/partners/{qid}/changes``: what happened to a partner's data."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, File, Query, Response, UploadFile

from kgtool.partners.fate import Fate
from kgtool.service import changes_table

from ..auth import require
from ..changes import followed, read_for_a_while, without_rows
from ..deps import After, CallerDep, KgtoolDep, Limit, WantsCsv
from ..described import as_types, may_give
from ..pages.changes import own_columns_answer
from ..tables import csv_answer
from .coverage import Qid

router = APIRouter(prefix="/api/v1", tags=["coverage"])

Since = Annotated[datetime.date, Query(description="from the beginning of this day (UTC)")]
States = Annotated[
    list[Literal["kept", "changed", "removed", "enriched", "added"]] | None,
    Query(alias="state", description="default: all"),
]
FATES = as_types(
    "statements with their fates, by item; sitelinks gained and lost",
    "application/json",
    "text/csv",
)
TABLE = as_types("the table's rows and states", "text/csv")
_volunteer = [Depends(require("volunteer", "registry"))]


@router.get(
    "/partners/{qid}/changes",
    dependencies=[Depends(require("anyone"))],
    responses=FATES,
)
def changes(
    kgtool: KgtoolDep,
    caller: CallerDep,
    csv: WantsCsv,
    qid: Qid,
    since: Since,
    states: States = None,
    sitelinks: Annotated[bool, Query(description="as CSV: the sitelinks instead")] = False,
    after: After = None,
    limit: Limit = 1000,
) -> Response:
    """What became of each statement written for a partner or citing it, by whom.

    From what was read of the wiki's history so far (``reach`` says how far that is). CSV gives all.
    """
    qid = followed(kgtool, qid, caller)
    told = without_rows(kgtool.changes.told(qid, since), caller)
    found = [one for one in told.statements if states is None or one.state in states]
    url = kgtool.profile.diff_url
    if csv and sitelinks:
        rows = changes_table.link_rows(told, url)
        return csv_answer(changes_table.LINK_COLUMNS, rows, "sitelinks.csv")
    if csv:
        return csv_answer(changes_table.COLUMNS, changes_table.rows(found, url), "changes.csv")
    page = _after(found, after)
    more = len(page) > limit
    page = page[:limit]
    answer = msgspec.to_builtins(msgspec.structs.replace(told, statements=page))
    answer["next"] = f"{page[-1].item}|{page[-1].slot}" if more else None
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.post("/partners/{qid}/changes/read", dependencies=_volunteer, responses=may_give(502, 504))
def read(
    kgtool: KgtoolDep, caller: CallerDep, qid: Qid, since: Since
) -> dict[str, int | bool | None]:
    """Read the wiki's history for some seconds; a ``job`` goes on where that is not enough."""
    partner = followed(kgtool, qid, caller)
    reading, job = read_for_a_while(kgtool, partner, since, caller)
    told: dict[str, int | bool] = msgspec.to_builtins(reading)
    return told | {"job": None if job is None else job.id}


@router.post(
    "/partners/{qid}/changes/table",
    dependencies=_volunteer,
    response_class=Response,
    responses=TABLE,
)
def in_own_columns(
    kgtool: KgtoolDep,
    caller: CallerDep,
    qid: Qid,
    since: Since,
    mapping: Annotated[UploadFile, File(description="the mapping that wrote the data (TOML)")],
    table: Annotated[UploadFile | None, File(description="the table that was written")] = None,
) -> Response:
    """The rows that were written, in the partner's own columns, with the state of every cell."""
    return own_columns_answer(kgtool, followed(kgtool, qid, caller), since, mapping, table)


def _after(found: list[Fate], after: str | None) -> list[Fate]:
    if not after:
        return found
    item, _, slot = after.partition("|")
    for place, one in enumerate(found):
        if (one.item, one.slot) == (item, slot):
            return found[place + 1 :]
    return []
