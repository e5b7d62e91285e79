"""Pages of coverage: a partner's or selection's front page, comparison, worklists."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response, StreamingResponse

from kgtool.coverage import written
from kgtool.coverage.matrix import Matrix
from kgtool.errors import NotFound, NotInWorkspace
from kgtool.partners import Partner
from kgtool.partners.table import harmless
from kgtool.service.saved import KINDS, definition_of
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .heat import bars_of, condition_of, heat_of, step
from .partners import Qid
from .render import go, render

router = APIRouter(include_in_schema=False)

GROUPINGS = ("type", "collection", "country", "decade", "P170", "P186", "P136", "P407")
UNGROUPED = "nothing"
COMPARED = ("P18", "P170", "P571", "P217", "P170.goodref")
_PAGE = 50
_THUMBNAIL = 120  # pixels
_anyone = [Depends(require("anyone"))]
By = Annotated[str, Query(max_length=250)]


@router.get("/partners/{qid}", dependencies=_anyone)
def partner(
    qid: Qid,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    by: By = "type",
    every: bool = False,
) -> Response:
    qid = qid.upper()
    try:
        one = kgtool.partners.get(qid, caller)
    except NotFound:
        one = None  # any item of the workspace has this page; it need not be registered
    named = [qid, one.country] if one and one.country else [qid]
    labels = kgtool.labels.of(named, language)
    if one is None and qid not in labels:
        raise NotFound(f"{qid} is neither a partner nor in this workspace.")
    return render(
        request,
        "partner.html",
        qid=qid,
        partner=one,
        label=labels.get(qid, (one.name if one else qid, "")),
        labels=labels,
        **_coverage(kgtool, qid, language, by, every),
    )


@router.get("/selections/new", dependencies=[Depends(require("volunteer"))])
def new_selection(request: Request) -> Response:
    return render(request, "selection_new.html", form=True, kinds=KINDS)


@router.post("/selections/new", dependencies=[Depends(require_form("volunteer"))])
def save_selection(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    name: Annotated[str, Form(max_length=80)],
    title: Annotated[str, Form(max_length=250)],
    kind: Annotated[str, Form(max_length=40)],
    text: Annotated[str, Form(max_length=1_500_000)],
) -> Response:
    kgtool.saved_selections.save(name.strip(), title, definition_of(kind, text), caller)
    return go(request, f"/selections/{name.strip()}")


@router.get("/selections/{name}", dependencies=_anyone)
def selection(
    name: str,
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    by: By = "type",
    every: bool = False,
) -> Response:
    saved = kgtool.saved_selections.get(name)
    return render(
        request,
        "selection.html",
        saved=saved,
        label=(saved.title, ""),
        **_coverage(kgtool, name, language, by, every),
    )


@router.get("/coverage", dependencies=_anyone)
def compare(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    measures: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    chosen = [text.strip() for text in measures.split(";") if text.strip()] or list(COMPARED)
    partners, _ = kgtool.partners.find(caller, whole=False)
    if not kgtool.workspace.current():
        partners = []
    try:
        matrices = _totals(kgtool, partners, chosen, language)
    except NotInWorkspace as error:
        absent = set(error.ids)
        partners = [one for one in partners if one.qid not in absent]
        matrices = _totals(kgtool, partners, chosen, language)
    rows = [
        (one, matrix.groups[0])
        for one, matrix in zip(partners, matrices, strict=True)
        if matrix.groups[0].items
    ]
    rows.sort(key=lambda row: -row[1].items)
    names = kgtool.wording.of(matrices[0].measures if matrices else chosen, language)
    return render(
        request,
        "compare.html",
        rows=rows,
        measures=list(names),
        names=names,
        labels=kgtool.labels.of([one.qid for one, _ in rows], language),
        step=step,
        chosen="; ".join(chosen),
        selections=kgtool.saved_selections.find(),
    )


@router.get("/worklists", dependencies=_anyone)
def worklist(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    of: Annotated[str, Query(max_length=400)] = "",
    missing: Annotated[str, Query(max_length=250)] = "",
    having: Annotated[str, Query(max_length=250)] = "",
    after: Annotated[str, Query(max_length=20)] = "",
    expected: bool = False,
) -> Response:
    if not of or not (missing or having):
        partners, _ = kgtool.partners.find(caller, whole=False)
        return render(
            request, "worklists.html", partners=partners, of=of, missing=missing, having=having
        )
    wanted, given = ([text] if text else [] for text in (missing, having))
    found = kgtool.coverage.gaps(
        of, wanted, given, after or None, _PAGE, language, expected=expected
    )
    ids = [item.id for item in found.items]
    claimed = {
        one.item: one for one in kgtool.claims.standing(missing=missing) if one.item in set(ids)
    }
    return render(
        request,
        "worklist.html",
        form=True,
        of=of,
        of_labels=kgtool.labels.of([word for word in of.split() if word[0] == "Q"], language),
        missing=missing,
        having=having,
        expected=expected,
        names=kgtool.wording.of([*wanted, *given], language),
        found=found,
        labels=kgtool.labels.of(ids, language),
        claimed=claimed,
        pictures=_pictures(kgtool, ids) if request.state.images else {},
        after=after,
    )


@router.get("/worklists.{format}", dependencies=_anyone)
def export(
    format: str,
    kgtool: KgtoolDep,
    language: LanguageDep,
    of: Annotated[str, Query(max_length=400)],
    missing: Annotated[str, Query(max_length=250)] = "",
    having: Annotated[str, Query(max_length=250)] = "",
    expected: bool = False,
) -> Response:
    wanted, given = ([text] if text else [] for text in (missing, having))
    found = kgtool.coverage.gaps(of, wanted, given, None, None, language, expected=expected)
    match format:
        case "csv":
            rows: Iterator[tuple[object, ...]] = ((i.id, i.label) for i in found.items)
            return _csv(("id", "label"), rows, "worklist.csv")
        case "txt":
            text = "".join(f"{item.id}\n" for item in found.items)
        case "wiki":
            text = written.worklist_wikitext(found) + "\n"
        case "quickstatements":
            text = written.quickstatements(found, wanted)
        case _:
            raise NotFound(
                f"There is no export “{format[:20]}”.", hint="csv, txt, wiki or quickstatements."
            )
    return Response(text, media_type="text/plain; charset=utf-8")


@router.get("/coverage.csv", dependencies=_anyone)
def matrix_table(
    kgtool: KgtoolDep,
    language: LanguageDep,
    of: Annotated[str, Query(max_length=400)],
    by: By = UNGROUPED,
) -> Response:
    matrix = kgtool.coverage.matrix(of, None if by == UNGROUPED else by, language=language)
    return _csv(written.COLUMNS, written.rows(matrix), "coverage.csv")


@router.post("/worklists/claim", dependencies=[Depends(require_form("volunteer"))])
def claim(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    of: Annotated[str, Form(max_length=400)],
    missing: Annotated[str, Form(max_length=250)],
    items: Annotated[list[str], Form(max_length=500)],
    back: Annotated[str, Form(max_length=2000)] = "",
    release: Annotated[bool, Form()] = False,
) -> Response:
    if release:
        kgtool.claims.release(items, missing=missing, caller=caller)
    else:
        kgtool.claims.claim(items, selection=of[:120], missing=missing, caller=caller)
    return go(request, "/worklists", of=of, missing=missing, after=back)


def _totals(
    kgtool: Kgtool, partners: list[Partner], measures: list[str], language: str
) -> list[Matrix]:
    if not partners:
        return []
    return kgtool.coverage.totals([one.qid for one in partners], measures, language=language)


def _coverage(kgtool: Kgtool, of: str, language: str, by: str, every: bool) -> dict[str, Any]:
    """What the template ``coverage.html`` needs; without ``heat`` where there is nothing."""
    if not kgtool.workspace.current():
        return {"heat": None, "of": of, "by": by}
    try:
        matrix = kgtool.coverage.matrix(of, None if by == UNGROUPED else by, language=language)
    except NotInWorkspace:
        return {"heat": None, "of": of, "by": by}
    names = kgtool.wording.of([*matrix.measures, *(g for g in GROUPINGS if g[0] == "P")], language)
    heat = heat_of(matrix, names, everything=every)
    roles = kgtool.profile.properties
    return {
        "of": of,
        "by": by,
        "every": every,
        "heat": heat if heat.groups[0].items else None,
        "bars": bars_of(heat),
        "conditions": [condition_of(group, by, roles.instance_of) for group in heat.groups],
        "groupings": GROUPINGS,
        "names": names,
        "step": step,
        "rank": matrix.rank,
    }


def _pictures(kgtool: Kgtool, ids: list[str]) -> dict[str, str]:
    """Thumbnails of those items that have an image; asked for by the reader (see /account)."""
    profile = kgtool.profile
    found: dict[str, str] = {}
    for id, entity in kgtool.snapshots.current().entities.many(ids).items():
        for statement in entity.claims.get(profile.properties.image, []):
            value = statement.mainsnak.datavalue
            if value is not None and isinstance(value.value, str) and profile.thumbnail:
                found.setdefault(
                    id, profile.thumbnail.format(file=quote(value.value), width=_THUMBNAIL)
                )
    return found


def _csv(
    columns: tuple[str, ...], rows: Iterator[tuple[object, ...]], filename: str
) -> StreamingResponse:
    def lines() -> Iterator[str]:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(columns)
        for number, row in enumerate(rows):
            writer.writerow(harmless(cell) if isinstance(cell, str) else cell for cell in row)
            if number % 500 == 499:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
        yield out.getvalue()

    return StreamingResponse(
        lines(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
