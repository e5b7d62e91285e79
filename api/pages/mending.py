"""Pages on which a single row of a worklist is mended: say it, see what the checks say, write."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from kgtool.drafts import Complete, Plan
from kgtool.messages.words import Words
from kgtool.service.mending import Gap, Wanted
from kgtool.service.wording import language_name
from kgtool.wiring import Kgtool
from kgtool.writes.outcomes import in_words

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .drafts import PlanId
from .plan_rows import ids_of, row_view
from .render import go, render

router = APIRouter(prefix="/mend", include_in_schema=False)

_Item = Annotated[str, Query(pattern="^Q[1-9][0-9]{0,9}$")]
_ItemIn = Annotated[str, Form(pattern="^Q[1-9][0-9]{0,9}$")]
_Source = Annotated[str, Form(pattern="^(Q[1-9][0-9]{0,9})?$")]


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
    source: _Source = "",
    text_language: Annotated[str, Form(max_length=20)] = "",
    write: Annotated[bool, Form()] = False,
) -> Response:
    """Show what would be written and what the checks say; with ``write``, write it."""
    wanted = Wanted(item, missing, text.strip(), address.strip(), source, text_language or language)
    plan = kgtool.mending.plan(wanted)
    if write and isinstance(plan.rows[0], Complete):
        batch = kgtool.mending.write(plan, wanted, caller, of)
        return go(request, f"/mend/{batch.id}", of=of, missing=missing)
    return _page(request, kgtool, language, wanted, kgtool.mending.gap(missing), of, plan)


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


def _page(
    request: Request,
    kgtool: Kgtool,
    language: str,
    wanted: Wanted,
    gap: Gap | None,
    of: str,
    plan: Plan | None = None,
) -> Response:
    row = row_view(plan.rows[0], language) if plan is not None else None
    items, properties = ids_of([row]) if row is not None else (set(), set())
    named = {wanted.item, *items, *properties}
    return render(
        request,
        "mend.html",
        form=True,
        wanted=wanted,
        gap=gap,
        of=of,
        name=kgtool.wording.of([wanted.measure], language)[wanted.measure],
        labels=kgtool.labels.of(named, language),
        terms=kgtool.mending.terms(wanted.item, gap.way, language) if gap is not None else [],
        language_name=partial(language_name, language=language),
        row=row,
        ready=plan is not None and isinstance(plan.rows[0], Complete),
    )
