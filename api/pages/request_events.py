"""What happened to a request, in words."""

from __future__ import annotations

import datetime

from msgspec import Struct

from kgtool.messages import say
from kgtool.partners import RequestEvent


class Told(Struct, frozen=True):
    """What happened to a request, in words; ``text`` is what a person wrote."""

    what: str
    at: datetime.datetime
    by: str
    text: str = ""


def told(event: RequestEvent, language: str) -> Told:
    """An event with its state, aspect, verdict or fields in the reader's language."""
    head, _, rest = event.text.partition(":")
    rest = rest.strip()
    match event.kind:
        case "moved":
            return Told(say(language, f"request-state-{head}"), event.at, event.by, rest)
        case "checked":
            what = say(
                language,
                "request-event-verdict",
                say(language, f"request-aspect-{head}"),
                say(language, f"request-verdict-{rest or 'open'}"),
            )
            return Told(what, event.at, event.by)
        case "changed":
            fields = [say(language, f"request-field-{name}") for name in head.split(", ")]
            named = say(language, "list-separator").join(fields)
            return Told(say(language, "request-event-fields", named), event.at, event.by, rest)
        case _:
            return Told(
                say(language, f"request-event-{event.kind}"), event.at, event.by, event.text
            )
