"""Pages of checks: what the items of a partner or a selection lack by a shape."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from kgtool.checks.expectations import Kind, Severity, kinds
from kgtool.errors import EmptyWorkspace, NotInWorkspace, UsageError
from kgtool.service.check_tables import check_rows
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import KgtoolDep, LanguageDep
from ..tables import csv_answer
from .render import render
from .subjects import SubjectDep

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])

_PAGE = 50
Shape = Annotated[str, Query(max_length=80)]
Chosen = Annotated[str, Query(max_length=400)]
After = Annotated[str, Query(max_length=11, pattern="^(Q[1-9][0-9]{0,9})?$")]


@router.get("/partners/{qid}/checks")
@router.get("/selections/{name}/checks")
def checks(
    subject: SubjectDep,
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    shape: Shape = "",
    severity: Chosen = "",
    constraint: Chosen = "",
    after: After = "",
) -> Response:
    of = subject.of
    values: dict[str, Any] = {"survey": None}
    try:
        chosen = shape or usual_shape(kgtool, of)
        survey = kgtool.checks.survey(chosen, of)
    except (EmptyWorkspace, NotInWorkspace, UsageError):
        chosen = shape or "artwork"
    else:
        failing = survey.failing(severity, constraint=constraint)
        rest = failing[failing > (int(after[1:]) if after else 0)]
        told = [
            one
            for one in kgtool.checks.findings(survey, rest[:_PAGE], language)
            if severity in ("", one.severity) and constraint in ("", one.constraint)
        ]
        values = {
            "survey": survey,
            "checked": len(survey.items),
            "conforming": len(survey.conforming),
            "constraints": list(
                zip(
                    survey.constraints,
                    kgtool.checks.names(survey.constraints, language),
                    strict=True,
                )
            ),
            "nodes": [(node, list(some)) for node, some in groupby(told, lambda one: one.node)],
            "labels": kgtool.labels.of({one.node for one in told}, language),
            "next": f"Q{rest[_PAGE - 1]}" if len(rest) > _PAGE else "",
        }
    return render(
        request,
        "checks.html",
        subject=subject,
        shape=chosen,
        shapes=[one.shape for one in kinds()],
        severities=get_args(Severity),
        severity=severity,
        constraint=constraint,
        **values,
    )


@router.get("/checks.csv")
def export(kgtool: KgtoolDep, language: LanguageDep, of: Chosen, shape: Shape) -> StreamingResponse:
    columns, rows = check_rows(kgtool.checks.of_selection(shape, of, language=language))
    return csv_answer(columns, rows, "checks.csv")


def usual_shape(kgtool: Kgtool, of: str) -> str:
    """The shape of the kind that most items of a selection are of; of two, the narrower one."""
    able = [one for one in kinds() if one.classes]
    matrix = kgtool.coverage.matrix(of, measures=[_of_kind(kgtool, one) for one in able])
    counts = [cell.have for cell in matrix.groups[0].measures.values()]
    most = max(zip(counts, [len(one.expectations) for one in able], range(len(able)), strict=True))
    return able[most[2]].shape


def _of_kind(kgtool: Kgtool, one: Kind) -> str:
    instance_of = kgtool.profile.properties.instance_of
    mark = "*" if one.below else ""
    return " or ".join(f"{instance_of}={id}{mark}" for id in sorted(one.classes))
