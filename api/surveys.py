"""What pages and routes of checks share: a survey that is there, or the job that makes it."""

from __future__ import annotations

from kgtool.coverage.selection import Role
from kgtool.errors import Busy
from kgtool.messages.words import Words
from kgtool.service.callers import Caller
from kgtool.service.survey import Survey
from kgtool.store import Job
from kgtool.wiring import Kgtool


def surveyed(
    kgtool: Kgtool, shape: str, of: str, caller: Caller, role: Role = "collection"
) -> tuple[Survey | None, Job | None]:
    """The survey of a partner or selection, and the job that makes a newer one where that takes
    longer than a page may.

    Without a survey so far, only the job. One that was made before something changed is told while
    the next is being made.

    :raises UsageError: there is nothing to check.
    :raises NotFound: there is no such shape or selection.
    :raises NotInWorkspace: the partner was never loaded.
    """
    survey, newest = kgtool.checks.surveyed(shape, of, role)
    if newest:
        return survey, None
    wanted = {"shape": shape, "selection": of, "role": role}
    subject = f"checks {shape} of {of}" + ("" if role == "collection" else f" as {role}")
    return survey, kgtool.jobs.ask("checks-count", wanted, by=caller, subject=subject)


def surveyed_now(
    kgtool: Kgtool, shape: str, of: str, caller: Caller, role: Role = "collection"
) -> Survey:
    """The survey, for a program. Raises as :func:`surveyed`.

    :raises Busy: it is being made: ask again.
    """
    survey, _ = surveyed(kgtool, shape, of, caller, role)
    if survey is None:
        raise Busy(Words("error-counting"), hint=Words("error-minute"))
    return survey
