"""Every real entity × every shape: the compiled shape, the general walk, and pyrudof agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool import files
from kgtool.checks.checker import Checker, parse
from tests.checks.worlds import (
    WIKIDATA,
    apart,
    labels,
    projected,
    real_entities,
    reference_verdicts,
    subclasses,
)
from tests.short import short

SHAPES = [name for name in files.shape_names() if "/" not in name]


def compared(name: str, shared: Path, every: int) -> None:
    """All engines on each ``every``-th entity: the shape as a whole, and each of its constraints.

    Hardly a real item meets a whole shape; constraint by constraint, a third of verdicts are good.
    """
    entities = real_entities(shared)
    below = subclasses(shared)
    parsed = apart(parse(name, WIKIDATA))
    some = list(entities.values())[::every]
    ours: dict[tuple[str, str | None], bool] = {}
    for label in labels(parsed):
        checker = Checker(parsed, WIKIDATA, below, entities.get, None, label)
        ours |= {(one.id, label): checker.conforms(one) for one in some}
    whole = Checker(parsed, WIKIDATA, below, entities.get)
    theirs = reference_verdicts(parsed, list(ours), projected(whole, some), below)

    differing = [pair for pair, verdict in ours.items() if theirs[pair] is not verdict]
    assert differing == []
    assert len(set(ours.values())) == 2


@pytest.mark.parametrize("name", short(4, SHAPES))
def test_verdicts_are_those_of_the_reference_engine(name: str, shared: Path) -> None:
    compared(name, shared, 10)


@pytest.mark.long
@pytest.mark.parametrize("name", SHAPES)
def test_verdicts_on_every_entity_are(name: str, shared: Path) -> None:
    compared(name, shared, 1)


@pytest.mark.parametrize("name", short(4, SHAPES))
def test_what_fails_is_told_quickly_as_by_the_general_walk(name: str, shared: Path) -> None:
    entities = real_entities(shared)
    checker = Checker(parse(name, WIKIDATA), WIKIDATA, subclasses(shared), entities.get)
    for one in entities.values():
        findings = checker.check(one)
        assert bool(findings) != checker.conforms(one)
        assert all(finding.node == one.id for finding in findings)
        assert findings == checker.walk(one)
