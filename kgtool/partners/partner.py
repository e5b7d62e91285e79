"""A partner: an institution we work with, and what we know about the work."""

from __future__ import annotations

import datetime
import re

from msgspec import Struct
from msgspec.structs import replace

from kgtool.errors import UsageError
from kgtool.messages.words import Words

# How far things are, in the order in which they usually go.
STATUSES = ("prospect", "talking", "agreement", "active", "paused", "ended")

# Kinds that have a name in every language. Others may be written as a partner's own word.
KINDS = (
    "museum",
    "archive",
    "library",
    "gallery",
    "university",
    "research",
    "heritage",
    "intergovernmental",
    "government",
    "society",
    "other",
)

# What a coordinator may make public. ``listed`` shows the partner at all (QID, name, kind,
# country); each of the others shows that field. Contacts are never published.
PUBLISHABLE = (
    "listed",
    "status",
    "affiliate",
    "summary",
    "projects",
    "links",
    "collections",
)

_QID = re.compile(r"Q[1-9][0-9]{0,14}")


class StatusChange(Struct, frozen=True):
    """When a partner came to a status, who noted it, and why."""

    status: str
    at: datetime.datetime
    by: str
    note: str = ""


class Contact(Struct, frozen=True):
    """A person at the partner or in charge of it. Personal: has a purpose and a last day."""

    name: str
    address: str
    purpose: str
    delete_after: datetime.date
    consent: str = ""
    id: int = 0


class Project(Struct, frozen=True):
    """A piece of work with a partner; ``focus`` is its item on focus lists (P5008)."""

    name: str
    focus: str | None = None
    begin: datetime.date | None = None
    end: datetime.date | None = None


class Link(Struct, frozen=True):
    """A page elsewhere about the work: an agreement, a project page, a Commons category."""

    title: str
    url: str


class Collection(Struct, frozen=True):
    """A collection or data set; ``catalogue_size`` counts the institution's own records."""

    name: str
    qid: str | None = None
    catalogue_size: int | None = None
    counted: datetime.date | None = None
    source: str = ""


class Partner(Struct, frozen=True):
    """One partner, whole. ``history`` is oldest first and ends with the present status.

    ``version`` grows with every change, but for contacts; 0 is told where changes are nobody's
    business.
    """

    qid: str
    name: str
    kind: str
    status: str
    updated: datetime.datetime
    version: int = 1
    country: str | None = None
    affiliate: str = ""
    summary: str = ""
    published: frozenset[str] = frozenset()
    history: list[StatusChange] = []
    contacts: list[Contact] = []
    projects: list[Project] = []
    links: list[Link] = []
    collections: list[Collection] = []


def published_view(partner: Partner) -> Partner | None:
    """What anyone may see of a partner; nothing unless it is listed.

    Fields that are not published are empty, and ``status`` is an empty text; there is no history,
    since talks are nobody's business, and there are never contacts.
    """
    if "listed" not in partner.published:
        return None
    shown = partner.published
    return replace(
        partner,
        version=0,
        status=partner.status if "status" in shown else "",
        affiliate=partner.affiliate if "affiliate" in shown else "",
        summary=partner.summary if "summary" in shown else "",
        projects=partner.projects if "projects" in shown else [],
        links=partner.links if "links" in shown else [],
        collections=partner.collections if "collections" in shown else [],
        history=[],
        contacts=[],
    )


def qid(text: str) -> str:
    """A well-formed QID: ``Q190804``; spaces around it and a small ``q`` are forgiven.

    :raises UsageError: it is none.
    """
    found = text.strip().upper()
    if not _QID.fullmatch(found):
        raise UsageError(Words("error-no-qid", (text[:40],)), hint=Words("error-qid-example"))
    return found


def status(text: str) -> str:
    """One of the statuses.

    :raises UsageError: it is none.
    """
    return one_of(text, STATUSES)


def published(texts: list[str]) -> frozenset[str]:
    """A set of publishable fields; any field at all lists the partner too.

    :raises UsageError: one cannot be published.
    """
    fields = {one_of(text, PUBLISHABLE) for text in texts}
    return frozenset(fields | {"listed"} if fields else fields)


def link_url(text: str) -> str:
    """An address that is safe to show as a link: http or https.

    :raises UsageError: it is none.
    """
    if not re.match(r"https?://[^\s/]+", text) or len(text) > 2000:
        raise UsageError(Words("error-no-web-address", (text[:60],)), hint=Words("error-https"))
    return text


def one_of(text: str, allowed: tuple[str, ...]) -> str:
    """*text*, if it is one of the allowed words.

    :raises UsageError: it is not; names those that are.
    """
    word = text.strip().lower()
    if word not in allowed:
        known = ", ".join(allowed)
        raise UsageError(Words("error-not-one", (text[:40],)), hint=Words("error-known", (known,)))
    return word
