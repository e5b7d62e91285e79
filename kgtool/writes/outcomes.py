"""Every way in which sending an edit can end: a class each, that says what to do next.

``written`` is True, False, or None where nobody can know yet. Only where it is False may an edit be
sent again; where it is None, it is looked up first. After those that come first here, the run goes
on; with *taken* to *held* the row is for a person, with *blocked* and what follows nothing of the
batch can be written. ``next`` is what the run does:

- ``done``: nothing more;
- ``again``: at once, after mending the session or reading the item anew;
- ``wait``: ``seconds`` later, or as long as we choose where the wiki names no time;
- ``look``: find out, after the quiet period, what became of it;
- ``stop``: end the run; a person has to do something first.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import Struct

from kgtool.messages.words import Words, listed

Next = Literal["done", "again", "wait", "look", "stop"]


class _Outcome(Struct, frozen=True, omit_defaults=True, tag_field="outcome"):
    written: ClassVar[bool | None] = False
    next: ClassVar[Next] = "done"


class Confirmed(_Outcome, frozen=True, tag="confirmed"):
    """It is on the wiki: as which item, in which revision. ``revision`` 0 where nothing changed."""

    written: ClassVar[bool | None] = True
    item: str
    revision: int = 0


class Unneeded(_Outcome, frozen=True, tag="unneeded"):
    """The item has it already; nothing was sent."""

    item: str


class Unknown(_Outcome, frozen=True, tag="unknown"):
    """The answer was lost or made no sense: it may have been written, or still will be."""

    written: ClassVar[bool | None] = None
    next: ClassVar[Next] = "look"
    reason: str | Words


class TokenExpired(_Outcome, frozen=True, tag="token-expired"):
    """The wiki does not accept our edit token any more."""

    next: ClassVar[Next] = "again"


class SessionLost(_Outcome, frozen=True, tag="session-lost"):
    """The wiki does not know who we are any more."""

    next: ClassVar[Next] = "again"


class EditConflict(_Outcome, frozen=True, tag="edit-conflict"):
    """Someone changed the same terms or statement since it was read."""

    next: ClassVar[Next] = "again"


class Lagged(_Outcome, frozen=True, tag="lagged"):
    """The wiki's copies lag behind (maxlag)."""

    next: ClassVar[Next] = "wait"
    seconds: float = 5.0


class ReadOnly(_Outcome, frozen=True, tag="read-only"):
    """Nobody can edit at the moment."""

    next: ClassVar[Next] = "wait"
    reason: str | Words = ""
    seconds: float = 5.0


class Throttled(_Outcome, frozen=True, tag="throttled"):
    """We were too fast: an edit or creation limit, or HTTP 429."""

    next: ClassVar[Next] = "wait"
    seconds: float = 60.0


class Unreachable(_Outcome, frozen=True, tag="unreachable"):
    """No connection came about, so nothing was sent."""

    next: ClassVar[Next] = "wait"
    reason: str | Words = ""
    seconds: float = 10.0


class Taken(_Outcome, frozen=True, tag="taken"):
    """Another item has the label and description, or the sitelink."""

    by: str
    what: str


class Invalid(_Outcome, frozen=True, tag="invalid"):
    """The wiki does not take a value."""

    code: str
    message: str


class Gone(_Outcome, frozen=True, tag="gone"):
    """The item was deleted, never existed, or is a redirect now."""

    reason: str | Words


class Protected(_Outcome, frozen=True, tag="protected"):
    """The item may not be edited by us."""


class Overtaken(_Outcome, frozen=True, tag="overtaken"):
    """The item has changed in a way that the approved plan does not cover."""

    reason: str | Words


class Held(_Outcome, frozen=True, tag="held"):
    """It cannot be sent: a row that it refers to has no item, or the wiki has no REST API."""

    reason: str | Words


class Blocked(_Outcome, frozen=True, tag="blocked"):
    """The account is blocked."""

    next: ClassVar[Next] = "stop"
    reason: str | Words = ""


class NotAllowed(_Outcome, frozen=True, tag="not-allowed"):
    """The account, or its password's grants, do not allow this."""

    next: ClassVar[Next] = "stop"
    reason: str | Words


class Misdirected(_Outcome, frozen=True, tag="misdirected"):
    """The address answers with a redirect, or knows no such action: not the wiki we were told."""

    next: ClassVar[Next] = "stop"
    reason: str | Words


Outcome: TypeAlias = (
    Confirmed
    | Unneeded
    | Unknown
    | TokenExpired
    | SessionLost
    | EditConflict
    | Lagged
    | ReadOnly
    | Throttled
    | Unreachable
    | Taken
    | Invalid
    | Gone
    | Protected
    | Overtaken
    | Held
    | Blocked
    | NotAllowed
    | Misdirected
)


# What of one item no other may have, by the wiki's own names for it.
_TAKEN = ("label-with-description-conflict", "sitelink-conflict")


def outcome_code(outcome: Outcome) -> str:
    """The word that journals and reports use: ``confirmed``, ``taken`` and so on."""
    return str(outcome.__struct_config__.tag)


def in_words(outcome: Outcome) -> Words:
    """What happened, for people. Reasons that the wiki gave are in its own words."""
    said = Words(f"outcome-{outcome_code(outcome)}")
    match outcome:
        case Taken(by, what) if what in _TAKEN:
            detail: str | Words = Words(f"taken-{what}", (by,))
        case Taken(by, what):
            detail = listed([by, what])
        case Invalid(code, message):
            detail = listed([code, message])
        case _:
            detail = getattr(outcome, "reason", "")
    return Words("outcome-detail", (said, detail)) if detail else said
