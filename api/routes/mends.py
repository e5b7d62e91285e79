"""``/api/v1/mends``: a single edit, checked, journaled and undone as a batch is."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from kgtool.drafts.exports import row_json
from kgtool.service.gap import Wanted
from kgtool.writes import undone_json

from ..auth import require
from ..deps import CallerDep, KgtoolDep
from ..described import may_give

router = APIRouter(
    prefix="/api/v1/mends",
    tags=["mends"],
    dependencies=[Depends(require("volunteer", "drafts"))],
    responses=may_give(404, 502, 504),
)


class MendIn(BaseModel):
    """What is to be said of an item, and where it can be read."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field(pattern="^Q[1-9][0-9]{0,9}$")
    measure: str = Field(max_length=250, description="what is missing: Lsv, Dsv, P571, P571.ref")
    text: str = Field(default="", max_length=2000)
    url: str = Field(default="", max_length=2000, description="reference URL")
    source: str = Field(default="", pattern="^(Q[1-9][0-9]{0,9})?$", description="stated in")
    language: str = Field(default="", max_length=20, description="of a monolingual text")


@router.post("")
def mend(
    given: MendIn,
    kgtool: KgtoolDep,
    caller: CallerDep,
    dry_run: Annotated[bool, Query(description="only say what the checks say")] = False,
) -> dict[str, Any]:
    """Check one value and write it, under the caller's account or, for writers, the service's."""
    wanted = Wanted(**given.model_dump())
    plan = kgtool.mending.plan(wanted)
    row: dict[str, Any] = msgspec.to_builtins(row_json(plan.rows[0]))
    if dry_run or row["outcome"] != "complete":
        return {"batch": None, "state": row["outcome"], "row": row}
    batch = kgtool.mending.write(plan, wanted, caller)
    [line] = batch.report()
    return {
        "batch": batch.id,
        "state": line.state,
        "revision": line.revision,
        "message": line.message,
        "row": row,
    }


@router.post("/{id}/undo")
def undo(
    kgtool: KgtoolDep, caller: CallerDep, id: Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
) -> dict[str, Any]:
    """Take a single edit back, unless somebody else has edited since."""
    return undone_json(kgtool.mending.undo(kgtool.batches.open(id), caller))
