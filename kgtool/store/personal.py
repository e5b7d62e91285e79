"""Every field that says something of a person: why it is kept, and until when.

A test fails when a column is neither here nor stated to be about things. Files are stated in
``kgtool.service.kept_files``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import Column, Table

from kgtool.store import schema

# account: the row is theirs; of: so is this, by the account's number; name: an account's name and
# nothing else; sealed: encrypted;
# prose: written by people, who may mention anybody; owned: so is this, and the row goes with it.
# secret: encrypted, goes with its row, and is shown to nobody.
Kind: TypeAlias = Literal["account", "of", "name", "sealed", "secret", "prose", "owned"]

_FOR_ITS_OBJECT = "as long as what it belongs to"
_14_DAYS = "14 days, or until they sign out or their role changes"
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
    Personal("session", "account", "of", "to stay signed in", _14_DAYS),
    Personal("session", "hash", "secret", "to stay signed in", _14_DAYS),
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

# Columns that are about things: institutions, items, measures, states, programs, days and numbers.
_ABOUT_THINGS = {
    "partner": "qid name kind status country published updated version",
    "redirect": "source target seen",
    "partner_status": "id partner status at",
    "contact": "id partner delete_after",
    "project": "id partner focus begin end",
    "link": "id partner",
    "collection": "id partner qid catalogue_size counted",
    "selection": "name definition made",
    "claim": "id selection item missing expires",
    "request": "id kind related partner country language state priority published meeting replied "
    "made moved version contact_delete_after",
    "request_event": "id request at kind",
    "request_check": "id request aspect verdict",
    "account": "id role partner made grant_delete_after",
    "token": "id role scopes hash made expires revoked",
    "session": "token made expires",
    "audit": "id at action",
    "past_matrix": "id selection day reason at generation items gaps matrix kept",
    "plan_note": "id plan partner kind at settled",
    "job": "id kind lane subject state progress stopping attempts worker lease not_before made "
    "begun ended",
    "worker": "name begun seen",
    "publication": "id wiki name digest pending revision asked at",
    "mended": "id item condition revision at",
}
ABOUT_THINGS = frozenset(
    f"{table}.{column}" for table, columns in _ABOUT_THINGS.items() for column in columns.split()
)
