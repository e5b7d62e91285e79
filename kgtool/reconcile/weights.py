"""The weights of the model, from one readable file."""

from __future__ import annotations

import math
import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec


class Weights(msgspec.Struct, frozen=True):
    """``features``: points for one unit of each feature, in the order in which they are shown.

    Points are the bias and the weighted sum of the features; the score is
    ``100 / (1 + exp(-points))``. A candidate is a match from ``match_score`` on and
    ``match_margin`` points before the next one.
    """

    features: dict[str, float]
    bias: float
    match_score: float
    match_margin: float

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
