"""Pages of worklists: what is missing, item by item, to claim and to take away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from msgspec import Struct, structs

from kgtool.coverage import written
from kgtool.coverage.worklist import Worklist
from kgtool.entities import Item
from kgtool.entities.language import description
from kgtool.errors import NotFound
from kgtool.messages import say
from kgtool.messages.words import Words
from kgtool.reports.tables import worklist_document
from kgtool.reports.wikitext import wikitext
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep, as_of
from ..tables import csv_answer
from .heat import choices, severities
from .held import held_by
from .helping import help_wanted
from .render import go, render

router = APIRouter(include_in_schema=False)

_PAGE = 50
_HELPED = 50  # partners among which worklists to begin with are looked for
_THUMBNAIL = 120  # pixels
_anyone = [Depends(require("anyone"))]


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
    change: bool = False,
    checked: Annotated[int | None, Query(ge=0, le=50)] = None,
    mended: Annotated[int, Query(ge=0, le=50)] = 0,
) -> Response:
    if change or not of or not (missing or having):
        return _choose(request, kgtool, caller, language, of, missing, having)
    wanted, given = ([text] if text else [] for text in (missing, having))
    found = kgtool.coverage.gaps(
        of, wanted, given, after or None, _PAGE, language, expected=expected
    )
    ids = [item.id for item in found.items]
    entities = {
        id: one
        for id, one in kgtool.snapshots.current().entities.many(ids).items()
        if isinstance(one, Item)
    }
    claimed = {
        one.item: one for one in kgtool.claims.standing(missing=missing) if one.item in set(ids)
    }
    pictures = _pictures(kgtool, entities)
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
        doubts=[one.told(language) for one in kgtool.coverage.doubts([*wanted, *given])],
        found=found,
        labels=kgtool.labels.of(ids, language),
        described={
            id: (term.value, term.language)
            for id, one in entities.items()
            if (term := description(one, language)) is not None
        },
        claimed=claimed,
        pictures=pictures if request.state.images else {},
        pictured=bool(pictures),
        after=after,
        checked=checked,
        mended=mended,
        prefilled=written.prefilled(found, wanted, kgtool.profile.quickstatements),
        query_page=kgtool.worklist_queries.address(of, wanted, given),
        services=f"{kgtool.settings.public_url.rstrip('/')}/reconcile/{language}",
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
    dated = as_of(kgtool)
    match format:
        case "csv":
            rows: Iterator[tuple[object, ...]] = ((i.id, i.label) for i in found.items)
            return csv_answer(("id", "label"), rows, "worklist.csv", dated)
        case "openrefine":
            table = written.for_openrefine(found, wanted)
            return csv_answer(next(table), table, "worklist-openrefine.csv", dated)
        case "txt":
            text = "".join(f"{item.id}\n" for item in found.items)
        case "wiki":
            text = _wikitext(kgtool, of, found, wanted, given, language)
        case "quickstatements":
            text = written.quickstatements(found, wanted)
        case _:
            raise NotFound(
                Words("error-no-export", (format[:20],)),
                hint=Words("error-known", ("csv, openrefine, txt, wiki, quickstatements",)),
            )
    return Response(text, media_type="text/plain; charset=utf-8", headers=dated)


class Shown(Struct, frozen=True):
    """The page of a list that a form stands on."""

    of: str
    missing: str
    having: str
    after: str
    expected: str

    def again(self, request: Request, **told: str) -> Response:
        """Show it once more, with what the form did."""
        return go(request, "/worklists", **structs.asdict(self), **told)


async def _shown(
    of: Annotated[str, Form(max_length=400)],
    missing: Annotated[str, Form(max_length=250)] = "",
    having: Annotated[str, Form(max_length=250)] = "",
    back: Annotated[str, Form(max_length=20)] = "",
    expected: Annotated[str, Form(max_length=4)] = "",
) -> Shown:
    return Shown(of, missing, having, back, expected)


ShownDep = Annotated[Shown, Depends(_shown)]
Rows = Annotated[list[str], Form(alias="items", max_length=500)]


@router.post("/worklists/claim", dependencies=[Depends(require_form("volunteer"))])
def claim(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    shown: ShownDep,
    missing: Annotated[str, Form(max_length=250)],  # without it, nothing is there to claim
    rows: Rows,
    release: Annotated[bool, Form()] = False,
) -> Response:
    """Claim rows or give them back, and show the same list again."""
    if release:
        kgtool.claims.release(rows, missing=missing, caller=caller)
    else:
        kgtool.claims.claim(rows, selection=shown.of[:120], missing=missing, caller=caller)
    return shown.again(request)


@router.post("/worklists/recheck", dependencies=[Depends(require_form("anyone"))])
def recheck(request: Request, kgtool: KgtoolDep, shown: ShownDep, rows: Rows) -> Response:
    """Read the rows of a page again, and show the list without what was mended."""
    wanted, given = ([text] if text else [] for text in (shown.missing, shown.having))
    done = kgtool.recheck.recheck(shown.of, wanted, given, rows)
    mended = len(done.mended) + len(done.gone)
    return shown.again(request, checked=str(done.checked), mended=str(mended))


def _wikitext(
    kgtool: Kgtool,
    of: str,
    found: Worklist,
    missing: Sequence[str],
    having: Sequence[str],
    language: str,
) -> str:
    """The whole list as a table for a wiki page, in the reader's language."""
    names = kgtool.wording.of([*missing, *having], language)
    said = [say(language, "worklist-lacking", names[one]) for one in missing]
    said += [say(language, "worklist-holding", names[one]) for one in having]
    called = kgtool.labels.of([of] if of[:1] == "Q" else [], language).get(of, (of, ""))[0]
    document = worklist_document(found, " ".join(said), language, found.as_of, called)
    return wikitext(document, heading=False)


def _choose(
    request: Request,
    kgtool: Kgtool,
    caller: Caller,
    language: str,
    of: str,
    missing: str,
    having: str,
) -> Response:
    """The page on which a worklist is chosen."""
    partners, _ = kgtool.partners.find(caller, whole=False)
    here = kgtool.institutions.here([one.qid for one in partners])
    partners = [one for one in partners if here.get(one.qid)]
    wanted = help_wanted(kgtool, [one.qid for one in partners[:_HELPED]], language)
    held = held_by(kgtool, caller)
    measures = [*severities(), *(one.missing for one in held)]
    names = kgtool.wording.of(measures, language)
    qids = {*(one.qid for one in partners), *(one.of for one in held if one.of[0] == "Q")}
    selections = kgtool.saved_selections.find()
    offered = {*(one.qid for one in partners), *(one.name for one in selections), ""}
    return render(
        request,
        "worklists.html",
        partners=partners,
        selections=selections,
        choices=choices(names),
        own=bool(having or of not in offered or (missing and missing not in severities())),
        of=of,
        missing=missing,
        having=having,
        names=names,
        labels=kgtool.labels.of(qids, language),
        held=held,
        wanted=wanted,
    )


def _pictures(kgtool: Kgtool, entities: dict[str, Item]) -> dict[str, str]:
    """Addresses of thumbnails of those items that have an image; shown where the reader asked."""
    profile = kgtool.profile
    found: dict[str, str] = {}
    for id, entity in entities.items():
        for statement in entity.claims.get(profile.properties.image, []):
            value = statement.mainsnak.datavalue
            if value is not None and isinstance(value.value, str) and profile.thumbnail:
                found.setdefault(
                    id, profile.thumbnail.format(file=quote(value.value), width=_THUMBNAIL)
                )
    return found
