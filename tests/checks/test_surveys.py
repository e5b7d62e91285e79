"""Surveys of a workspace: the same whether columns tell or each entity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgtool.checks.findings import Fault
from kgtool.checks.worker import ReferenceWorker
from kgtool.coverage.selection import OfItems
from kgtool.entities import Item
from kgtool.service.answers import Answers
from kgtool.service.judges import Judges
from kgtool.service.survey import Survey
from kgtool.service.surveys import Surveys
from tests.checks.worlds import WIKIDATA, real_entities
from tests.coverage.worlds import World
from tests.short import short


@pytest.mark.parametrize("shape", short(1, ["artwork", "museum", "person", "library"]))
def test_columns_tell_what_the_entities_tell(shape: str, shared: Path, tmp_path: Path) -> None:
    items = [one for one in real_entities(shared).values() if isinstance(one, Item)][:400]
    world = World(tmp_path, items)
    snapshot = world.snapshots.current()
    judges = Judges(WIKIDATA, ReferenceWorker())
    surveys = Surveys(judges, world.selections, Answers(world.workspace.home, Survey))
    survey = surveys.of(shape, snapshot)

    judge = judges.of(shape, snapshot)
    conforming: list[int] = []
    failing: dict[str, list[int]] = {}
    told: dict[str, Fault] = {}
    for one in sorted(items, key=lambda one: int(one.id[1:])):
        findings = judge.check(one)
        if not findings:
            conforming.append(int(one.id[1:]))
        for finding in findings:
            failing.setdefault(finding.fault.constraint, []).append(int(one.id[1:]))
            told.setdefault(finding.fault.constraint, finding.fault)
    assert survey.conforming.tolist() == conforming
    assert {c.constraint: c.failing.tolist() for c in survey.constraints} == {
        name: np.unique(numbers).tolist() for name, numbers in failing.items()
    }
    for constraint in survey.constraints:
        fault = told[constraint.constraint]
        assert constraint.severity == fault.severity
        assert constraint.labels == fault.labels


@pytest.mark.parametrize("shape", short(1, ["artwork", "person"]))
def test_the_survey_of_a_selection_is_its_part_of_the_survey_of_all(
    shape: str, shared: Path, tmp_path: Path
) -> None:
    """Whoever asks first: a selection alone is judged by its entities, later by the whole."""
    items = [one for one in real_entities(shared).values() if isinstance(one, Item)][:400]
    world = World(tmp_path, items)
    snapshot = world.snapshots.current()
    some = OfItems(tuple(sorted(one.id for one in items[::7])))
    judges = Judges(WIKIDATA, ReferenceWorker())

    answers = Answers(world.workspace.home, Survey)
    alone = Surveys(judges, world.selections, answers).of(shape, snapshot, some)
    surveys = Surveys(judges, world.selections, answers)
    whole = surveys.of(shape, snapshot)
    part = surveys.of(shape, snapshot, some)

    assert len(part.items) == len(some.qids) < len(whole.items)
    assert part.items.tolist() == alone.items.tolist()
    assert part.conforming.tolist() == alone.conforming.tolist()
    assert [(c.constraint, c.severity, c.failing.tolist()) for c in part.constraints] == [
        (c.constraint, c.severity, c.failing.tolist()) for c in alone.constraints
    ]
