"""Partners, their collections and projects, and the helpdesk's requests, as values."""

from kgtool.partners.institution import Institution, Size, institution_of
from kgtool.partners.merging import Keep, merged
from kgtool.partners.partner import (
    KINDS,
    PUBLISHABLE,
    STATUSES,
    Collection,
    Contact,
    Link,
    Partner,
    Project,
    StatusChange,
    published_view,
    qid,
)
from kgtool.partners.request import (
    ASPECTS,
    STATES,
    VERDICTS,
    Request,
    RequestCheck,
    RequestEvent,
    moves_from,
    overdue,
)

__all__ = [
    "ASPECTS",
    "KINDS",
    "PUBLISHABLE",
    "STATES",
    "STATUSES",
    "VERDICTS",
    "Collection",
    "Contact",
    "Institution",
    "Keep",
    "Link",
    "Partner",
    "Project",
    "Request",
    "RequestCheck",
    "RequestEvent",
    "Size",
    "StatusChange",
    "institution_of",
    "merged",
    "moves_from",
    "overdue",
    "published_view",
    "qid",
]
