"""``/api/v1/coverage`` and a partner's coverage, gaps and collections."""

from __future__ import annotations

from typing import Annotated, Literal
from zlib import crc32

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from kgtool.coverage import written
from kgtool.coverage.matrix import Matrix
from kgtool.coverage.selection import Role
from kgtool.errors import UsageError
from kgtool.wiring import Kgtool

from ..auth import client_of, require
from ..deps import After, KgtoolDep, LanguageDep, Limit, WantsCsv, as_of, fresh
from ..described import Responses, as_types, may_give
from ..limits import FORMS
from ..tables import csv_answer

router = APIRouter(prefix="/api/v1", tags=["coverage"], dependencies=[Depends(require("anyone"))])

Qid = Annotated[str, Path(pattern="^Q[1-9][0-9]{0,9}$", description="a partner's QID")]
Partners = Annotated[
    list[str], Query(alias="partner", min_length=1, max_length=2000, description="QIDs")
]
Measures = Annotated[
    list[str] | None,
    Query(alias="measure", max_length=500, description="default: what the shapes expect"),
]
Wanted = Annotated[list[str], Query(max_length=50, description="measures")]
By = Annotated[
    str | None,
    Query(
        max_length=4000,
        description="type, collection, country, decade, a property, or any measure",
    ),
]
Rank = Annotated[
    Literal["truthy", "any"], Query(description="statements of best rank, or all but deprecated")
]
_TWO_FORMS = ("application/json", "text/csv")
_SEEN = may_give(304, 404)
MATRIX: Responses = _SEEN | as_types("groups × measures, the total first", *_TWO_FORMS)
GAPS: Responses = _SEEN | as_types("items with their labels, and how many in all", *_TWO_FORMS)
_COLLECTIONS: Responses = _SEEN | as_types("collections with their items", *_TWO_FORMS)
RECHECKED: Responses = may_give(502, 504) | as_types(
    "how many rows were checked, which are mended, which are gone", "application/json"
)


class RecheckIn(BaseModel):
    """Rows of a worklist to read again from the wiki."""

    items: list[str] = Field(min_length=1, max_length=50, description="QIDs")
    missing: list[str] = Field(default=[], max_length=20, description="measures")
    having: list[str] = Field(default=[], max_length=20, description="measures")


@router.get("/coverage", responses=MATRIX)
def of_many(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    csv: WantsCsv,
    partners: Partners,
    measures: Measures = None,
    by: By = None,
    rank: Rank = "truthy",
) -> Response:
    """Many partners in one answer: a list of matrices, one a partner."""
    headers = _fresh(request, kgtool, language, csv)
    if by is None and not csv:
        return _json(kgtool.coverage.totals_json(partners, measures, rank, language), headers)
    if by is None:
        found = kgtool.coverage.totals(partners, measures, rank, language)
    else:
        found = [
            kgtool.coverage.matrix(qid, by, measures, rank=rank, language=language)
            for qid in partners
        ]
    if csv:
        rows = (row for one in found for row in written.rows(one))
        return csv_answer(written.COLUMNS, rows, headers=headers)
    return _json(b"[%b]" % b",".join(one.to_json() for one in found), headers)


@router.get("/partners/{qid}/coverage", responses=MATRIX)
def coverage(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    csv: WantsCsv,
    qid: Qid,
    measures: Measures = None,
    by: By = None,
    rank: Rank = "truthy",
    role: Role = "collection",
) -> Response:
    """How much of each measure a partner has, in all and by groups."""
    headers = _fresh(request, kgtool, language, csv)
    found: Matrix = kgtool.coverage.matrix(qid, by, measures, role, rank, language)
    if csv:
        return csv_answer(written.COLUMNS, written.rows(found), headers=headers)
    return _json(found.to_json(), headers)


@router.get("/partners/{qid}/gaps", responses=GAPS)
def gaps(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    csv: WantsCsv,
    qid: Qid,
    missing: Wanted = [],  # noqa: B006 (FastAPI copies it)
    having: Wanted = [],  # noqa: B006
    expected: bool = False,
    rank: Rank = "truthy",
    role: Role = "collection",
    after: After = None,
    limit: Limit = 100,
) -> Response:
    """The items of a partner that lack all of `missing` and have all of `having`, page by page.

    With `expected`, only those that the shapes expect it of. CSV gives the whole list.
    """
    found = kgtool.coverage.gaps(
        qid,
        missing,
        having,
        None if csv else after,
        None if csv else limit,
        language,
        role,
        rank,
        expected=expected,
    )
    body = msgspec.json.encode(found)
    # What a recheck found mended is not on the list any more, though the generation is the same.
    headers = _fresh(request, kgtool, language, csv, f"-{crc32(body):08x}")
    if csv:
        listed = ((one.id, one.label) for one in found.items)
        return csv_answer(("id", "label"), listed, headers=headers)
    return _json(body, headers)


@router.post("/partners/{qid}/gaps/recheck", responses=RECHECKED)
def recheck(request: Request, kgtool: KgtoolDep, qid: Qid, given: RecheckIn) -> Response:
    """Read up to 50 rows of a worklist again from the wiki and drop what was mended."""
    request.app.state.limits.take("recheck", client_of(request), FORMS)
    done = kgtool.recheck.recheck(qid, given.missing, given.having, given.items)
    return _json(msgspec.json.encode(done), {})


@router.get("/partners/{qid}/gaps/together", responses=_SEEN)
def gaps_together(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    qid: Qid,
    measures: Measures = None,
    rank: Rank = "truthy",
    role: Role = "collection",
) -> Response:
    """For every two measures, how many items of a partner lack both."""
    headers = _fresh(request, kgtool, language, False)
    return _json(msgspec.json.encode(kgtool.advice.together(qid, measures, role, rank)), headers)


@router.get("/partners/{qid}/suggestions", responses=_SEEN)
def suggestions(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    qid: Qid,
    role: Role = "collection",
    limit: Limit = 20,
) -> Response:
    """Properties that items of the same types usually have and those of a partner lack."""
    headers = _fresh(request, kgtool, language, False)
    found = kgtool.advice.suggestions(qid, role, language, limit)
    return _json(msgspec.json.encode({"suggestions": found}), headers)


@router.get("/partners/{qid}/collections", responses=_COLLECTIONS)
def collections(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    csv: WantsCsv,
    qid: Qid,
    after: After = None,
    limit: Limit = 1000,
) -> Response:
    """The collections of a partner, the largest first, with how many items are directly in each.

    CSV gives them all.
    """
    headers = _fresh(request, kgtool, language, csv)
    found = kgtool.coverage.collections(qid, language)
    if csv:
        rows = ((one.id, one.label, one.items) for one in found)
        return csv_answer(("id", "label", "items"), rows, headers=headers)
    ids = [one.id for one in found]
    if after is not None and after not in ids:
        raise UsageError(f"“{after}” is not a collection of it.", hint="Give `next` as after.")
    begin = 0 if after is None else ids.index(after) + 1
    shown = found[begin : begin + limit]
    next = shown[-1].id if len(found) > begin + limit else None
    return _json(msgspec.json.encode({"collections": shown, "next": next}), headers)


def _fresh(
    request: Request, kgtool: Kgtool, language: str, csv: bool, more: str = ""
) -> dict[str, str]:
    form = "-csv" if csv else ""
    return as_of(kgtool, fresh(request, f"{kgtool.snapshots.number()}-{language}{form}{more}"))


def _json(body: bytes, headers: dict[str, str]) -> Response:
    return Response(body, media_type="application/json", headers=headers)
