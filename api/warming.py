"""What is opened and made ready before somebody waits for it."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from starlette.concurrency import run_in_threadpool

from kgtool.messages import SOURCE
from kgtool.reconcile.query import Query
from kgtool.service.callers import OPERATOR

from .pages.checks import usual_shape
from .pages.coverage import GROUPINGS
from .pages.render import compile_templates

if TYPE_CHECKING:
    from fastapi import FastAPI

    from kgtool.wiring import Kgtool

T = TypeVar("T")
_CHECKED = 50  # partners
_log = logging.getLogger("kgtool.api")


async def keep_warm(app: FastAPI) -> None:
    """Open each new generation and count what is usually asked of it, before somebody waits.

    A second later, when the first questions have been answered: whatever else the first reader of
    a page would wait for.
    """
    tool: Kgtool = app.state.kgtool
    opened = prepared = 0
    while True:
        number = await _done(tool.snapshots.number) or 0
        if number != opened:
            opened = number
            await _done(tool.coverage.warm)
        elif number != prepared:
            prepared = number
            for work in (
                compile_templates,
                app.openapi,
                lambda: _month(tool),
                lambda: _groups(tool),
                lambda: _checks(tool),
                lambda: tool.reconcile.begin([Query(name="museum")]),
            ):
                await _done(work)
            if app.state.alone:
                await _done(_settle)
            app.state.warm = number
        await asyncio.sleep(1)


def _settle() -> None:
    """Let the collector of circular garbage pass over all that stays with this generation.

    To go through it takes a fifth of a second, in which nobody is answered.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _month(tool: Kgtool) -> None:
    """The newest month report: it reads more of the registry than any other page."""
    report = tool.reports.month(f"{tool.reports.months(1)[0]:%Y-%m}")
    tool.reports.fragment(tool.reports.document(report, SOURCE))


def _groups(tool: Kgtool) -> None:
    """What each property that pages group by has as values: read once for all collections."""
    partners, _ = tool.partners.find(OPERATOR, whole=False)
    here = tool.institutions.here([one.qid for one in partners])
    smallest = min(filter(here.get, here), key=lambda qid: here[qid], default="")
    for by in GROUPINGS if smallest else ():
        tool.coverage.matrix(smallest, by, measures=[], most=1)


def _checks(tool: Kgtool) -> None:
    """What the pages of checks of the registered partners open with: each shape once."""
    partners, _ = tool.partners.find(OPERATOR, whole=False)
    here = tool.institutions.here([one.qid for one in partners])
    largest = sorted(filter(here.get, here), key=lambda qid: -here[qid])
    for shape in dict.fromkeys(usual_shape(tool, qid) for qid in largest[:_CHECKED]):
        tool.checks.prepare(shape)


async def _done(work: Callable[[], T]) -> T | None:
    """The work's result; only a help, so whoever asks first is told what is wrong."""
    try:
        return await run_in_threadpool(work)
    except Exception as error:
        _log.warning("not warmed: %s: %s", type(error).__name__, error)
        return None
