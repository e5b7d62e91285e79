"""What pages and routes about people's data share: who may see it, and reading for a while."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from kgtool.coverage.selection import OfPartners, Saved, Selection
from kgtool.coverage.selection import of as selection_of
from kgtool.errors import Busy
from kgtool.messages.words import Words
from kgtool.partners.fate import Fate
from kgtool.partners.told import Told
from kgtool.service.callers import Caller
from kgtool.service.changes import Reading
from kgtool.store import Job
from kgtool.wiring import Kgtool

from .deps import as_of

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


def without_rows(found: Iterable[Fate], caller: Caller) -> Iterator[Fate]:
    """Fates as a caller may see them: row keys of batches are the partner's own affair."""
    whole = caller.may("volunteer")
    return (one if whole or not one.key else replace(one, batch="", key="") for one in found)


def told_or_counted(
    kgtool: Kgtool, of: str, since: datetime.date, caller: Caller
) -> tuple[Told | None, Job | None]:
    """The answer, and the job that makes a newer one where that takes longer than a page may.

    Without an answer so far, only the job. One that was made before something changed is told
    while the next is being made.

    :raises NotInWorkspace: a partner was never loaded.
    """
    kept = kgtool.changes.kept(of, since)
    if kept is not None and kept[1]:
        return kept[0], None
    if kgtool.changes.at_once(of):
        return kgtool.changes.told(of, since), None
    # One job for each selection at a time, whichever days are asked for.
    wanted = {"selection": of, "since": since.isoformat()}
    job = kgtool.jobs.ask("changes-count", wanted, by=caller, subject=f"changes of {of}")
    return kept[0] if kept is not None else None, job


def told_now(kgtool: Kgtool, of: str, since: datetime.date, caller: Caller) -> Told:
    """The answer, for a program.

    :raises Busy: it is being made: ask again.
    """
    told, _ = told_or_counted(kgtool, of, since, caller)
    if told is None:
        raise Busy(Words("error-counting"), hint=Words("error-minute"))
    return told


def dated(kgtool: Kgtool, of: str, since: datetime.date) -> dict[str, str]:
    """Of when a table of what happened is, as a header: of when it was counted, where it was."""
    kept = kgtool.changes.kept(of, since)
    if kept is not None and kept[1]:
        return {"Kgtool-As-Of": kept[0].as_of}
    if kgtool.changes.at_once(of):
        return {"Kgtool-As-Of": kgtool.changes.told(of, since).as_of}
    return as_of(kgtool)


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
