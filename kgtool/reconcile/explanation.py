"""A score in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from kgtool.messages import say
from kgtool.reconcile.query import Candidate
from kgtool.reconcile.weights import load_weights
from kgtool.views.names.record import STATED

LITTLE = 0.05  # points below which a feature is not worth a word


def feature_name(id: str, value: float, language: str) -> str:
    """What a feature says; one that is a property says whether it agrees."""
    if name := _named(language).get(id):
        return name
    verdict = "agrees" if value > 0 else "contradicts" if value < 0 else "unknown"
    return say(language, f"recon-property-{verdict}", id)


def explanation(candidate: Candidate, language: str) -> str:
    """What spoke for the candidate, then what spoke against it; the weightiest first."""
    if candidate.redirected_from:
        return say(language, "recon-merged", candidate.redirected_from)
    if not candidate.features:
        return say(language, "recon-is-id")
    telling = sorted(
        [
            (-abs(points), one.id, one.value, points > 0)
            for one in candidate.features
            if not -LITTLE <= (points := one.points) <= LITTLE
        ]
    )
    named = _named(language)
    speaks_for: list[str] = []
    against: list[str] = []
    for _, id, value, good in telling:
        name = named.get(id) or feature_name(id, value, language)
        (speaks_for if good else against).append(name)
    parts = [_found_by(candidate, language)]
    parts += [_filled(language, "recon-for", speaks_for)]
    parts += [_filled(language, "recon-against", against)]
    parts += [_filled(language, "recon-twins", candidate.twins)]
    return " ".join([part for part in parts if part])


def _found_by(candidate: Candidate, language: str) -> str:
    name, kind = candidate.matched_name, candidate.name_kind
    if kind in STATED:
        return say(language, "recon-found-by-kind", name, say(language, f"recon-name-{kind}"))
    return _filled(language, "recon-found-by", [name])


@cache
def _named(language: str) -> dict[str, str]:
    """Names of the features that are no properties: parts of the score, and kinds of names."""
    return {
        id: say(language, f"recon-feature-{id.replace('_', '-')}") for id in load_weights().features
    } | {
        f"name_{kind}": say(language, "recon-feature-name", say(language, f"recon-name-{kind}"))
        for kind in STATED
    }


def _filled(language: str, key: str, listed: Sequence[str]) -> str:
    before, separator, after = _around(language, key)
    inside = separator.join(listed)
    return f"{before}{inside}{after}" if inside else ""


@cache
def _around(language: str, key: str) -> tuple[str, str, str]:
    """A message as what stands before its parameter, between members of a list, and after it: a
    batch has hundreds of explanations."""
    before, after = say(language, key, "\0").split("\0")
    return before, say(language, "list-separator"), after
