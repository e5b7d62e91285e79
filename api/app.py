"""The service: ``create_app(settings)``; uvicorn starts ``kgtool.api.app:app_from_environment``."""

from __future__ import annotations

import asyncio
import ctypes
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

import kgtool
from kgtool.service.tally import Tally
from kgtool.settings import Settings
from kgtool.wiring import build

from . import errors
from .auth import Sessions
from .compression import Compression
from .described import describe
from .limits import Limits
from .middleware import BodyLimit, Figures, Frame
from .moved import Moved
from .pages import batches as batch_pages
from .pages import changes as change_pages
from .pages import checks as check_pages
from .pages import coverage as coverage_pages
from .pages import docs, feeds, front, glossary, sign_in, static, worklists
from .pages import draft_form as draft_form_pages
from .pages import drafts as draft_pages
from .pages import history as history_pages
from .pages import jobs as job_pages
from .pages import mending as mending_pages
from .pages import merging as merging_pages
from .pages import partner_form as partner_form_pages
from .pages import partners as partner_pages
from .pages import plan_notes as plan_note_pages
from .pages import publish as publish_pages
from .pages import queries as query_pages
from .pages import reports as report_pages
from .pages import request as request_page
from .pages import request_idea as request_idea_pages
from .pages import requests as request_pages
from .pages import selections as selections_pages
from .reconcile import router as reconcile_router
from .reconcile.answers import OpenToAll
from .reconcile.matching import Matching
from .resumption import Resumption
from .routes import (
    batches,
    changes,
    checks,
    claims,
    coverage,
    drafts,
    health,
    history,
    jobs,
    mends,
    partners,
    plan_notes,
    publications,
    queries,
    reports,
    requests,
    selected,
    selections,
    sparql,
)
from .warming import keep_warm

BODY_LIMIT = 20_000_000
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h

_log = logging.getLogger("kgtool.api")

PAGES = (
    feeds,  # /partners/Q1.atom, before /partners/{qid}
    front,
    merging_pages,
    partner_pages,
    partner_form_pages,
    coverage_pages,
    selections_pages,
    history_pages,
    change_pages,
    worklists,
    mending_pages,
    check_pages,
    draft_form_pages,  # /drafts/new, before /drafts/{id}
    draft_pages,
    plan_note_pages,
    batch_pages,
    job_pages,
    query_pages,
    report_pages,
    publish_pages,
    request_pages,
    request_idea_pages,
    request_page,  # /requests/{number}, after /requests/new
    glossary,
    sign_in,
    docs,
    static,
)
ROUTES = (
    health,
    coverage,
    history,
    changes,
    checks,
    drafts,
    batches,
    plan_notes,
    jobs,
    partners,
    requests,
    claims,
    mends,
    selections,
    selected,
    queries,
    reports,
    publications,
    sparql,
)


def create_app(settings: Settings) -> FastAPI:
    """The service over the workspace that *settings* name. Opens nothing before it is asked."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(keep_warm(app))
        yield
        warming.cancel()
        with suppress(asyncio.CancelledError):
            await warming
        app.state.kgtool.close()

    app = FastAPI(
        title="kgtool",
        version=kgtool.__version__,
        summary="Coverage, worklists, checks and drafts for partners' collections on Wikidata",
        lifespan=lifespan,
        docs_url=None,  # these would load scripts from other hosts; /docs is a page of ours
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.kgtool = build(settings)
    app.state.alone = False
    app.state.warm = 0  # the generation whose usual questions are at hand
    app.state.kgtool.snapshots.patient = True
    app.state.matching = Matching(app.state.kgtool.reconcile)
    app.state.sessions = Sessions(settings)
    shared = settings.run_folder if settings.run_folder.parts else None
    app.state.figures = Figures(shared)
    app.state.limits = Limits(settings.requests_per_minute, Tally(shared))
    errors.install(app)
    for part in (*ROUTES, *PAGES):
        app.include_router(part.router)
    app.include_router(reconcile_router)
    describe(app)
    app.add_middleware(Compression)
    app.add_middleware(Resumption)
    app.add_middleware(BodyLimit, limit=BODY_LIMIT)
    app.add_middleware(Moved, leads=lambda: app.state.kgtool.leads)
    app.add_middleware(Frame, figures=app.state.figures)
    app.add_middleware(OpenToAll, prefix="/reconcile")
    return app


def keep_memory() -> None:
    """Keep memory that was freed for the next answer, up to 64 MB, where the C library is glibc.

    To give a megabyte back to the system and take it again costs more than to write a table.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM_THRESHOLD, 64 * 2**20)
        library.mallopt(_MMAP_THRESHOLD, 32 * 2**20)


def app_from_environment() -> FastAPI:
    """The service as ``KGTOOL_*`` describe it, alone in its process."""
    keep_memory()
    app = create_app(Settings.from_environment())
    app.state.alone = True
    return app
