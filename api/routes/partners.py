"""``/api/v1/partners``: the registry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from kgtool.partners import Partner
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import After, CallerDep, KgtoolDep, Limit, WantsCsv
from ..described import as_types
from ..models import MergeIn, PartnerIn, PartnerOut, PartnerPage

router = APIRouter(prefix="/api/v1/partners", tags=["partners"])

Qid = Annotated[str, Path(pattern="^[Qq][1-9][0-9]{0,14}$", description="a QID")]
_CSV = as_types("the partners, as JSON or CSV", "text/csv")
_anyone = [Depends(require("anyone", "registry"))]
_registry = [Depends(require("coordinator", "registry"))]


@router.get("", dependencies=_anyone, response_model=PartnerPage, responses=_CSV)
def partners(
    kgtool: KgtoolDep,
    caller: CallerDep,
    csv: WantsCsv,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    country: Annotated[str | None, Query(max_length=16)] = None,
    status: Annotated[str | None, Query(max_length=40)] = None,
    after: After = None,
    limit: Limit = 100,
) -> PartnerPage | Response:
    """Registered partners by name. `Accept: text/csv` gives all of them as a table."""
    if csv:
        return Response(kgtool.partners.export_csv(caller), media_type="text/csv; charset=utf-8")
    found, next = kgtool.partners.find(
        caller, kind=kind, country=country, status=status, after=after, limit=limit
    )
    return PartnerPage(partners=_told(kgtool, found), next=next)


@router.get("/{qid}", dependencies=_anyone)
def partner(qid: Qid, kgtool: KgtoolDep, caller: CallerDep) -> PartnerOut:
    """One partner."""
    return _told(kgtool, [kgtool.partners.get(qid, caller)])[0]


@router.put("/{qid}", dependencies=_registry)
def register(qid: Qid, given: PartnerIn, kgtool: KgtoolDep, caller: CallerDep) -> PartnerOut:
    """Register a partner, or change what is given of one."""
    if given.version is None and not kgtool.partners.registered([qid.upper()]):
        kgtool.partners.add(
            qid,
            name=given.name,
            kind=given.kind or "other",
            country=given.country,
            status=given.status or "prospect",
            caller=caller,
        )
    changed = kgtool.partners.change(qid, caller, **given.model_dump())
    return _told(kgtool, [changed])[0]


@router.post("/{qid}/merge", dependencies=_registry)
def merge(qid: Qid, given: MergeIn, kgtool: KgtoolDep, caller: CallerDep) -> PartnerOut:
    """Make one record of this partner and the one that its item was merged into."""
    one = kgtool.merging.merge(qid, given.into, given.keep, caller)
    return _told(kgtool, [one])[0]


@router.delete("/{qid}", dependencies=_registry, status_code=204)
def remove(qid: Qid, kgtool: KgtoolDep, caller: CallerDep) -> None:
    """Take a partner out of the registry, with all that hangs on it."""
    kgtool.partners.remove(qid, caller)


def _told(kgtool: Kgtool, partners: list[Partner]) -> list[PartnerOut]:
    sizes = kgtool.institutions.sizes(partners)
    known = kgtool.institutions.of([one.qid for one in partners])
    return [PartnerOut.of(one, sizes.get(one.qid), known.get(one.qid)) for one in partners]
