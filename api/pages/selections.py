"""Pages of saved selections: each one's first page, and the forms that save and remove it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from kgtool.errors import KgtoolError
from kgtool.service.callers import Caller
from kgtool.service.saved import KINDS, definition_of, text_of
from kgtool.store import SavedSelection

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .coverage import By, coverage_of
from .render import go, render
from .subjects import SubjectDep
from .wrong import Wrong, wrong_with

router = APIRouter(prefix="/selections", include_in_schema=False)

_volunteer_form = [Depends(require_form("volunteer"))]


@router.get("/new", dependencies=[Depends(require("volunteer"))])
def new(
    request: Request,
    kgtool: KgtoolDep,
    change: Annotated[str, Query(max_length=80)] = "",
    title: Annotated[str, Query(max_length=250)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    text: Annotated[str, Query(max_length=20_000)] = "",
) -> Response:
    """An empty form, or one that has what is given or what another selection is."""
    if change:
        one = kgtool.saved_selections.get(change)
        kind, text = text_of(one.definition)
        return _form(request, one.name, one.title, kind, text)
    return _form(request, "", title, kind, text)


@router.post("/new", dependencies=_volunteer_form)
def save(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    name: Annotated[str, Form(max_length=80)],
    title: Annotated[str, Form(max_length=250)],
    kind: Annotated[str, Form(max_length=40)],
    text: Annotated[str, Form(max_length=1_500_000)],
) -> Response:
    try:
        kgtool.saved_selections.save(name.strip(), title, definition_of(kind, text), caller)
    except KgtoolError as error:
        return _form(request, name, title, kind, text, wrong_with(request, error))
    return go(request, f"/selections/{name.strip()}")


@router.get("/{name}", dependencies=[Depends(require("anyone"))])
def selection(
    subject: SubjectDep,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    by: By = "type",
    every: bool = False,
) -> Response:
    one = kgtool.saved_selections.get(subject.of)
    mine = _is_own(one, caller)
    return render(
        request,
        "selection.html",
        form=mine or caller.may("coordinator"),
        subject=subject,
        made=one.made,
        kind=one.definition["kind"],
        mine=mine,
        removable=mine or caller.may("coordinator"),
        whole=None,
        **coverage_of(kgtool, subject.of, language, by, every),
    )


@router.post("/{name}/remove", dependencies=_volunteer_form)
def remove(name: str, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> Response:
    kgtool.saved_selections.remove(name, caller)
    return go(request, "/coverage")


def _is_own(one: SavedSelection, caller: Caller) -> bool:
    return caller.may("volunteer") and one.by == caller.name


def _form(
    request: Request, name: str, title: str, kind: str, text: str, wrong: Wrong | None = None
) -> Response:
    return render(
        request,
        "selection_new.html",
        status=wrong.status if wrong else 200,
        form=True,
        kinds=KINDS,
        wrong=wrong,
        name=name,
        title=title,
        kind=kind,
        text=text,
    )
