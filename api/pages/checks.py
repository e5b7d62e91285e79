"""Pages of checks: what the items of a partner or a selection lack by a shape."""

from __future__ import annotations

import datetime
from itertools import groupby
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse, Response

from kgtool.checks.expectations import Kind, Severity, kinds
from kgtool.errors import EmptyWorkspace, NotInWorkspace, UsageError
from kgtool.service.check_tables import check_rows, check_wikitext
from kgtool.service.survey import Survey
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import CallerDep, KgtoolDep, LanguageDep
from ..surveys import surveyed, surveyed_now
from ..tables import csv_answer
from .render import render
from .subjects import SubjectDep

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])

_PAGE = 50
Shape = Annotated[str, Query(max_length=80, pattern="^[a-z-]*$")]  # never the path of a file
Chosen = Annotated[str, Query(max_length=400)]
After = Annotated[str, Query(max_length=11, pattern="^(Q[1-9][0-9]{0,9})?$")]


@router.get("/partners/{qid}/checks")
@router.get("/selections/{name}/checks")
def checks(
    subject: SubjectDep,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    shape: Shape = "",
    severity: Chosen = "",
    constraint: Chosen = "",
    after: After = "",
) -> Response:
    of = subject.of
    chosen, values = shape, dict[str, Any]()
    try:
        chosen = shape or usual_shape(kgtool, of)
        survey, job = surveyed(kgtool, chosen, of, caller)
    except (EmptyWorkspace, NotInWorkspace, UsageError):
        chosen, survey, job = shape or "artwork", None, None
    if survey is not None:
        values = _shown(kgtool, survey, language, severity, constraint, after)
    return render(
        request,
        "checks.html",
        subject=subject,
        shape=chosen,
        shapes=[one.shape for one in kinds()],
        severities=get_args(Severity),
        severity=severity,
        constraint=constraint,
        survey=survey,
        job=job,
        workers=kgtool.jobs.status()["workers"] if job is not None else [],
        **values,
    )


def _shown(
    kgtool: Kgtool, survey: Survey, language: str, severity: str, constraint: str, after: str
) -> dict[str, Any]:
    """What a page tells of a survey: its counts, and what some items fail."""
    failing = survey.failing(severity, constraint=constraint)
    rest = failing[failing > (int(after[1:]) if after else 0)]
    told = [
        one
        for one in kgtool.checks.findings(survey, rest[:_PAGE], language)
        if severity in ("", one.severity) and constraint in ("", one.constraint)
    ]
    names = kgtool.check_words.constraints(survey.constraints, language)
    return {
        "as_of": datetime.datetime.fromisoformat(survey.as_of),
        "checked": len(survey.items),
        "conforming": len(survey.conforming),
        "constraints": list(zip(survey.constraints, names, strict=True)),
        "nodes": [(node, list(some)) for node, some in groupby(told, lambda one: one.node)],
        "labels": kgtool.labels.of({one.node for one in told}, language),
        "next": f"Q{rest[_PAGE - 1]}" if len(rest) > _PAGE else "",
    }


@router.get("/partners/{qid}/checks.{format}")
@router.get("/selections/{name}/checks.{format}")
def export(
    subject: SubjectDep,
    format: Literal["csv", "wiki", "ids"],
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    shape: Shape,
    severity: Chosen = "",
    constraint: Chosen = "",
) -> Response:
    """Everything that the items fail, or what of it the page was asked for."""
    survey = surveyed_now(kgtool, shape, subject.of, caller)
    dated = {"Kgtool-As-Of": survey.as_of}
    if format == "ids":
        failing = survey.failing(severity, constraint=constraint)
        return PlainTextResponse(
            "".join(f"Q{number}\n" for number in failing.tolist()), headers=dated
        )
    found = kgtool.checks.every(survey, language, severity, constraint)
    if format == "csv":
        return csv_answer(*check_rows(found), f"checks-{subject.of}-{shape}.csv", dated)
    conforming, checked = len(survey.conforming), len(survey.items)
    text = check_wikitext(found, subject.label[0], conforming, checked, language, survey.as_of)
    return PlainTextResponse(text, headers=dated)


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
