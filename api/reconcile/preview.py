"""The preview and the flyout: static HTML that fits its frame."""

from __future__ import annotations

from datetime import date
from functools import cache

import jinja2
from jinja2 import Environment

from kgtool.entities import Profile
from kgtool.messages import day, direction, number, say
from kgtool.reconcile.explanation import feature_name
from kgtool.reconcile.query import Candidate, Query
from kgtool.reconcile.weights import Weights
from kgtool.service.cards import About, Card
from kgtool.views.names.record import STATED


def preview_page(
    card: Card,
    about: About,
    profile: Profile,
    language: str,
    asked: Query | None = None,
    scored: Candidate | None = None,
) -> str:
    """A whole page; no script, no form, nothing loaded but the image. *scored* is the entity as a
    candidate for what was *asked*."""
    image = ""
    if card.image and profile.thumbnail:
        from urllib.parse import quote

        image = profile.thumbnail.format(file=quote(card.image.replace(" ", "_")), width=120)
    return (
        _templates()
        .get_template("preview.html")
        .render(
            card=card,
            about=about,
            as_of=_day(about.as_of, language),
            asked=asked,
            scored=scored,
            features=_features(scored, language) if scored else [],
            image=image,
            page=profile.page_url(card.id),
            language=language,
            direction=direction(language),
            say=lambda key, *given: say(language, key, *given),
        )
    )


def flyout(card: Card, language: str) -> str:
    """A few lines to hover over a suggestion."""
    return (
        _templates()
        .get_template("flyout.html")
        .render(card=card, say=lambda key, *given: say(language, key, *given))
    )


def features_page(weights: Weights, address: str, language: str) -> str:
    """What a score is made of: every feature by its id, with its weight."""
    return (
        _templates()
        .get_template("features.html")
        .render(
            features=[
                (id, feature_name(id, 1.0, language), weight)
                for id, weight in [
                    *weights.features.items(),
                    *((f"name_{kind}", 0.0) for kind in STATED),
                ]
            ],
            weights=weights,
            address=address,
            language=language,
            direction=direction(language),
            say=lambda key, *given: say(language, key, *given),
        )
    )


def _day(text: str, language: str) -> str:
    try:
        return day(language, date.fromisoformat(text[:10]))
    except ValueError:  # an index whose maker gave no date, or another one
        return text or "?"


def _features(scored: Candidate, language: str) -> list[tuple[str, str, str]]:
    """Name, value and points of each feature, as the language writes numbers."""
    return [
        (
            feature_name(one.id, one.value, language),
            number(language, round(one.value, 2)),
            number(language, round(one.points, 2)),
        )
        for one in sorted(scored.features, key=lambda one: -abs(one.points))
    ]


@cache
def _templates() -> Environment:
    return Environment(
        loader=jinja2.PackageLoader("kgtool.api.reconcile", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
