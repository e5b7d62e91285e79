"""``/api/v1/selections/{name}/…``: what a partner has below its QID, of a saved selection."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile

from ..auth import require
from ..deps import After, CallerDep, KgtoolDep, LanguageDep, Limit, WantsCsv
from ..described import may_give
from . import changes as of_changes
from . import checks as of_checks
from . import coverage as of_coverage
from . import history as of_history
from .changes import Since, States
from .checks import Shape
from .coverage import By, Measures, Rank, RecheckIn, Wanted
from .selections import Name

router = APIRouter(prefix="/api/v1/selections/{name}", tags=["selections"])

_anyone = [Depends(require("anyone"))]
_volunteer = [Depends(require("volunteer", "registry"))]


@router.get("/coverage", dependencies=_anyone, responses=of_coverage.MATRIX)
def coverage(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    csv: WantsCsv,
    name: Name,
    measures: Measures = None,
    by: By = None,
    rank: Rank = "truthy",
) -> Response:
    """How much of each measure a selection has, in all and by groups."""
    return of_coverage.coverage(request, kgtool, language, csv, name, measures, by, rank)


@router.get("/gaps", dependencies=_anyone, responses=of_coverage.GAPS)
def gaps(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    csv: WantsCsv,
    name: Name,
    missing: Wanted = [],  # noqa: B006 (FastAPI copies it)
    having: Wanted = [],  # noqa: B006
    expected: bool = False,
    rank: Rank = "truthy",
    after: After = None,
    limit: Limit = 100,
) -> Response:
    """The items of a selection that lack all of `missing` and have all of `having`."""
    return of_coverage.gaps(
        request,
        kgtool,
        language,
        csv,
        name,
        missing,
        having,
        expected,
        rank,
        after=after,
        limit=limit,
    )


@router.post("/gaps/recheck", dependencies=_anyone, responses=of_coverage.RECHECKED | may_give(404))
def recheck(request: Request, kgtool: KgtoolDep, name: Name, given: RecheckIn) -> Response:
    """Read up to 50 rows of a worklist again from the wiki and drop what was mended."""
    return of_coverage.recheck(request, kgtool, name, given)


@router.get("/history", dependencies=_anyone, responses=of_history.STATES | may_give(404))
def history(
    kgtool: KgtoolDep,
    csv: WantsCsv,
    name: Name,
    measures: Measures = None,
    since: of_history.Since = None,
    after: of_history.AfterState = None,
    limit: Limit = 1000,
) -> Response:
    """The recorded states of a selection's coverage, with the gaps that opened and closed."""
    return of_history.history(kgtool, csv, name, measures, since, after, limit)


@router.get(
    "/checks/{shape}", dependencies=_anyone, responses=of_checks.ANSWER | may_give(304, 404, 503)
)
def checks(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    csv: WantsCsv,
    name: Name,
    shape: Shape,
    severity: Annotated[str, Query(max_length=20)] = "",
    property: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=20, pattern="^(Q[1-9][0-9]{0,9})?$")] = "",
    limit: Limit = 100,
) -> Response:
    """What a selection's items fail: counts for all, findings item by item, page by page."""
    return of_checks.of_partner(
        request,
        kgtool,
        caller,
        language,
        csv,
        name,
        shape,
        severity,
        property,
        after=after,
        limit=limit,
    )


@router.get("/changes", dependencies=_anyone, responses=of_changes.FATES | may_give(404))
def changes(
    kgtool: KgtoolDep,
    caller: CallerDep,
    csv: WantsCsv,
    name: Name,
    since: Since,
    states: States = None,
    sitelinks: Annotated[bool, Query(description="as CSV: the sitelinks instead")] = False,
    after: After = None,
    limit: Limit = 1000,
) -> Response:
    """What became of the statements of a selection's items, by whom.

    Of a selection of partners, those written for them or citing them.
    """
    return of_changes.changes(kgtool, caller, csv, name, since, states, sitelinks, after, limit)


@router.post("/changes/read", dependencies=_volunteer, responses=may_give(404, 502, 504))
def read(
    kgtool: KgtoolDep, caller: CallerDep, name: Name, since: Since
) -> dict[str, int | bool | None]:
    """Read the wiki's history for some seconds; a ``job`` goes on where that is not enough."""
    return of_changes.read(kgtool, caller, name, since)


@router.post("/changes/table", dependencies=_volunteer, responses=of_changes.TABLE | may_give(404))
def in_own_columns(
    kgtool: KgtoolDep,
    caller: CallerDep,
    name: Name,
    since: Since,
    mapping: Annotated[UploadFile, File(description="the mapping that wrote the data (TOML)")],
    table: Annotated[UploadFile | None, File(description="the table that was written")] = None,
) -> Response:
    """The rows that were written, in their own columns, with the state of every cell."""
    return of_changes.in_own_columns(kgtool, caller, name, since, mapping, table)
