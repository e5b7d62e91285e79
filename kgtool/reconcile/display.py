"""What a candidate shows of itself: label, description, and the features of its score."""

from __future__ import annotations

from collections.abc import Mapping

from kgtool.reconcile.conditions import Fact
from kgtool.reconcile.query import Feature
from kgtool.views.names.record import NameRecord

_FALLBACK = ("mul", "en", "und")


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


def verdict_feature(fact: Fact, verdict: int) -> Feature:
    """What a property that was asked says: 1 agrees, -1 contradicts, 0 not known."""
    return Feature(fact.label, float(verdict))
