"""The preview and the flyout: static HTML that fits its frame."""

from __future__ import annotations

from functools import cache

import jinja2
from jinja2 import Environment

from kgtool.entities import Profile
from kgtool.messages import direction, say
from kgtool.reconcile.weights import Weights
from kgtool.service.cards import Card


def preview_page(card: Card, profile: Profile, language: str) -> str:
    """A whole page; no script, no form, nothing loaded but the image."""
    image = ""
    if card.image and profile.thumbnail:
        from urllib.parse import quote

        image = profile.thumbnail.format(file=quote(card.image.replace(" ", "_")), width=120)
    return (
        _templates()
        .get_template("preview.html")
        .render(
            card=card,
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


def features_page(weights: Weights, address: str) -> str:
    """What a score is made of: every feature by its id, with its weight."""
    return (
        _templates()
        .get_template("features.html")
        .render(features=weights.shown, weights=weights, address=address)
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=jinja2.PackageLoader("kgtool.api.reconcile", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
