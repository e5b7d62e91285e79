"""A request to the helpdesk, on its way from a question to a shared outcome."""

from __future__ import annotations

import datetime
import re

from msgspec import Struct

from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.partners.partner import one_of

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
GATHERING = ("new", "information")  # what it is about may still be told otherwise
DECISIONS = ("approved", "declined")  # of the committee, which says why
CLOSED = ("done", "declined", "withdrawn")
WORKED_ON = ("approved", "working-group", "in-progress")  # a working group can be joined
KINDS = (
    "photographs",
    "artworks",
    "manuscripts",
    "books",
    "maps",
    "audio-video",
    "objects",
    "data-set",
    "other",
)
PRIORITIES = ("high", "normal", "low")

# The committee's checklist.
ASPECTS = ("technical", "legal-ethical", "risk", "sustainability")
VERDICTS = ("good", "concern", "blocker", "not-applicable")

# Letters that a text may have.
LONGEST = {
    **{"title": 250, "material": 250, "community": 250, "language": 40, "contact": 250},
    **{"description": 20_000, "outcome": 20_000, "justification": 20_000},
    **{"advice": 20_000, "result": 20_000},
}

_LONGEST_NOTE = 250  # on an aspect of the checklist

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
    """Something that happened to a request.

    ``kind`` is ``moved``, ``commented``, ``checked``, ``changed``, ``joined`` or ``left`` (the
    working group). Of a move, ``text`` begins with the state, of a check with aspect and verdict,
    of a change with the fields; what follows a colon is the reason.
    """

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
    """One request, whole. ``author`` is the account that made it, if any.

    ``related`` are pages of ours that it is about: partners, worklists, plans, batches. ``meeting``
    is the day on which the committee looks at it. ``version`` grows with every change, but for
    comments and the working group; 0 is told where changes are nobody's business.
    """

    title: str
    description: str
    made: datetime.datetime
    moved: datetime.datetime
    id: int = 0
    version: int = 1
    state: str = "new"
    kind: str = "other"
    material: str = ""
    outcome: str = ""
    justification: str = ""
    community: str = ""
    partner: str | None = None
    country: str | None = None
    language: str = "en"
    links: list[str] = []
    related: list[str] = []
    meeting: datetime.date | None = None
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
    closed = () if state in CLOSED else ("declined", "withdrawn")
    return _MOVES[state] + closed


def overdue(request: Request, now: datetime.datetime) -> int:
    """By how many days a request has waited too long; 0 if it has not.

    It waits to be moved on, and for a reply to whoever asked or commented last.
    """
    waits = [0]
    if request.state in PATIENCE:
        waits.append((now - request.moved).days - PATIENCE[request.state])
    if not request.replied and request.state not in CLOSED:
        asked = max((e.at for e in request.events if e.kind == "commented"), default=request.made)
        waits.append((now - asked).days - PATIENCE["new"])
    return max(waits)


def state_at(request: Request, moment: datetime.datetime) -> str:
    """The state that a request was in just before a moment; empty where it was not made yet."""
    moves = [e.text for e in request.events if e.kind == "moved" and e.at < moment]
    return moves[-1].partition(":")[0] if moves else ""


def task_url(text: str) -> str:
    """The address of a Phabricator task that is named by its number, ``T12345``; else the text."""
    found = re.fullmatch(r"T[1-9]\d{0,8}", text.strip())
    return f"https://phabricator.wikimedia.org/{found[0]}" if found else text


def members(request: Request) -> list[str]:
    """Who is in the working group, in the order in which they joined."""
    found: dict[str, None] = {}
    for event in request.events:
        if event.kind == "joined":
            found[event.by] = None
        elif event.kind == "left":
            found.pop(event.by, None)
    return list(found)


def related(text: str) -> str:
    """A page of ours that a request is about: ``/worklists?of=Q190804&missing=P18``.

    :raises UsageError: it is none.
    """
    path = re.sub(r"^https?://[^/]+", "", text.strip())
    path = re.sub(r"^/[a-z]{2,3}(?=/)", "", path)  # the language of the reader
    if not re.fullmatch(r"/(partners|selections|worklists|drafts|batches)\b[!-~]{1,480}", path):
        raise UsageError(Words("error-related", (text[:60],)), hint=Words("error-copy-address"))
    return path


def checked(found: RequestCheck) -> RequestCheck:
    """A finding on an aspect that there is, with a verdict, or with neither verdict nor note.

    :raises UsageError: it is none.
    """
    aspect, note = one_of(found.aspect, ASPECTS), found.note.strip()
    if not found.verdict and not note:
        return RequestCheck(aspect, "")
    if not found.verdict:
        raise UsageError(Words("error-no-verdict", (Words(f"request-aspect-{aspect}"),)))
    if len(note) > _LONGEST_NOTE:
        raise UsageError(Words("error-too-long", (_LONGEST_NOTE,)))
    return RequestCheck(aspect, one_of(found.verdict, VERDICTS), note)


def bounded(request: Request) -> None:
    """Go on only if no text of a request is too long.

    :raises UsageError: one is; names it.
    """
    for field, longest in LONGEST.items():
        if len(getattr(request, field)) > longest:
            raise UsageError(Words("error-too-long", (longest,)))


def quarter(text: str) -> tuple[datetime.date, datetime.date]:
    """``2026Q3`` → its first day, and the first day after it.

    :raises UsageError: it is no quarter.
    """
    found = re.fullmatch(r"(20\d\d)-?[Qq]([1-4])", text.strip())
    if found is None:
        raise UsageError(
            Words("error-not-quarter", (text[:40],)), hint=Words("error-for-example", ("2026Q3",))
        )
    year, number = int(found[1]), int(found[2])
    begin = datetime.date(year, 3 * number - 2, 1)
    return begin, datetime.date(year + number // 4, 3 * number % 12 + 1, 1)


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
        version=0,
        title=request.title,
        state=request.state,
        made=request.made,
        moved=request.moved,
        country=request.country,
        kind=request.kind,
        meeting=request.meeting,
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
        related=request.related if "links" in shown else [],
        priority=request.priority if "priority" in shown else "",
        advice=request.advice if "advice" in shown else "",
        result=request.result if "result" in shown else "",
    )
