"""Where help counts most: the gaps of several partners that would be worth most to close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from kgtool.wiring import Kgtool

from .heat import severities, worth

_SHOWN = 6
_OF_ONE_PARTNER = 1
_OF_ONE_MEASURE = 2


class Help(Struct, frozen=True):
    """A worklist to begin with: ``missing`` items of a partner lack ``measure``."""

    partner: str
    measure: str
    name: str
    missing: int
    severity: str


def help_wanted(kgtool: Kgtool, partners: Sequence[str], language: str) -> list[Help]:
    """The worklists that help most, of different partners and about different things.

    ``partners`` are QIDs that the workspace has items of.
    """
    if not partners:
        return []
    found = [
        Help(matrix.partner, measure, "", cell.missing, severities().get(measure, ""))
        for matrix in kgtool.coverage.totals(partners, language=language)
        for measure, cell in matrix.groups[0].measures.items()
        if cell.missing
    ]
    found.sort(key=lambda one: (-worth(one.measure, one.missing), one.partner, one.measure))
    chosen: list[Help] = []
    of_partner, of_measure = Counter[str](), Counter[str]()
    for one in found:
        if of_partner[one.partner] < _OF_ONE_PARTNER and of_measure[one.measure] < _OF_ONE_MEASURE:
            chosen.append(one)
            of_partner[one.partner] += 1
            of_measure[one.measure] += 1
        if len(chosen) == _SHOWN:
            break
    names = kgtool.wording.of([one.measure for one in chosen], language)
    return [
        Help(one.partner, one.measure, names[one.measure], one.missing, one.severity)
        for one in chosen
    ]
