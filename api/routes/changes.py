"""``/api/v1/partners/{qid}/changes``: what happened to a partner's data."""

from __future__ import annotations

import datetime
from itertools import islice
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, File, Query, Response, UploadFile

from kgtool.partners import qid as checked_qid
from kgtool.service import changes_table

from ..auth import require
from ..changes import dated, followed, read_for_a_while, told_now, without_rows
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
    url = kgtool.profile.diff_url
    if csv and sitelinks:
        rows = changes_table.link_rows(kgtool.changes.sitelinks(qid, since), url)
        return csv_answer(
            changes_table.LINK_COLUMNS, rows, "sitelinks.csv", dated(kgtool, qid, since)
        )
    place = None if after is None or csv else _place(after)
    found = without_rows(kgtool.changes.statements(qid, since, states, place), caller)
    if csv:
        rows = changes_table.rows(found, url)
        return csv_answer(changes_table.COLUMNS, rows, "changes.csv", dated(kgtool, qid, since))
    told = told_now(kgtool, qid, since, caller)
    page = list(islice(found, limit + 1))
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


def _place(after: str) -> tuple[str, str]:
    """The item and the slot that a page ended with.

    :raises UsageError: it is no such place.
    """
    item, _, slot = after.partition("|")
    return checked_qid(item), slot
