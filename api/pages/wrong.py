"""What is wrong with a form that was sent, told on the form itself: what was typed stays there."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from msgspec import Struct

from kgtool.errors import Forbidden, InputError, KgtoolError, Told, UsageError
from kgtool.messages.words import said_by

from ..errors import status_of
from ..places import as_seen

WRONG = (UsageError, InputError)  # what whoever filled in a form can mend in it


class Wrong(Struct, frozen=True):
    """What an error says, how to mend it, and the status of the answer."""

    said: str | Told
    hint: str | Told
    status: int


def wrong_with(request: Request, error: KgtoolError) -> Wrong:
    """What to tell on the form.

    :raises Forbidden, KgtoolError: the same form would not help: who sent it may not do this, or
        the service itself cannot.
    """
    status = status_of(error)
    if isinstance(error, Forbidden) or error.operator or status == 500:
        raise error
    return Wrong(as_seen(request, said_by(error)), as_seen(request, error.said_hint), status)


def shown_again(request: Request, error: KgtoolError) -> dict[str, Any]:
    """What a page needs to show a form again, as values of its template; raises the same."""
    wrong = wrong_with(request, error)
    return {"status": wrong.status, "wrong": wrong}
