"""Every field that says something of a person: why it is kept, and until when.

A test fails when a column with text is neither here nor stated to be about things.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import Column, Table

from kgtool.store import schema

# account: the row is theirs; name: an account's name and nothing else; sealed: encrypted;
# prose: written by people, who may mention anybody; owned: so is this, and the row goes with it.
# secret: encrypted, goes with its row, and is shown to nobody.
Kind: TypeAlias = Literal["account", "name", "sealed", "secret", "prose", "owned"]

_FOR_ITS_OBJECT = "as long as what it belongs to"
_30_DAYS = "until the day stated beside it, by default 30 days after it was stored"


class Personal(Struct, frozen=True):
    """One field: table and column, purpose, and how long it is kept."""

    table: str
    column: str
    kind: Kind
    purpose: str
    kept: str = _FOR_ITS_OBJECT

    @property
    def of(self) -> Table:
        """The table."""
        return schema.metadata.tables[self.table]

    @property
    def at(self) -> Column[object]:
        """The column."""
        return self.of.c[self.column]


PERSONAL = (
    Personal("account", "name", "account", "to sign in and to hold a role", "until forgotten"),
    Personal("account", "grant", "secret", "to write batches in the approver's name", _30_DAYS),
    Personal("contact", "name", "sealed", "to write to a partner; the purpose is noted", _30_DAYS),
    Personal("contact", "address", "sealed", "to write to a partner", _30_DAYS),
    Personal("contact", "purpose", "prose", "why this contact is kept", _30_DAYS),
    Personal("contact", "consent", "prose", "how and when the person agreed", _30_DAYS),
    Personal("request", "contact", "sealed", "to answer a request", _30_DAYS),
    Personal("request", "author", "name", "who asked sees their request"),
    Personal("request", "assigned", "name", "who looks after a request"),
    Personal("request", "title", "prose", "the request"),
    Personal("request", "description", "prose", "the request"),
    Personal("request", "material", "prose", "the request"),
    Personal("request", "links", "prose", "the request"),
    Personal("request", "outcome", "prose", "the request"),
    Personal("request", "justification", "prose", "the request"),
    Personal("request", "community", "prose", "the request"),
    Personal("request", "advice", "prose", "the committee's answer"),
    Personal("request", "result", "prose", "the committee's answer"),
    Personal("request_event", "by", "name", "who did a step of the helpdesk"),
    Personal("request_event", "text", "prose", "comments"),
    Personal("request_check", "note", "prose", "the committee's checklist"),
    Personal("partner", "summary", "prose", "what the work with a partner is about"),
    Personal("partner", "affiliate", "prose", "which chapter or group works with a partner"),
    Personal("partner_status", "by", "name", "who noted a status"),
    Personal("partner_status", "note", "prose", "why a status changed"),
    Personal("project", "name", "prose", "the project"),
    Personal("collection", "name", "prose", "the collection"),
    Personal("collection", "source", "prose", "where its size was read"),
    Personal("link", "title", "prose", "pages about the work"),
    Personal("link", "url", "prose", "pages about the work"),
    Personal("selection", "by", "name", "who may change a saved selection"),
    Personal("selection", "title", "prose", "the selection"),
    Personal("claim", "by", "name", "who works on which gaps", "14 days, or until given back"),
    Personal("plan_note", "by", "name", "who commented on a plan or objected to it"),
    Personal("plan_note", "text", "prose", "comments on plans"),
    Personal("plan_note", "settled_by", "name", "who answered an objection"),
    Personal("plan_note", "answer", "prose", "the answer"),
    Personal("job", "by", "name", "who asked for work in the background", "30 days"),
    Personal("job", "arguments", "prose", "what was asked for", "30 days"),
    Personal("job", "result", "prose", "what became of it", "30 days"),
    Personal("job", "error", "prose", "why it failed", "30 days"),
    Personal("token", "name", "owned", "to tell tokens apart; many name their holder"),
    Personal("publication", "page", "owned", "the page may be in somebody's user space"),
    Personal("publication", "by", "name", "who published a table on a wiki page"),
    Personal("audit", "by", "name", "who changed what"),
    Personal("audit", "object", "prose", "what was changed; of roles, the account"),
    Personal("audit", "detail", "prose", "names of changed fields"),
)

# Columns with text that are about things: institutions, items, measures, states, programs.
ABOUT_THINGS = frozenset(
    {
        *("partner.qid", "partner.name", "partner.kind", "partner.status", "partner.country"),
        *("partner.published", "partner_status.partner", "partner_status.status"),
        *("contact.partner", "project.partner", "project.focus", "link.partner"),
        *("collection.partner", "collection.qid"),
        *("selection.name", "selection.definition", "claim.selection", "claim.item"),
        *(
            "claim.missing",
            "request.kind",
            "request.related",
            "request.partner",
            "request.country",
        ),
        *("request.language", "request.state", "request.priority"),
        *("request.published", "request_event.kind", "request_check.aspect"),
        *("request_check.verdict", "account.role", "account.partner", "token.role"),
        *("token.scopes", "token.hash", "audit.action", "past_matrix.selection"),
        *(
            "past_matrix.reason",
            "past_matrix.matrix",
            "past_matrix.kept",
            "job.kind",
            "job.lane",
            "job.subject",
        ),
        *("publication.wiki", "publication.name", "publication.digest"),
        *("redirect.source", "redirect.target"),
        *("publication.pending", "publication.asked", "mended.item", "mended.condition"),
        *("plan_note.plan", "plan_note.partner", "plan_note.kind"),
        *("job.state", "job.progress", "job.worker", "worker.name"),
    }
)
