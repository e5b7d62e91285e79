"""A request to the helpdesk, on its way from a question to a shared outcome."""

from __future__ import annotations

import datetime

from msgspec import Struct

# state → where a request may go from there. Any may be declined or withdrawn until it is done;
# a request that was closed may be opened again.
_MOVES: dict[str, tuple[str, ...]] = {
    "new": ("information", "agenda"),
    "information": ("agenda",),
    "agenda": ("information", "approved"),
    "approved": ("working-group", "in-progress"),
    "working-group": ("in-progress",),
    "in-progress": ("working-group", "done"),
    "done": ("in-progress",),
    "declined": ("information",),
    "withdrawn": ("information",),
}

STATES = tuple(_MOVES)
PRIORITIES = ("high", "normal", "low")

# The committee's checklist.
ASPECTS = ("technical", "legal-ethical", "risk", "sustainability")
VERDICTS = ("good", "concern", "blocker", "not-applicable")

# Days after which a request that has not moved waits too long.
PATIENCE = {"new": 7, "information": 21, "agenda": 35, "approved": 30, "working-group": 60}

# What may be made public; everything else is for coordinators and the author.
PUBLISHABLE = (
    "listed",
    "description",
    "material",
    "outcome",
    "justification",
    "community",
    "partner",
    "links",
    "advice",
    "priority",
    "result",
)


class RequestEvent(Struct, frozen=True):
    """Something that happened to a request: ``moved``, ``commented``, ``assigned``, ``checked``."""

    at: datetime.datetime
    by: str
    kind: str
    text: str = ""


class RequestCheck(Struct, frozen=True):
    """The committee's finding on one aspect of the checklist."""

    aspect: str
    verdict: str
    note: str = ""


class Request(Struct, frozen=True):
    """One request, whole. ``author`` is the account that made it, if any."""

    title: str
    description: str
    made: datetime.datetime
    moved: datetime.datetime
    id: int = 0
    state: str = "new"
    material: str = ""
    outcome: str = ""
    justification: str = ""
    community: str = ""
    partner: str | None = None
    country: str | None = None
    language: str = "en"
    links: list[str] = []
    priority: str = ""
    advice: str = ""
    result: str = ""
    assigned: str = ""
    author: str = ""
    contact: str = ""
    contact_delete_after: datetime.date | None = None
    replied: bool = False
    published: frozenset[str] = frozenset()
    events: list[RequestEvent] = []
    checks: list[RequestCheck] = []


def moves_from(state: str) -> tuple[str, ...]:
    """States that a request may go to from *state*."""
    closed = () if state in ("done", "declined", "withdrawn") else ("declined", "withdrawn")
    return _MOVES[state] + closed


def overdue(request: Request, now: datetime.datetime) -> int:
    """By how many days a request has waited too long; 0 if it has not."""
    allowed = PATIENCE.get(request.state)
    if allowed is None:
        return 0
    return max(0, (now - request.moved).days - allowed)


def published_view(request: Request) -> Request | None:
    """What anyone may see of a request; nothing unless it is listed.

    A listed request shows its title, state, country, language and dates; of the rest what was
    published. Comments, checklist, contact and names are never public.
    """
    shown = request.published
    if "listed" not in shown:
        return None
    return Request(
        id=request.id,
        title=request.title,
        state=request.state,
        made=request.made,
        moved=request.moved,
        country=request.country,
        language=request.language,
        replied=request.replied,
        published=shown,
        description=request.description if "description" in shown else "",
        material=request.material if "material" in shown else "",
        outcome=request.outcome if "outcome" in shown else "",
        justification=request.justification if "justification" in shown else "",
        community=request.community if "community" in shown else "",
        partner=request.partner if "partner" in shown else None,
        links=request.links if "links" in shown else [],
        priority=request.priority if "priority" in shown else "",
        advice=request.advice if "advice" in shown else "",
        result=request.result if "result" in shown else "",
    )
