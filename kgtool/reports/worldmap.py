"""Places on a map of the world: where in the drawing they are, and which fall together.

The drawing is ``static/world.svg``: outlines of Natural Earth in the Equal Earth projection
(B. Šavrič, T. Patterson, B. Jenny, 2018), 1000 wide, down to 57° south.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import asin, cos, radians, sin, sqrt
from typing import Generic, TypeVar

from msgspec import Struct

WIDE, HIGH = 1000, 437
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_SCALE = WIDE / 5.41326  # the projection is 5.41326 wide
_TOP = 1.31737
_CELL = 16  # places nearer to each other than this fall together

K = TypeVar("K", bound=Hashable)


class Spot(Struct, Generic[K], frozen=True):
    """A place in the drawing, and those who are there."""

    x: float
    y: float
    group: str
    members: list[K]

    @property
    def radius(self) -> float:
        """So that the area grows with the number of members."""
        return round(7 * sqrt(min(len(self.members), 16)), 1)


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Degrees → a point of the drawing."""
    angle = asin(sqrt(3) / 2 * sin(radians(max(-90.0, min(90.0, latitude)))))
    slope = 9 * _A4 * angle**8 + 7 * _A3 * angle**6 + 3 * _A2 * angle**2 + _A1
    x = 2 * sqrt(3) * radians(longitude) * cos(angle) / (3 * slope)
    y = _A4 * angle**9 + _A3 * angle**7 + _A2 * angle**3 + _A1 * angle
    return WIDE / 2 + _SCALE * x, _SCALE * (_TOP - y)


def spots(places: Iterable[tuple[K, str, tuple[float, float]]]) -> list[Spot[K]]:
    """Spots of (who, group, (latitude, longitude)); those of one group that are near are one.

    The largest first, so that smaller ones are drawn over them.
    """
    cells: dict[tuple[str, int, int], list[tuple[K, float, float]]] = {}
    for who, group, (latitude, longitude) in places:
        x, y = project(latitude, longitude)
        if y <= HIGH:
            cells.setdefault((group, int(x // _CELL), int(y // _CELL)), []).append((who, x, y))
    found = [
        Spot(
            round(sum(x for _, x, _ in there) / len(there), 1),
            round(sum(y for _, _, y in there) / len(there), 1),
            group,
            [who for who, _, _ in there],
        )
        for (group, _, _), there in cells.items()
    ]
    return sorted(found, key=lambda spot: -len(spot.members))
