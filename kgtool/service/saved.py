"""Selections that people save under a name: a page, a URL and a history like a partner's."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import msgspec

from kgtool.coverage.selection import (
    OfFocusList,
    OfItems,
    OfPagePile,
    OfPartners,
    OfQuery,
    Saved,
    Selection,
    checked_ids,
    ids_in,
)
from kgtool.errors import TooLarge, UsageError
from kgtool.messages.words import Words
from kgtool.partners.partner import qid
from kgtool.service.callers import Caller
from kgtool.store import AuditStore, Event, SavedSelection, SelectionStore

KINDS = ("partners", "items", "query", "focus", "pagepile")
MOST_ITEMS = 100_000


class SavedSelections:
    """Anyone may see them; a volunteer may save, and remove their own."""

    def __init__(
        self, store: SelectionStore, audit: AuditStore, clock: Callable[[], datetime.datetime]
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def get(self, name: str) -> SavedSelection:
        """The selection of that name.

        :raises NotFound: there is none.
        """
        return self._store.get(name)

    def find(self, *, after: str = "", limit: int = 100) -> list[SavedSelection]:
        """Selections by name, those after *after*."""
        return self._store.find(after=after, limit=limit)

    def save(
        self, name: str, title: str, definition: dict[str, Any], caller: Caller
    ) -> SavedSelection:
        """Keep a selection, given as :mod:`kgtool.coverage.selection` writes it.

        One of the same name by the same person is replaced.

        :raises UsageError: it is not right, or the name is somebody else's.
        """
        caller.need("volunteer")
        if not title.strip() or len(title) > 250:
            raise UsageError(Words("error-selection-title"))
        selection = _checked(definition)
        made = SavedSelection(
            name, title.strip(), msgspec.to_builtins(selection), caller.name, self._clock()
        )
        with self._audit.together():
            self._store.put(made)
            self._note(caller, "selection-save", name)
        return made

    def remove(self, name: str, caller: Caller) -> None:
        """Delete a selection: one's own, or as a coordinator any.

        :raises NotFound: there is none that the caller may remove.
        """
        caller.need("volunteer")
        with self._audit.together():
            self._store.remove(name, by=None if caller.may("coordinator") else caller.name)
            self._note(caller, "selection-remove", name)

    def _note(self, caller: Caller, action: str, name: str) -> None:
        self._audit.note(Event(self._clock(), caller.name, action, f"selection {name}"[:120], {}))


def definition_of(kind: str, text: str) -> dict[str, Any]:
    """What a person types into a form → a definition: ids for partners and items, a query's name
    or text, a project's QID, the number of a PagePile.

    :raises UsageError: it is not of that kind.
    """
    match kind:
        case "partners":
            return {"kind": kind, "qids": [qid(word) for word in text.replace(",", " ").split()]}
        case "items":
            return {"kind": kind, "qids": list(ids_in(text))}
        case "pagepile":
            number = text.strip()
            if not (number.isascii() and number.isdecimal() and len(number) < 10):
                raise UsageError(Words("error-pagepile", (number[:40],)))
            return {"kind": kind, "number": int(number)}
        case "query":
            return {"kind": kind, "query": text.strip()}
        case "focus":
            return {"kind": kind, "qid": text.strip()}
        case _:
            raise UsageError(
                Words("error-no-kind", (kind[:40],)), hint=Words("error-known", (", ".join(KINDS),))
            )


def text_of(definition: dict[str, Any]) -> tuple[str, str]:
    """A kept definition → its kind, and what a person would type: :func:`definition_of`, back."""
    match definition:
        case {"kind": str() as kind, "qids": list() as qids}:
            return kind, "\n".join(qids)
        case {"kind": str() as kind, "number": int() as number}:
            return kind, str(number)
        case {"kind": str() as kind, "query": str() as text} | {
            "kind": str() as kind,
            "qid": str() as text,
        }:
            return kind, text
    raise AssertionError(definition)


def _checked(definition: dict[str, Any]) -> Selection:
    try:
        selection: Selection = msgspec.convert(definition, Selection)
    except msgspec.ValidationError as error:
        raise UsageError(Words("error-selection-unread", (str(error),))) from None
    match selection:
        case OfPartners(qids=qids) | OfItems(qids=qids):
            if not qids:
                raise UsageError(Words("error-selection-empty"))
            if len(qids) > MOST_ITEMS:
                raise TooLarge(Words("error-selection-items", (MOST_ITEMS,)))
            checked_ids(list(qids))
        case OfFocusList(qid=project):
            qid(project)
        case OfQuery(query=query):
            if not query or len(query) > 20_000:
                raise UsageError(Words("error-query-length"))
        case Saved():
            raise UsageError(Words("error-saved-in-saved"))
        case OfPagePile(number=number):
            if number < 1:
                raise UsageError(Words("error-pagepile-one"))
    return selection
