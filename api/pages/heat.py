"""A matrix as people read it: rows of measures, the worst gaps first, and a chart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from kgtool.checks.expectations import SEVERITIES, Severity, kinds
from kgtool.coverage.cells import Cell
from kgtool.coverage.matrix import Group, Matrix
from kgtool.service.wording import ABOUT, about

MOST_GROUPS = 12
_BARS = 8
_HELPING = 5
_WORTH = {"required": 4, "recommended": 2, "suggested": 1}


class Line(Struct, frozen=True):
    """One measure: its cells for the groups that are shown, the total first.

    ``severity`` is how much the shapes want it; empty where none names it.
    """

    measure: str
    name: str
    cells: list[Cell]
    severity: str = ""

    @property
    def worth(self) -> int:
        """How much it would help to close this gap: items, times how much it is wanted."""
        return worth(self.measure, self.cells[0].missing)


class Section(Struct, frozen=True):
    """Measures about the same kind of thing."""

    about: str
    lines: list[Line]


class Bar(Struct, frozen=True):
    """One bar of the chart: parts are (state, begin, width), in percent of its length."""

    name: str
    count: int
    share: float | None
    parts: list[tuple[str, float, float]]


class Heat(Struct, frozen=True):
    """Everything a page shows of a matrix."""

    groups: list[Group]
    more_groups: int
    sections: list[Section]
    worst: list[Line]
    overall: float | None
    missing: int


def worth(measure: str, missing: int) -> int:
    """How much it would help to close a gap of so many items: times how much it is wanted."""
    return missing * _WORTH.get(severities().get(measure, ""), 1)


def choices(names: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """The measures that the shapes name, for people to choose from: by topic, then by name."""
    return [
        (topic, sorted((one for one in severities() if about(one) == topic), key=names.__getitem__))
        for topic in ABOUT
    ]


def heat_of(matrix: Matrix, names: dict[str, str], *, everything: bool) -> Heat:
    """Lines for the measures that say something; with *everything*, for all."""
    shown = matrix.groups
    total = shown[0]
    lines = [
        Line(
            measure,
            names[measure],
            [group.measures[measure] for group in shown],
            severities().get(measure, ""),
        )
        for measure in matrix.measures
        if everything or total.measures[measure].share is not None
    ]
    lines.sort(key=lambda line: (-line.worth, line.measure))
    by_topic: dict[str, list[Line]] = {topic: [] for topic in ABOUT}
    for line in lines:
        by_topic[about(line.measure)].append(line)
    cells = [line.cells[0] for line in lines]
    there = sum(c.have + c.no_value + c.unknown_value for c in cells)
    missing = sum(c.missing for c in cells)
    return Heat(
        groups=shown,
        more_groups=matrix.left_out,
        sections=[Section(topic, found) for topic, found in by_topic.items() if found],
        worst=[line for line in lines if line.cells[0].missing][:_HELPING],
        overall=there / (there + missing) if there + missing else None,
        missing=missing,
    )


@cache
def severities() -> dict[str, Severity]:
    """Measure → how much the shapes want it, where several do as the one that wants it most."""
    found: dict[str, Severity] = {}
    for severity in reversed(SEVERITIES):
        for kind in kinds():
            for one in kind.expectations:
                if one.severity == severity:
                    found[one.measure] = severity
    return found


def bars_of(heat: Heat) -> list[Bar]:
    """A bar for each of the gaps that are worth most to close, those first."""
    lines = [line for section in heat.sections for line in section.lines if line.cells[0].missing]
    lines.sort(key=lambda line: (-line.worth, line.measure))
    bars = []
    for line in lines[:_BARS]:
        cell = line.cells[0]
        states = (
            ("have", cell.have),
            ("none", cell.no_value + cell.unknown_value),
            ("barred", cell.barred),
            ("missing", cell.missing),
        )
        size = sum(n for _, n in states)
        begin = 0.0
        parts = []
        for state, n in states:
            width = 100 * n / size
            if n:
                parts.append((state, round(begin, 2), round(width, 2)))
            begin += width
        bars.append(Bar(line.name, cell.missing, cell.share, parts))
    return bars


def step(cell: Cell) -> str:
    """The style of a cell: ``h0`` (nothing) to ``h10`` (all), ``hx`` where nothing is asked."""
    if cell.share is None:
        return "hx"
    return f"h{min(10, int(cell.share * 10))}"


def condition_of(group: Group, by: str, instance_of: str) -> str | None:
    """The measure that holds on the items of a group; ``""`` for all, none if there is none.

    Countries and decades are found in several ways, so no one measure says them.
    """
    property = {"type": instance_of}.get(by, by)
    if group.kind == "total":
        return ""
    if not property.startswith("P") or not property[1:].isdecimal():
        return None
    if group.kind == "none":
        return f"not {property}"
    if group.kind == "value" and group.group and group.group.startswith("Q"):
        return f"{property}={group.group}"
    return None
