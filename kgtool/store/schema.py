"""The tables. A change here needs a migration: a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from kgtool.store.kinds import BLOB, NAME, QID, SEALED, WORD, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_partner() -> Column[str]:
    return Column(
        "partner", QID, ForeignKey("partner.qid", ondelete="CASCADE"), nullable=False, index=True
    )


def _of_request() -> Column[int]:
    return Column(
        "request",
        Integer,
        ForeignKey("request.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    )


partner = Table(
    "partner",
    metadata,
    Column("qid", QID, primary_key=True),
    Column("name", String(250), nullable=False),
    Column("kind", WORD, nullable=False),
    Column("status", WORD, nullable=False),
    Column("country", QID),
    Column("affiliate", NAME, nullable=False, default=""),
    Column("summary", Text, nullable=False, default=""),
    Column("published", JSON, nullable=False),  # names of the fields that anyone may see
    Column("updated", Moment, nullable=False),
    Column("version", Integer, nullable=False, default=1),  # one more with every change
)

redirect = Table(
    "redirect",
    metadata,
    Column("source", QID, primary_key=True),
    Column("target", QID, nullable=False, index=True),  # where it leads in the end
    Column("seen", Moment, nullable=False),
)

partner_status = Table(
    "partner_status",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_partner(),
    Column("status", WORD, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    Column("note", Text, nullable=False, default=""),
)

contact = Table(
    "contact",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_partner(),
    Column("name", SEALED, nullable=False),
    Column("address", SEALED, nullable=False),
    Column("purpose", String(250), nullable=False),
    Column("consent", String(250), nullable=False, default=""),
    Column("delete_after", Date, nullable=False, index=True),
)

project = Table(
    "project",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_partner(),
    Column("name", String(250), nullable=False),
    Column("focus", QID),
    Column("begin", Date),
    Column("end", Date),
)

link = Table(
    "link",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_partner(),
    Column("title", String(250), nullable=False),
    Column("url", String(2000), nullable=False),
)

collection = Table(
    "collection",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_partner(),
    Column("qid", QID),
    Column("name", String(250), nullable=False),
    Column("catalogue_size", Integer),  # records in the institution's own catalogue
    Column("counted", Date),
    Column("source", String(2000), nullable=False, default=""),
)

selection = Table(
    "selection",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("title", String(250), nullable=False),
    Column("definition", JSON, nullable=False),
    Column("by", NAME, nullable=False),
    Column("made", Moment, nullable=False),
)

claim = Table(
    "claim",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("selection", NAME, nullable=False, index=True),
    Column("item", QID, nullable=False),
    Column("missing", String(250), nullable=False),
    Column("by", NAME, nullable=False, index=True),
    Column("expires", Moment, nullable=False, index=True),
    UniqueConstraint("item", "missing"),
)

request = Table(
    "request",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String(250), nullable=False),
    Column("description", Text, nullable=False),
    Column("kind", WORD, nullable=False, default="other"),
    Column("material", String(250), nullable=False, default=""),
    Column("outcome", Text, nullable=False, default=""),
    Column("justification", Text, nullable=False, default=""),
    Column("community", String(250), nullable=False, default=""),
    Column("partner", QID),
    Column("country", QID),
    Column("language", WORD, nullable=False, default="en"),
    Column("links", JSON, nullable=False),
    Column("related", JSON, nullable=False),
    Column("meeting", Date),
    Column("state", WORD, nullable=False, index=True),
    Column("priority", WORD, nullable=False, default=""),
    Column("advice", Text, nullable=False, default=""),
    Column("result", Text, nullable=False, default=""),
    Column("assigned", NAME, nullable=False, default=""),
    Column("author", NAME, nullable=False, default=""),
    Column("contact", SEALED),
    Column("contact_delete_after", Date, index=True),
    Column("published", JSON, nullable=False),
    Column("replied", Boolean, nullable=False, default=False),
    Column("made", Moment, nullable=False),
    Column("moved", Moment, nullable=False),
    Column("version", Integer, nullable=False, default=1),  # one more with every change
)

request_event = Table(
    "request_event",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_request(),
    Column("at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    Column("kind", WORD, nullable=False),  # moved, commented, assigned, checked, replied
    Column("text", Text, nullable=False, default=""),
)

request_check = Table(
    "request_check",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_request(),
    Column("aspect", WORD, nullable=False),
    Column("verdict", WORD, nullable=False),
    Column("note", Text, nullable=False, default=""),
    UniqueConstraint("request", "aspect"),
)

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("role", WORD, nullable=False),
    Column("partner", QID),
    Column("grant", SEALED),  # what they granted when they signed in, to edit in their name
    Column("grant_delete_after", Date),
    Column("made", Moment, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("role", WORD, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("made", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("revoked", Moment),
)

# Who is signed in, in a browser. Ending it here ends it, whoever holds the cookie.
session = Table(
    "session",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the secret in the cookie
    Column("account", Integer, ForeignKey("account.id", ondelete="CASCADE"), index=True),
    Column("token", Integer, ForeignKey("token.id", ondelete="CASCADE"), index=True),
    Column("made", Moment, nullable=False),
    Column("expires", Moment, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("by", NAME, nullable=False, index=True),
    Column("action", WORD, nullable=False),
    Column("object", NAME, nullable=False, index=True),
    Column("detail", JSON, nullable=False),
)

past_matrix = Table(
    "past_matrix",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("selection", NAME, nullable=False),
    Column("day", Date, nullable=False),
    Column("reason", WORD, nullable=False),
    Column("at", Moment, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("items", Integer, nullable=False),
    Column("gaps", Integer, nullable=False),  # all that is missing, summed over the measures
    Column("matrix", BLOB, nullable=False),  # zstd-packed JSON: missing and share by measure
    Column("kept", BLOB, nullable=False),  # zstd-packed JSON: what changed since the one before
    Index(None, "selection", "day"),
)

plan_note = Table(
    "plan_note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", WORD, nullable=False, index=True),
    Column("partner", QID, nullable=False, default=""),  # for whom it speaks; empty: the office
    Column("kind", WORD, nullable=False),  # comment, objection
    Column("text", Text, nullable=False),
    Column("by", NAME, nullable=False),
    Column("at", Moment, nullable=False),
    Column("settled", Moment),
    Column("settled_by", NAME, nullable=False, default=""),
    Column("answer", Text, nullable=False, default=""),
)

job = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("lane", WORD, nullable=False),
    Column("subject", NAME, nullable=False, default="", index=True),
    Column("arguments", JSON, nullable=False),
    Column("state", WORD, nullable=False),
    Column("progress", JSON, nullable=False),
    Column("stopping", Boolean, nullable=False, default=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("result", JSON(none_as_null=True)),
    Column("error", JSON, nullable=False, default=""),  # words, or a text
    Column("by", NAME, nullable=False, default=""),
    Column("worker", NAME),
    Column("lease", Moment),
    Column("not_before", Moment, nullable=False),
    Column("made", Moment, nullable=False),
    Column("begun", Moment),
    Column("ended", Moment, index=True),
    Index(None, "lane", "state"),
)

worker = Table(
    "worker",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("begun", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
)

publication = Table(
    "publication",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("wiki", String(200), nullable=False),
    Column("page", String(255), nullable=False),
    Column("name", WORD, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("pending", String(64), nullable=False, default=""),
    Column("revision", BigInteger, nullable=False),
    Column("asked", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    UniqueConstraint("wiki", "page", "name"),
)

# Rows of worklists that were found mended on the wiki, until the workspace has them anew.
mended = Table(
    "mended",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item", QID, nullable=False),
    Column("condition", String(64), nullable=False),  # SHA-256 of what the worklist asks
    Column("revision", BigInteger, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    UniqueConstraint("item", "condition"),
)
