"""The weights of the model, from one readable file."""

from __future__ import annotations

import math
import tomllib
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import msgspec


class Weights(msgspec.Struct, frozen=True, dict=True):
    """``features``: points for one unit of each feature; ``names``: what people call them.

    Points are the bias and the weighted sum of the features; the score is
    ``100 / (1 + exp(-points))``. A candidate is a match from ``match_score`` on and
    ``match_margin`` points before the next one.
    """

    features: dict[str, float]
    names: dict[str, str]
    bias: float
    match_score: float
    match_margin: float

    @cached_property
    def shown(self) -> list[tuple[str, str, float]]:
        """Id, name and weight of each feature, in the order of the file."""
        return [(id, self.names[id], weight) for id, weight in self.features.items()]

    def score(self, points: float) -> float:
        """Points as a score from 0 to 100, rounded to hundredths."""
        return round(100.0 / (1.0 + math.exp(-max(-500.0, min(500.0, points)))), 2)


def load_weights(path: Path | None = None) -> Weights:
    """The weights that come with this release, or those of a file."""
    text = (
        path.read_text(encoding="utf-8")
        if path
        else files("kgtool.reconcile").joinpath("weights.toml").read_text(encoding="utf-8")
    )
    return msgspec.convert(tomllib.loads(text), Weights)
