"""The rules of a plan as one Python function, without a loop over them.

Most rules ask whether statements of a property are there, and look at rank and value of the only
one. Written out, that takes half of the time that a loop over tests takes. The text of the function
is made of fixed lines and numbers: whatever comes from a schema is bound to names.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple, TypeAlias

from msgspec.json import encode

from kgtool.checks.findings import Fault
from kgtool.entities import Entity, Statement

Add: TypeAlias = Callable[[Fault], None]
Slow: TypeAlias = Callable[[Any, Hashable], None]
Unrolled: TypeAlias = Callable[[Entity, Add, Slow], None]


class Step(NamedTuple):
    """One rule: what is asked, and what happens where the answer is no.

    With ``enough``, statements of ``property`` are asked, and ``missing`` is added where there are
    none; with ``fits`` each of them by itself, but for those of ``passing`` ranks. ``unsourced``
    is what is added where some do not fit, by :func:`support` of these: what is not there yet is
    looked at slowly, and told its place. With ``concerned``, statements of ``property`` say what
    else is gone through. Otherwise ``quick`` is asked of the entity, and ``parts`` follow where it
    says no; or all is looked at slowly.
    """

    rule: object
    property: str = ""
    missing: Fault | None = None
    is_plain: bool = False
    enough: Callable[[list[Statement]], bool] | None = None
    fits: Callable[[Statement], bool] | None = None
    passing: tuple[str, ...] | None = None
    unsourced: dict[Hashable, list[Fault]] | None = None
    concerned: Callable[[list[Statement]], Iterable[Unrolled]] | None = None
    quick: Callable[[Entity], bool] | None = None
    parts: tuple[Step, ...] = ()


def support(statement: Statement) -> Hashable:
    """What tells statements apart by rank and references alone: the rank if there are none."""
    references = statement.references
    return (statement.rank, encode(references)) if references else statement.rank


def unrolled(steps: Iterable[Step]) -> Unrolled:
    """A function that goes through the steps for an entity: it adds, or calls what is slow."""
    space: dict[str, Any] = {"support": support}
    lines = ["def run(entity, add, slow):", "    get = entity.claims.get"]
    lines += _indented(_text(steps, space))
    exec("\n".join(lines), space)  # noqa: S102 fixed lines and numbers, see above
    made: Unrolled = space["run"]
    return made


def _text(steps: Iterable[Step], space: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for step in steps:
        number = space["number"] = space.get("number", -1) + 1
        bound = step._asdict()
        space |= {f"{name}{number}": what for name, what in bound.items() if what is not None}
        lines += (line.replace("#", str(number)) for line in _lines(step))
        if step.parts:
            lines += _indented(_text(step.parts, space))
    return lines


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _lines(step: Step) -> list[str]:
    if step.concerned is not None:
        return [
            "found = get(property#)",
            "if found:",
            "    for one in concerned#(found): one(entity, add, slow)",
        ]
    if step.enough is None:
        asked = "if not quick#(entity): " if step.quick is not None else ""
        return [asked] if step.parts else [f"{asked}slow(rule#, None)"]
    lines = ["found = get(property#)"]
    if step.missing is not None:
        lines += ["if not found: add(missing#)", "elif"]
    else:
        lines += ["if found and"]
    if step.is_plain:
        # The only statement, and one that has a value that counts.
        lines[-1] += (
            " (len(found) > 1 or (one := found[0]).rank == 'deprecated'"
            " or one.mainsnak.snaktype == 'novalue') and"
        )
    elif step.fits is not None:
        lines[-1] = "if found:" if step.missing is None else "else:"
        return [*lines, *_indented(_each(step))]
    lines[-1] += " not enough#(found): slow(rule#, None)"
    return lines


def _each(step: Step) -> list[str]:
    """Each statement of ``found`` by itself."""
    passing = "" if step.passing is None else "one.rank not in passing# and "
    failing = f"    if {passing}not fits#(one):"
    if step.unsourced is None:
        return ["for one in found:", failing, "        slow(rule#, None)", "        break"]
    # A place for each sequence of what fails, repetitions aside: (the first ones, the last one).
    return [
        "place = None",
        "for one in found:",
        failing,
        "        here = support(one)",
        "        if place is None: place = here",
        "        elif place != here: place = (place, here)",
        "if place is not None:",
        "    told = unsourced#.get(place)",
        "    if told is None: slow(rule#, place)",
        "    else:",
        "        for fault in told: add(fault)",
    ]
