"""``/api/v1/checks/{shape}`` and a partner's checks."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from kgtool.coverage.selection import Role
from kgtool.errors import TooLarge
from kgtool.service.check_tables import check_rows
from kgtool.service.checks import Report
from kgtool.service.pasted import read_entities

from ..auth import require
from ..deps import CallerDep, KgtoolDep, LanguageDep, Limit, WantsCsv, as_of, fresh
from ..described import as_types, in_body, may_give
from ..surveys import surveyed_now
from ..tables import csv_answer
from .coverage import Qid

router = APIRouter(prefix="/api/v1", tags=["checks"], dependencies=[Depends(require("anyone"))])

MOST_POSTED = 500
Shape = Annotated[str, Path(max_length=80, pattern="^[a-z-]+$", description="artwork, museum, …")]
ANSWER = as_types("what was found", "application/json", "text/csv")


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/checks/{shape}",
    responses=ANSWER | may_give(502, 504),
    openapi_extra=in_body("application/json", "application/x-ndjson"),
)
def posted(
    kgtool: KgtoolDep,
    language: LanguageDep,
    csv: WantsCsv,
    shape: Shape,
    body: Annotated[bytes, Depends(_body)],
    live: bool = False,
) -> Response:
    """Judge posted entities or drafts by a shape.

    The body is an entity in Wikibase JSON, a list of them, JSON lines, or what `wbgetentities`
    answers. Drafts need no id. Other items that the shape looks at are those of the workspace, or
    with `live` those of the wiki.
    """
    entities = read_entities(body)
    if len(entities) > MOST_POSTED:
        raise TooLarge(
            f"No more than {MOST_POSTED} entities are checked at a time, not {len(entities):,}.",
            hint="Send them in parts.",
        )
    return _answer(kgtool.checks.of_entities(shape, entities, language, live=live), csv, {})


@router.get("/partners/{qid}/checks/{shape}", responses=ANSWER | may_give(304, 503))
def of_partner(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    csv: WantsCsv,
    qid: Qid,
    shape: Shape,
    severity: Annotated[str, Query(max_length=20)] = "",
    property: Annotated[str, Query(max_length=20)] = "",
    role: Role = "collection",
    after: Annotated[str, Query(max_length=20, pattern="^(Q[1-9][0-9]{0,9})?$")] = "",
    limit: Limit = 100,
) -> Response:
    """What a partner's items fail: counts for all, findings item by item, page by page.

    `severity` and `property` choose constraints; `limit` counts items. Where every one of very
    many items must be read, that is done in the background: the answer is 503 until it is there.
    """
    tag = f"{kgtool.snapshots.number()}-{language}{'-csv' if csv else ''}"
    headers = as_of(kgtool, fresh(request, tag))
    survey = surveyed_now(kgtool, shape, qid, caller, role)
    failing = survey.failing(severity, property)
    rest = failing[failing > (int(after[1:]) if after else 0)]
    found = [
        one
        for one in kgtool.checks.findings(survey, rest[:limit], language)
        if severity in ("", one.severity) and property in ("", one.property)
    ]
    report = Report(
        shape,
        len(survey.items),
        len(survey.conforming),
        survey.engine,
        found,
        survey.generation,
        survey.as_of,
    )
    names = kgtool.check_words.constraints(survey.constraints, language)
    more = {
        "failing": len(failing),
        "constraints": [
            {
                "constraint": one.constraint,
                "property": one.property,
                "severity": one.severity,
                "label": name,
                "failing": len(one.failing),
            }
            for one, name in zip(survey.constraints, names, strict=True)
        ],
        "next": f"Q{rest[limit - 1]}" if len(rest) > limit else None,
    }
    return _answer(report, csv, headers, more)


def _answer(
    report: Report, as_csv: bool, headers: dict[str, str], more: dict[str, Any] | None = None
) -> Response:
    if not as_csv:
        body = msgspec.json.encode({**msgspec.to_builtins(report), **(more or {})})
        return Response(body, media_type="application/json", headers=headers)
    return csv_answer(*check_rows(report.findings), headers=headers)
