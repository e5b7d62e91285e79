"""Pages of coverage: a partner's front page, comparison, tables."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse, Response

from kgtool.coverage import written
from kgtool.errors import NotFound, NotInWorkspace
from kgtool.partners import Institution, Partner
from kgtool.reports.tables import compared_document, coverage_document
from kgtool.reports.wikitext import wikitext
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import CallerDep, KgtoolDep, LanguageDep, as_of
from ..tables import csv_answer
from .heat import MOST_GROUPS, bars_of, choices, condition_of, heat_of, severities, step
from .render import render, written_date
from .subjects import SubjectDep
from .trends import trends

router = APIRouter(include_in_schema=False)

GROUPINGS = ("type", "collection", "country", "decade", "P170", "P186", "P136", "P407")
UNGROUPED = "nothing"
COMPARED = ("P18", "P170", "P571", "P217", "P170.goodref")
_COMPARED_AT_ONCE = 50
_OFFERED = 60  # partners to tick off
_REQUESTS = 10  # about a partner, the newest
_anyone = [Depends(require("anyone"))]
By = Annotated[str, Query(max_length=250)]
Measures = Annotated[str, Query(max_length=1000)]  # with semicolons between them
Of = Annotated[str, Query(max_length=1000)]  # QIDs; empty: all partners


@router.get("/partners/{qid}", dependencies=_anyone)
def partner(
    subject: SubjectDep,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    by: By = "type",
    every: bool = False,
) -> Response:
    qid = subject.of
    try:
        one = kgtool.partners.get(qid, caller)
    except NotFound:
        one = None  # any item of the workspace has this page; it need not be registered
    institution = kgtool.institutions.of([qid]).get(qid)
    successors = institution.successors if institution else []
    sizes = kgtool.institutions.every_size(qid, one)
    parts = [id for size in sizes for id in (size.part, size.unit) if id]
    named = [*successors, *parts, *([one.country] if one and one.country else [])]
    labels = kgtool.labels.of(named, language)
    asked, _ = kgtool.requests.find(caller, partner=qid, limit=_REQUESTS)
    registered, _ = kgtool.partners.find(caller, qids=successors, whole=False)
    here = {*kgtool.institutions.of(successors), *(other.qid for other in registered)}
    return render(
        request,
        "partner.html",
        here=here,
        asked=asked,
        subject=subject,
        partner=one,
        labels=labels,
        institution=institution,
        title_url=kgtool.profile.title_url,
        sizes=sizes,
        whole=kgtool.institutions.sizes([one]).get(qid) if one else None,
        **_left_behind(kgtool, institution, language),
        **coverage_of(kgtool, qid, language, by, every),
    )


def _left_behind(kgtool: Kgtool, institution: Institution | None, language: str) -> dict[str, Any]:
    """Items that still are in the collection of an institution that is no more."""
    if institution is None or not institution.gone:
        return {"left": 0}
    collection = kgtool.profile.properties.collection
    moved = " or ".join(f"{collection}={one}" for one in institution.successors)
    missing, having = (moved, "") if moved else ("", collection)
    found = kgtool.coverage.gaps(
        institution.qid, [missing] if missing else [], [having] if having else [], limit=1
    )
    return {
        "left": found.count,
        "left_missing": missing,
        "left_having": having,
        "ended": written_date(institution.ended, language),
    }


@router.get("/coverage", dependencies=_anyone)
def compare(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    measures: Measures = "",
    of: Of = "",
    measure: Annotated[list[str] | None, Query(max_length=250)] = None,
    partner: Annotated[list[str] | None, Query(max_length=20)] = None,
    after: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    ticked = [one for one in severities() if one in set(measure or [])]
    chosen = [*ticked, *_measures(measures)] or list(COMPARED)
    every = _with_items(kgtool, caller)
    wanted = {*(partner or []), *_qids(of)}
    compared = [one for one in every if not wanted or one.qid in wanted]
    start = next((n for n, one in enumerate(compared, 1) if one.qid == after), 0)
    shown = compared[start : start + _COMPARED_AT_ONCE]
    qids = [one.qid for one in shown]
    matrices = kgtool.coverage.totals(qids, chosen, language=language) if shown else []
    measured = matrices[0].measures if matrices else chosen
    offered = every[:_OFFERED]
    names = kgtool.wording.of([*measured, *severities()], language)
    return render(
        request,
        "compare.html",
        rows=[(one, matrix.groups[0]) for one, matrix in zip(shown, matrices, strict=True)],
        measures=list(dict.fromkeys(measured)),
        names=names,
        labels=kgtool.labels.of({*qids, *(one.qid for one in offered)}, language),
        trends=trends(kgtool, qids),
        step=step,
        doubts=[one.told(language) for one in kgtool.coverage.doubts(chosen)] if shown else [],
        chosen="; ".join(chosen),
        choices=choices(names),
        own="; ".join(one for one in chosen if one not in severities()),
        of=" ".join(sorted(wanted)),
        wanted=wanted,
        offered=offered,
        others=" ".join(sorted(wanted - {one.qid for one in offered})),
        next=qids[-1] if start + len(shown) < len(compared) else "",
        selections=kgtool.saved_selections.find(),
    )


@router.get("/coverage/compared.{format}", dependencies=_anyone)
def compared_table(
    format: Literal["csv", "wiki"],
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    measures: Measures = "",
    of: Of = "",
) -> Response:
    """All partners that are compared, not only those of one page."""
    chosen, wanted = _measures(measures) or list(COMPARED), _qids(of)
    qids = [one.qid for one in _with_items(kgtool, caller) if not wanted or one.qid in wanted]
    matrices = kgtool.coverage.totals(qids, chosen, language=language) if qids else []
    dated = as_of(kgtool)
    if format == "csv":
        rows = (row for one in matrices for row in written.rows(one))
        return csv_answer(written.COLUMNS, rows, "compared.csv", dated)
    names = kgtool.wording.of(matrices[0].measures if matrices else chosen, language)
    document = compared_document(matrices, language, names, dated["Kgtool-As-Of"])
    return PlainTextResponse(wikitext(document, heading=False), headers=dated)


@router.get("/coverage.csv", dependencies=_anyone)
def matrix_table(
    kgtool: KgtoolDep,
    language: LanguageDep,
    of: Annotated[str, Query(max_length=400)],
    by: By = UNGROUPED,
) -> Response:
    matrix = kgtool.coverage.matrix(of, None if by == UNGROUPED else by, language=language)
    return csv_answer(written.COLUMNS, written.rows(matrix), "coverage.csv", as_of(kgtool))


@router.get("/coverage.wiki", dependencies=_anyone)
def matrix_wikitext(
    kgtool: KgtoolDep,
    language: LanguageDep,
    of: Annotated[str, Query(max_length=400)],
    by: By = UNGROUPED,
) -> Response:
    matrix = kgtool.coverage.matrix(of, None if by == UNGROUPED else by, language=language)
    names = kgtool.wording.of(matrix.measures, language)
    text = wikitext(coverage_document(matrix, language, names), heading=False)
    return PlainTextResponse(text, headers=as_of(kgtool))


def _measures(text: str) -> list[str]:
    return [one.strip() for one in text.split(";") if one.strip()]


def _qids(text: str) -> set[str]:
    return {one.upper() for one in re.findall(r"[Qq][1-9][0-9]*", text)}


def _with_items(kgtool: Kgtool, caller: Caller) -> list[Partner]:
    """Partners that have items here, those with the most first."""
    partners, _ = kgtool.partners.find(caller, whole=False)
    here = kgtool.institutions.here([one.qid for one in partners])
    return sorted(
        (one for one in partners if here.get(one.qid)), key=lambda one: (-here[one.qid], one.qid)
    )


def coverage_of(kgtool: Kgtool, of: str, language: str, by: str, every: bool) -> dict[str, Any]:
    """What the template ``coverage.html`` needs; without ``heat`` where there is nothing."""
    if not kgtool.workspace.current():
        return {"heat": None, "of": of, "by": by}
    try:
        matrix = kgtool.coverage.matrix(
            of, None if by == UNGROUPED else by, language=language, most=MOST_GROUPS
        )
    except NotInWorkspace:
        return {"heat": None, "of": of, "by": by}
    names = kgtool.wording.of([*matrix.measures, *(g for g in GROUPINGS if g[0] == "P")], language)
    heat = heat_of(matrix, names, everything=every)
    roles = kgtool.profile.properties
    groups = [one.group for one in heat.groups if one.group and re.fullmatch(r"Q\d+", one.group)]
    return {
        "group_labels": kgtool.labels.of(groups, language),
        "trend": trends(kgtool, [of]).get(of),
        "of": of,
        "by": by,
        "every": every,
        "heat": heat if heat.groups[0].items else None,
        "bars": bars_of(heat),
        "conditions": [condition_of(group, by, roles.instance_of) for group in heat.groups],
        "groupings": GROUPINGS,
        "names": names,
        "step": step,
        "zip": zip,
        "rank": matrix.rank,
    }
