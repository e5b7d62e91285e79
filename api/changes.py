"""What pages and routes about people's data share: who may see it, and reading for a while."""

from __future__ import annotations

import datetime
import time

import msgspec
from msgspec.structs import replace

from kgtool.coverage.selection import OfPartners, Saved, Selection
from kgtool.coverage.selection import of as selection_of
from kgtool.partners.told import Told
from kgtool.service.callers import Caller
from kgtool.service.changes import Reading
from kgtool.store import Job
from kgtool.wiring import Kgtool

# How long one request may read from the wiki, and how old a look at a page may be.
_SECONDS = 8.0
_FRESH = datetime.timedelta(hours=1)


def followed(kgtool: Kgtool, of: str, caller: Caller) -> str:
    """What the caller may read the changes of: a partner's QID or the name of a saved selection.

    Everybody reads those of published partners and of selections that name no other partner; who
    signed in, those of any institution.

    :raises NotFound: there is no such selection, or no partner that the caller may know of.
    """
    named = selection_of(of)
    if isinstance(named, Saved):
        definition = kgtool.saved_selections.get(named.name).definition
        named = msgspec.convert(definition, Selection)
    if isinstance(named, OfPartners) and not caller.may("volunteer"):
        for qid in named.qids:
            kgtool.partners.get(qid, caller, whole=False)
    return of


def without_rows(told: Told, caller: Caller) -> Told:
    """The answer as a caller may see it: row keys of batches are the partner's own affair."""
    if caller.may("volunteer"):
        return told
    return replace(told, statements=[replace(one, batch="", key="") for one in told.statements])


def read_for_a_while(
    kgtool: Kgtool, selection: str, since: datetime.date, caller: Caller
) -> tuple[Reading, Job | None]:
    """Read some seconds from the wiki; where that is not enough, a job goes on with it."""
    end = time.monotonic() + _SECONDS
    reading = kgtool.changes.read(
        selection, since, stop=lambda: time.monotonic() > end, fresh=_FRESH
    )
    if reading.finished:
        return reading, None
    wanted = {"selection": selection, "since": since.isoformat()}
    return reading, kgtool.jobs.ask(
        "changes", wanted, by=caller, subject=f"changes {selection} {since}"
    )
