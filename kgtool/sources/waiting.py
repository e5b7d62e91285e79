"""How long to wait before a server is asked again: as long as it says, else ever longer."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

# Nobody is kept waiting for longer within a request; who asked is told instead.
LONGEST_WAIT = 120.0


class Headers(Protocol):
    """The headers of an answer; names in small letters are found however they were written."""

    def get(self, name: str, /) -> str | None:
        """The value of a header."""


def backoff(attempt: int) -> float:
    """Seconds to wait after an attempt, counted from 1: random, below 1, 2, 4, … up to 60."""
    return random.uniform(0, min(60.0, 2.0 ** (attempt - 1)))  # noqa: S311  # no secret


def retry_after(headers: Headers | Mapping[str, str]) -> float | None:
    """Seconds that ``Retry-After`` (RFC 9110: seconds or a date) asks for; None where it does not.

    A date is compared with the server's own ``Date``: the clock of this machine may be wrong.
    """
    text = (headers.get("retry-after") or "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text, re.ASCII):
        return float(text)
    when = _moment(text)
    if when is None:
        return None
    now = _moment(headers.get("date") or "") or datetime.now(UTC)
    return max(0.0, (when - now).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
