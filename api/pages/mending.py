"""Pages on which a single row of a worklist is mended: say it, see what the checks say, write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from msgspec.structs import replace

from kgtool.drafts import Complete, Plan
from kgtool.errors import KgtoolError, WorkspaceError
from kgtool.messages.words import Words
from kgtool.partners import qid
from kgtool.reconcile.query import Suggestion
from kgtool.service.gap import Gap, Wanted
from kgtool.service.wording import language_name
from kgtool.wiring import Kgtool
from kgtool.writes.outcomes import in_words

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .drafts import PlanId
from .plan_rows import ids_of, row_view
from .render import go, render
from .wrong import Wrong, wrong_with

router = APIRouter(prefix="/mend", include_in_schema=False)

_QID = re.compile(r"[Qq][1-9][0-9]{0,9}")
_NAMED = 7  # items that are offered by a name
_Item = Annotated[str, Query(pattern="^Q[1-9][0-9]{0,9}$")]
_ItemIn = Annotated[str, Form(pattern="^Q[1-9][0-9]{0,9}$")]


@router.get("", dependencies=[Depends(require("volunteer"))])
def form(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    item: _Item,
    missing: Annotated[str, Query(max_length=250)],
    of: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    wanted = Wanted(item, missing, language=language)
    return _page(request, kgtool, language, wanted, kgtool.mending.gap(missing), of)


@router.post("", dependencies=[Depends(require_form("volunteer"))])
def mend(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    item: _ItemIn,
    missing: Annotated[str, Form(max_length=250)],
    of: Annotated[str, Form(max_length=400)] = "",
    text: Annotated[str, Form(max_length=2000)] = "",
    address: Annotated[str, Form(max_length=2000)] = "",
    source: Annotated[str, Form(max_length=20)] = "",
    text_language: Annotated[str, Form(max_length=20)] = "",
    chosen: Annotated[str, Form(max_length=12)] = "",
    write: Annotated[bool, Form()] = False,
) -> Response:
    """Show what would be written and what the checks say; with ``write``, write it."""
    said = chosen or text.strip()
    wanted = Wanted(item, missing, said, address.strip(), source.strip(), text_language or language)
    gap = kgtool.mending.gap(missing)
    if gap is not None and gap.datatype == "wikibase-item":
        if not _QID.fullmatch(said):
            return _choose(request, kgtool, language, wanted, gap, of)
        wanted = replace(wanted, text=said.upper())
    try:
        plan = kgtool.mending.plan(replace(wanted, source=qid(source) if source.strip() else ""))
        if write and isinstance(plan.rows[0], Complete):
            batch = kgtool.mending.write(plan, wanted, caller, of)
            return go(request, f"/mend/{batch.id}", of=of, missing=missing)
    except KgtoolError as error:
        wrong = wrong_with(request, error)
        return _page(request, kgtool, language, wanted, gap, of, wrong=wrong)
    return _page(request, kgtool, language, wanted, gap, of, plan)


@router.get("/{id}", dependencies=[Depends(require("volunteer"))])
def mended(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    of: Annotated[str, Query(max_length=400)] = "",
    missing: Annotated[str, Query(max_length=250)] = "",
) -> Response:
    """How it ended; undone from here."""
    batch = kgtool.batches.open(id)
    kgtool.plan_access.seen(batch.plan, caller)
    entry = next(iter(batch.journal.entries.values()), None)
    row = row_view(batch.plan.rows[0], language)
    items, properties = ids_of([row])
    undone = kgtool.batches.writing.undone(batch)
    said: str | Words = ""
    if entry and entry.outcome and entry.state != "confirmed":
        said = in_words(entry.outcome)
    return render(
        request,
        "mended.html",
        form=True,
        batch=batch,
        entry=entry,
        said=said or (kgtool.batches.writing.ended(batch) or ""),
        row=row,
        labels=kgtool.labels.of(items | properties, language),
        undone=undone,
        mine=entry is not None and (entry.account == caller.name or caller.may("writer")),
        diff_url=kgtool.profile.diff_url,
        of=of,
        missing=missing,
    )


@router.post("/{id}/undo", dependencies=[Depends(require_form("volunteer"))])
def undo(id: PlanId, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> Response:
    kgtool.mending.undo(kgtool.batches.open(id), caller)
    return go(request, f"/mend/{id}")


@router.post("/{id}/go-on", dependencies=[Depends(require_form("volunteer"))])
def go_on(id: PlanId, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> Response:
    kgtool.mending.go_on(kgtool.batches.open(id), caller)
    return go(request, f"/mend/{id}")


def _choose(
    request: Request, kgtool: Kgtool, language: str, wanted: Wanted, gap: Gap, of: str
) -> Response:
    """The form again, with the items that may be meant by a name."""
    try:
        found = kgtool.reconcile.suggest("entity", wanted.text, _NAMED, 0, language)
    except WorkspaceError:  # names are not indexed here
        found = []
    if found:
        return _page(request, kgtool, language, wanted, gap, of, named=found)
    wrong = Wrong(Words("mend-none-called", (wanted.text,)), "", 404)
    return _page(request, kgtool, language, wanted, gap, of, wrong=wrong)


def _page(
    request: Request,
    kgtool: Kgtool,
    language: str,
    wanted: Wanted,
    gap: Gap | None,
    of: str,
    plan: Plan | None = None,
    wrong: Wrong | None = None,
    named: Sequence[Suggestion] = (),
) -> Response:
    row = row_view(plan.rows[0], language) if plan is not None else None
    items, properties = ids_of([row]) if row is not None else (set(), set())
    shown = {wanted.item, *items, *(one.id for one in named)}
    return render(
        request,
        "mend.html",
        status=wrong.status if wrong else 200,
        form=True,
        wrong=wrong,
        wanted=wanted,
        gap=gap,
        of=of,
        name=kgtool.wording.of([wanted.measure], language)[wanted.measure],
        labels=kgtool.labels.of(shown, language),
        names=kgtool.wording.of(properties, language),
        named=named,
        terms=kgtool.mending.terms(wanted.item, gap.way, language) if gap is not None else [],
        language_name=partial(language_name, language=language),
        row=row,
        ready=plan is not None and isinstance(plan.rows[0], Complete),
    )
