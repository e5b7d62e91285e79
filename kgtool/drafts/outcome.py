"""What becomes of a draft: a class for each of the six outcomes, and the plan that holds them."""

from __future__ import annotations

import hashlib
from typing import Literal, TypeAlias, TypedDict, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts.diff import Diff
from kgtool.drafts.draft import Draft, Finding, label_of
from kgtool.drafts.duplicates import Near
from kgtool.messages.words import Words

Against: TypeAlias = Literal["workspace", "wiki"]  # what drafts are compared with


class _Row(
    Struct,
    frozen=True,
    omit_defaults=True,
    tag_field="outcome",
    kw_only=True,
    forbid_unknown_fields=True,
):
    """What all outcomes share.

    ``place`` is the row's in the plan as it was made, counted from 1: edits are known by it, also
    when rows of the plan are left out later. ``decided`` says who chose the outcome, if a person
    did. ``hash`` binds the row, as it was checked, to its place in its plan (:func:`seal`).
    """

    place: int = 0
    key: str
    row: int
    label: str
    draft: Draft
    findings: list[Finding] = []
    decided: str = ""
    hash: str = ""


class Head(TypedDict):
    """What all outcomes share, as they take it."""

    key: str
    row: int
    label: str
    draft: Draft
    findings: list[Finding]
    decided: str


def head(draft: Draft, findings: list[Finding], decided: str = "") -> Head:
    """What the outcome of a draft begins with."""
    return Head(
        key=draft.key,
        row=draft.row,
        label=label_of(draft),
        draft=draft,
        findings=findings,
        decided=decided,
    )


class Create(_Row, frozen=True, tag="create", kw_only=True):
    """No such item exists; one is made.

    ``searched`` is what was looked for, when the plan was made, and not found.
    """

    searched: list[Words] = []


class Complete(_Row, frozen=True, tag="complete", kw_only=True):
    """The item exists and lacks something.

    ``why`` says how it is known to be the one; ``revision`` is the one compared with.
    """

    item: str
    why: Words
    revision: int | None
    diff: Diff


class Unchanged(_Row, frozen=True, tag="unchanged", kw_only=True):
    """The item has all of it already, or a person chose to skip the row."""

    item: str = ""
    why: Words


class Conflicting(_Row, frozen=True, tag="conflicting", kw_only=True):
    """Another value stands: a person decides. Nothing of the row is written until then."""

    item: str
    why: Words
    revision: int | None
    diff: Diff


class Doubtful(_Row, frozen=True, tag="doubtful", kw_only=True):
    """It may exist already, or a value is not sure: a person decides."""

    near: list[Near] = []
    reason: Words


class Refused(_Row, frozen=True, tag="refused", kw_only=True):
    """It cannot be written; ``findings`` of level *refuse* say why."""


Outcome: TypeAlias = Create | Complete | Unchanged | Conflicting | Doubtful | Refused

OUTCOMES = ("create", "complete", "unchanged", "conflicting", "doubtful", "refused")


_Any = TypeVar("_Any", bound=Outcome)


def seal(row: _Any, plan: str) -> _Any:
    """The row, as it is now, bound to the plan with that id."""
    return replace(row, hash=_hash(row, plan))


def is_whole(row: Outcome, plan: str) -> bool:
    """Whether a row is as it was sealed for this plan: a person may have changed it since."""
    return row.hash == _hash(row, plan)


def _hash(row: Outcome, plan: str) -> str:
    """SHA-256 of the plan, the place in it, the outcome, and what is written to which item.

    What is only said of the row does not count.
    """
    draft = row.draft
    wanted = (draft.key, draft.row, draft.wanted, draft.many, draft.per, draft.keys)
    target = [getattr(row, name, None) for name in ("item", "revision", "diff")]
    held = (plan, row.place, row.key, outcome_name(row), wanted, target)
    return hashlib.sha256(msgspec.json.encode(held, order="deterministic")).hexdigest()


class Plan(Struct, frozen=True, omit_defaults=True, kw_only=True, forbid_unknown_fields=True):
    """A whole batch.

    ``id`` (12 hex digits) names the batch on the wiki; ``source``, ``license``, ``permission`` and
    ``ground`` are the mapping's; ``approval`` links to the approval of a large run;
    ``against`` says what was compared with, ``shape`` by which shape items were checked; ``unread``
    are properties whose constraints could not be read, so that nothing was checked by them. ``by``
    is whoever had it made, where a service did.
    """

    id: str
    title: str
    wiki: str
    made: str
    summary: str
    source: str = ""
    license: str = ""
    permission: str = ""
    ground: str = ""
    approval: str = ""
    against: Against = "workspace"
    shape: str = ""
    unread: list[str] = []
    proposals: list[str] = []
    by: str = ""
    rows: list[Outcome] = []

    def sealed(self) -> Plan:
        """The plan with every row bound to it."""
        return replace(self, rows=[seal(row, self.id) for row in self.rows])

    def counts(self) -> dict[str, int]:
        """Rows by outcome: every outcome, and ``rows`` for all."""
        counts = {"rows": len(self.rows)} | dict.fromkeys(OUTCOMES, 0)
        for row in self.rows:
            counts[outcome_name(row)] += 1
        return counts


def outcome_name(row: Outcome) -> str:
    """``create``, ``complete`` and so on."""
    return str(row.__struct_config__.tag)
