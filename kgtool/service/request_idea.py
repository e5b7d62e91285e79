"""What somebody tells of a request: checked, and as it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypedDict

from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.partners import qid
from kgtool.partners import request as rules
from kgtool.partners.partner import link_url, one_of


class Idea(TypedDict, total=False):
    """What a request is about, who asks and why; whatever is left out is not told."""

    title: str
    description: str
    kind: str
    material: str
    outcome: str
    justification: str
    community: str
    language: str
    partner: str
    country: str
    links: Iterable[str]
    related: Iterable[str]


def fields_of(told: Idea, country: Callable[[str], str]) -> dict[str, Any]:
    """The fields of a request that is told so; ``country`` gives the QID of one.

    :raises UsageError: something is not right.
    """
    found: dict[str, Any] = {**told}
    for name in ("title", "description"):
        if name in found:
            found[name] = found[name].strip()
            if not found[name]:
                raise UsageError(Words("error-request-empty"))
    if not told.get("language", "").strip():
        found.pop("language", None)
    if "kind" in told:
        found["kind"] = one_of(told["kind"], rules.KINDS)
    if "partner" in told:
        found["partner"] = qid(told["partner"]) if told["partner"].strip() else None
    if "country" in told:
        found["country"] = country(told["country"]) if told["country"].strip() else None
    if "links" in told:
        found["links"] = [link_url(rules.task_url(link)) for link in told["links"]]
    if "related" in told:
        found["related"] = [rules.related(path) for path in told["related"]]
    return found
