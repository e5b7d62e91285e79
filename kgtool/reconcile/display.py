"""What a candidate shows of itself: label, description, and the features of its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgtool.reconcile.conditions import Fact
from kgtool.reconcile.evidence import AGREES, CONTRADICTS
from kgtool.reconcile.query import Feature
from kgtool.views.names.record import NameRecord

_FALLBACK = ("mul", "en", "und")
_VERDICTS = {AGREES: "agrees", CONTRADICTS: "contradicts"}


def label(record: NameRecord, language: str) -> tuple[str, str]:
    """The label to show and its language: as asked, its base language, ``mul``, English, any."""
    return _pick(record.labels, language, record.id)


def description(record: NameRecord, language: str) -> str:
    """The description to show, or nothing."""
    return _pick(record.descriptions, language, "")[0]


def _pick(texts: Mapping[str, str], language: str, otherwise: str) -> tuple[str, str]:
    for code in (language, language.split("-")[0], *_FALLBACK):
        if code in texts:
            return texts[code], code
    for code, text in texts.items():
        return text, code
    return otherwise, ""


def shown_features(
    values: Sequence[float],
    weights: Sequence[tuple[str, str, float]],
    verdicts: list[tuple[Fact, int]],
) -> tuple[Feature, ...]:
    """Features that say something, and one for each property asked: 1 agrees, -1 contradicts.

    :param weights: id, name and weight of each of the *values*.
    """
    shown = [
        Feature(id, name, value, value * weight)
        for value, (id, name, weight) in zip(values, weights, strict=True)
        if value
    ]
    for fact, verdict in verdicts:
        words = _VERDICTS.get(verdict, "is not known")
        shown.append(Feature(fact.label, f"{fact.label} {words}", float(verdict)))
    return tuple(shown)
