"""Doubts about measures: names in them that nothing in the workspace has, perhaps misspelt.

A property, a site or a language that nobody uses yet measures 0 %, and so does a misspelt one.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence

from kgtool.coverage.columns import Rank
from kgtool.coverage.measures import (
    Atom,
    Conforms,
    HasGoodReference,
    HasProperty,
    HasQualifier,
    HasReference,
    HasSitelink,
    HasTerm,
    HasValue,
    Measure,
    atoms,
)
from kgtool.coverage.planes import Planes, union
from kgtool.messages.words import Words


def doubts(
    measures: Iterable[Measure], planes: Planes, rank: Rank, loaded: Callable[[str], bool]
) -> list[Words]:
    """What to say of names in *measures* that nothing in the workspace has; each said once.

    :param loaded: whether the workspace holds an entity of that id.
    """
    found = (
        doubt
        for measure in measures
        for atom in dict.fromkeys(atoms(measure))
        for doubt in _of(atom, planes, rank, loaded)
    )
    return list(dict.fromkeys(found))


def _of(atom: Atom, planes: Planes, rank: Rank, loaded: Callable[[str], bool]) -> Iterator[Words]:
    match atom:
        case HasSitelink(site=site):
            if not _met(atom, planes, rank):
                yield _said("doubt-site", site, planes.columns.sites())
        case HasTerm(language=language):
            # Labels in “mul” may meet a measure of a language that there is not.
            known = planes.remembered("languages", planes.columns.languages)
            if language not in known:
                yield _said("doubt-language", language, known)
        case HasProperty(property=property) | HasGoodReference(property=property):
            yield from _property(property, planes, rank, loaded)
        case HasReference(property=property, source=source):
            yield from _property(property, planes, rank, loaded)
            if source and not loaded(source) and not _met(atom, planes, rank):
                yield Words("doubt-property", (source,))
        case HasValue(property=property):
            yield from _property(property, planes, rank, loaded)
        case HasQualifier(property=property, qualifier=qualifier):
            yield from _property(property, planes, rank, loaded)
            any_value = HasQualifier(property, qualifier)
            if not loaded(qualifier) and not _met(any_value, planes, rank):
                yield Words("doubt-property", (qualifier,))
        case Conforms():  # a shape that is not there is an error
            return


def _property(
    property: str, planes: Planes, rank: Rank, loaded: Callable[[str], bool]
) -> Iterator[Words]:
    if not loaded(property) and not _met(HasProperty(property), planes, rank):
        yield Words("doubt-property", (property,))


def _met(atom: Atom, planes: Planes, rank: Rank) -> bool:
    """Whether any item has anything of it, be it “unknown” or “no value”."""
    states = planes.states(atom, rank)
    there = union(planes.cube, [states.have, states.unknown_value, states.no_value])
    return bool(there.any())


def _said(key: str, name: str, known: Sequence[str]) -> Words:
    doubt = Words(key, (name,))
    near = difflib.get_close_matches(name, known, n=1)
    return Words("doubt-nearest", (doubt, near[0])) if near else doubt
