"""Selections: which items a question is about. Values only; ``service`` finds their items.

As JSON, which is how they are saved: ``{"kind": "partners", "qids": ["Q190804"]}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from kgtool.errors import UsageError
from kgtool.messages.words import Words

Role: TypeAlias = Literal["collection", "located", "owned", "archives", "identified", "former"]
ROLES: tuple[Role, ...] = get_args(Role)

_qid = re.compile(r"Q[1-9]\d{0,9}")


class OfPartners(Struct, frozen=True, tag="partners", tag_field="kind"):
    """What belongs to any of these partners in one role; roles are never added up.

    *collection*: P195 names it or a sub-collection (P361 or P527, however deep); *located*: P276;
    *owned*: P127; *archives*: P485; *identified*: a statement with the partner's own identifier
    property; *former*: the collection statement has ended (P582) and no other one stands.
    """

    qids: tuple[str, ...]
    role: Role = "collection"

    def __post_init__(self) -> None:
        _check(self.qids)

    def __str__(self) -> str:
        return " ".join(self.qids)


class OfItems(Struct, frozen=True, tag="items", tag_field="kind"):
    """Exactly these items."""

    qids: tuple[str, ...]
    name: str = "items"

    def __post_init__(self) -> None:
        _check(self.qids)

    def __str__(self) -> str:
        return self.name


class OfQuery(Struct, frozen=True, tag="query", tag_field="kind"):
    """The column ``?item`` of a query's answer: the name of a query of ours, or its text."""

    query: str
    name: str = "query"

    def __str__(self) -> str:
        return self.name


class OfFocusList(Struct, frozen=True, tag="focus", tag_field="kind"):
    """The items on the focus list (P5008) of a project."""

    qid: str

    def __post_init__(self) -> None:
        _check((self.qid,))

    def __str__(self) -> str:
        return f"focus list {self.qid}"


class OfPagePile(Struct, frozen=True, tag="pagepile", tag_field="kind"):
    """The items of a PagePile on Toolforge."""

    number: int

    def __str__(self) -> str:
        return f"PagePile {self.number}"


class Saved(Struct, frozen=True, tag="saved", tag_field="kind"):
    """A selection that was saved under a name."""

    name: str

    def __str__(self) -> str:
        return self.name


Selection: TypeAlias = OfPartners | OfItems | OfQuery | OfFocusList | OfPagePile | Saved


def of(words: str | Sequence[str], role: str = "collection") -> Selection:
    """What a person means who writes QIDs of partners, or the name of a saved selection.

    :raises UsageError: nothing was written, several names, or a role that there is not.
    """
    given = words.replace(",", " ").split() if isinstance(words, str) else list(words)
    if role not in ROLES:
        raise UsageError(
            Words("error-no-role-of-items", (role,)), hint=Words("error-known", (", ".join(ROLES),))
        )
    if given and all(_qid.fullmatch(word) for word in given):
        known: Role = role
        return OfPartners(tuple(dict.fromkeys(given)), known)
    if len(given) == 1:
        return Saved(given[0])
    raise UsageError(
        Words("error-not-selection", (" ".join(given),))
        if given
        else Words("error-selection-none"),
        hint=Words("error-selection-forms"),
    )


def followed(selection: Selection, redirects: Mapping[str, str]) -> Selection:
    """The selection with ids that lead elsewhere replaced by where they lead."""

    def moved(qids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(redirects.get(qid, qid) for qid in qids))

    match selection:
        case OfPartners(qids=qids) | OfItems(qids=qids) if any(qid in redirects for qid in qids):
            return replace(selection, qids=moved(qids))
        case OfFocusList(qid=qid) if qid in redirects:
            return replace(selection, qid=redirects[qid])
        case _:
            return selection


def checked_ids(words: Sequence[str]) -> tuple[str, ...]:
    """Item ids as they were given, each once.

    :raises UsageError: one of them is not the id of an item; says which.
    """
    _check(words)
    return tuple(dict.fromkeys(words))


def ids_in(text: str) -> tuple[str, ...]:
    """The item ids of a text, one or more a line, each once.

    :raises UsageError: a word is not the id of an item; says which, and in which line.
    """
    found: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for word in line.replace(",", " ").split():
            if not _is_id(word):
                raise UsageError(Words("error-line", (str(number), _not_an_id(word))))
            found[word] = None
    return tuple(found)


def _is_id(word: str) -> bool:
    # Columns hold an id's number in 32 bits.
    return _qid.fullmatch(word) is not None and int(word[1:]) < 2**32


def _check(qids: Sequence[str]) -> None:
    for qid in qids:
        if not _is_id(qid):
            raise UsageError(_not_an_id(qid))


def _not_an_id(word: str) -> Words:
    return Words("error-not-item", (word[:80],))
