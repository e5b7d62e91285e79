"""Which items of a survey fail what: set logic over sorted numbers."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgtool.service.survey import Constraint, Survey
from kgtool.views.classes import Numbers

SEVERITIES = ("required", "recommended", "suggested")
some = st.sets(st.integers(1, 60))


def numbers(of: set[int]) -> Numbers:
    return np.array(sorted(of), np.uint32)


@given(
    some,
    st.lists(
        st.tuples(st.sampled_from(("P1", "P2")), st.sampled_from(SEVERITIES), some), max_size=5
    ),
)
def test_items_that_fail_are_those_of_the_constraints_that_are_meant(
    items: set[int], given: list[tuple[str, str, set[int]]]
) -> None:
    failing = [(property, severity, failed & items) for property, severity, failed in given]
    all = set().union(*(failed for _, _, failed in failing))
    survey = Survey(
        "painting",
        1,
        "2026-11-30",
        numbers(items),
        numbers(items - all),
        {},
        [
            Constraint(f"c{n}", property, severity, {}, {}, numbers(failed))
            for n, (property, severity, failed) in enumerate(failing)
            if failed
        ],
    )
    for severity, property in product(("", *SEVERITIES), ("", "P1", "P2")):
        meant = [f for p, s, f in failing if severity in ("", s) and property in ("", p)]
        assert survey.failing(severity, property).tolist() == sorted(set().union(*meant))
    for one in survey.constraints:
        found = survey.failing(constraint=one.constraint)
        assert found.tolist() == one.failing.tolist() and found.dtype == np.uint32
