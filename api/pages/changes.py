"""The page that says what happened to the data of a partner or selection, and its tables."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, UploadFile
from fastapi.responses import Response

from kgtool.drafts import parse_mapping
from kgtool.errors import EmptyWorkspace, NotInWorkspace
from kgtool.partners.told import SHOWN
from kgtool.reports import changes_document
from kgtool.service import changes_table
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..changes import dated, followed, read_for_a_while, told_now, told_or_counted, without_rows
from ..deps import CallerDep, KgtoolDep, LanguageDep
from ..tables import csv_answer
from .render import go, render
from .subjects import SubjectDep
from .uploads import rows_of, text_of_upload

router = APIRouter(include_in_schema=False)

_MOST_OF_MAPPING = 1_000_000  # bytes
_DAYS = 31
_STATES = ("changed", "removed", "enriched", "added", "kept")

State = Literal["", "changed", "removed", "enriched", "added", "kept"]
Since = Annotated[datetime.date | None, Query()]
_anyone = [Depends(require("anyone"))]
_volunteer_form = [Depends(require_form("volunteer"))]


@router.get("/partners/{qid}/changes", dependencies=_anyone)
@router.get("/selections/{name}/changes", dependencies=_anyone)
def changes(
    subject: SubjectDep,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    since: Since = None,
    state: State = "",
) -> Response:
    of = followed(kgtool, subject.of, caller)
    since = since or _month_ago()
    try:
        told, job = told_or_counted(kgtool, of, since, caller)
    except (EmptyWorkspace, NotInWorkspace):
        return render(request, "changes_none.html", subject=subject)
    workers = kgtool.jobs.status()["workers"] if job is not None else []
    if told is None:
        return render(
            request, "changes_wait.html", subject=subject, since=since, job=job, workers=workers
        )
    wanted = (state,) if state else _STATES[:-1]
    found = [one for one in without_rows(told.statements, caller) if one.state in wanted]
    shown, links = found[:SHOWN], told.sitelinks[:SHOWN]
    named = {*changes_document.ids_of(shown), *(one.item for one in links)}
    return render(
        request,
        "changes.html",
        form=caller.may("volunteer"),
        subject=subject,
        labels=kgtool.labels.of(named, language),
        parts=kgtool.changes_words.parts(shown, language),
        told=told,
        since=since,
        state=state,
        states=_STATES,
        found=shown,
        count=sum(told.counts[one] for one in wanted),
        links=links,
        job=job,
        workers=workers,
        warnings=changes_document.warnings(told, language),
        moment_of=changes_document.moment,
        diff_url=kgtool.profile.diff_url,
    )


@router.get("/partners/{qid}/changes.{format}", dependencies=_anyone)
@router.get("/selections/{name}/changes.{format}", dependencies=_anyone)
def export(
    subject: SubjectDep,
    format: Literal["csv", "wiki"],
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    since: Since = None,
    sitelinks: bool = False,
) -> Response:
    of = followed(kgtool, subject.of, caller)
    since = since or _month_ago()
    url = kgtool.profile.diff_url
    if format == "wiki":
        told = told_now(kgtool, of, since, caller)
        text = kgtool.changes_words.wikitext(told, language)
        return Response(
            text, media_type="text/plain; charset=utf-8", headers={"Kgtool-As-Of": told.as_of}
        )
    name = f"changes-{of}-{since}{'-sitelinks' if sitelinks else ''}.csv"
    if sitelinks:
        links = changes_table.link_rows(kgtool.changes.sitelinks(of, since), url)
        return csv_answer(changes_table.LINK_COLUMNS, links, name, dated(kgtool, of, since))
    found = without_rows(kgtool.changes.statements(of, since), caller)
    rows = changes_table.rows(found, url)
    return csv_answer(changes_table.COLUMNS, rows, name, dated(kgtool, of, since))


@router.post("/partners/{qid}/changes/read", dependencies=_volunteer_form)
@router.post("/selections/{name}/changes/read", dependencies=_volunteer_form)
def read(
    subject: SubjectDep,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    since: Annotated[datetime.date, Form()],
) -> Response:
    """Read the wiki for some seconds; what is left, a job reads."""
    of = followed(kgtool, subject.of, caller)
    _, job = read_for_a_while(kgtool, of, since, caller)
    if job is not None:
        return go(request, f"/jobs/{job.id}")
    return go(request, f"{subject.path}/changes", since=since.isoformat())


@router.post("/partners/{qid}/changes/table", dependencies=_volunteer_form)
@router.post("/selections/{name}/changes/table", dependencies=_volunteer_form)
def in_own_columns(
    subject: SubjectDep,
    kgtool: KgtoolDep,
    caller: CallerDep,
    since: Annotated[datetime.date, Form()],
    mapping: UploadFile,
    table: UploadFile | None = None,
) -> Response:
    of = followed(kgtool, subject.of, caller)
    return own_columns_answer(kgtool, of, since, mapping, table)


def own_columns_answer(
    kgtool: Kgtool,
    of: str,
    since: datetime.date,
    mapping: UploadFile,
    table: UploadFile | None,
) -> Response:
    """The rows of a table that was written, with the state of every cell, as CSV.

    :raises UsageError, InputError: a file is not what it should be.
    """
    head, rows = changes_table.in_own_columns(
        kgtool.changes.written(of, since),
        parse_mapping(text_of_upload(mapping, _MOST_OF_MAPPING)),
        rows_of(table) if table is not None and table.filename else [],
        kgtool.profile,
    )
    return csv_answer(head, rows, f"changes-{of}-{since}-table.csv", dated(kgtool, of, since))


def _month_ago() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=_DAYS)
