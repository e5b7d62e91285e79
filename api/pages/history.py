"""Pages of what moved: gaps that opened and closed, and how many there were."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from msgspec import Struct

from kgtool.coverage.trends import COLUMNS, Step
from kgtool.messages import day, number
from kgtool.reports.charts import line_chart
from kgtool.store import PastTotal

from ..auth import require
from ..deps import KgtoolDep, LanguageDep, as_of
from ..tables import csv_answer
from .render import render
from .subjects import SubjectDep

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])

_DAYS = 31
_DRAWN_DAYS = 366  # in the chart, at least
_SHOWN = 20  # items of one measure
_STATES = 20  # that are told one by one
_NAMED = 10  # items of one of them


class Moved(Struct, frozen=True):
    """What became of one measure over a time: items whose gap closed or opened, each once."""

    measure: str
    name: str
    closed: list[str]
    opened: list[str]


class State(Struct, frozen=True):
    """What one recorded state brought: by measure, the items whose gap closed or opened.

    Of the items some are named; ``closings`` and ``openings`` count all.
    """

    at: datetime.datetime
    reason: str
    arrived: int
    closings: int
    openings: int
    closed: list[tuple[str, list[str]]]
    opened: list[tuple[str, list[str]]]


class Before(Struct, frozen=True):
    """What was recorded of a partner that was merged into this one."""

    qid: str
    totals: list[PastTotal]


@router.get("/partners/{qid}/history")
@router.get("/selections/{name}/history")
def history(
    subject: SubjectDep,
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    since: Annotated[datetime.date | None, Query()] = None,
) -> Response:
    today = datetime.datetime.now(datetime.UTC).date()
    since = since or today - datetime.timedelta(days=_DAYS)
    steps = kgtool.history.steps(subject.of, since)
    drawn = min(since, today - datetime.timedelta(days=_DRAWN_DAYS))
    totals = kgtool.history.totals([subject.of], drawn).get(subject.of, [])
    earlier = [
        Before(
            one.selection,
            kgtool.history.totals([one.selection], datetime.date.min).get(one.selection, []),
        )
        for one in kgtool.history.earlier(subject.of)
    ]
    names = kgtool.wording.of(sorted({name for step in steps for name in step.moves}), language)
    moved = moves_since(steps, since, names)
    states = [_state(step, names) for step in reversed(steps) if step.moves or step.arrived]
    shown = {id for one in moved for id in (*one.closed[:_SHOWN], *one.opened[:_SHOWN])}
    shown |= {id for one in states[:_STATES] for _, ids in (*one.closed, *one.opened) for id in ids}
    return render(
        request,
        "history.html",
        subject=subject,
        labels=kgtool.labels.of(shown, language),
        since=since,
        totals=totals,
        earlier=earlier,
        moved=moved,
        states=states[:_STATES],
        more_states=len(states[_STATES:]),
        closed=sum(len(one.closed) for one in moved),
        opened=sum(len(one.opened) for one in moved),
        chart=Markup(  # noqa: S704  # made of numbers and dates
            line_chart(
                [(one.at, one.gaps) for one in totals],
                partial(number, language),
                partial(day, language),
            )
        ),
        most=_SHOWN,
    )


@router.get("/partners/{qid}/history.csv")
@router.get("/selections/{name}/history.csv")
def export(
    subject: SubjectDep,
    kgtool: KgtoolDep,
    since: Annotated[datetime.date | None, Query()] = None,
) -> Response:
    rows = kgtool.history.table(subject.of, since)
    return csv_answer(COLUMNS, rows, f"history-{subject.of}.csv", as_of(kgtool))


def _state(step: Step, names: dict[str, str]) -> State:
    closed = {names[measure]: move.closed for measure, move in step.moves.items() if move.closed}
    opened = {names[measure]: move.opened for measure, move in step.moves.items() if move.opened}
    return State(
        step.at,
        step.reason,
        len(step.arrived),
        sum(map(len, closed.values())),
        sum(map(len, opened.values())),
        _some(closed),
        _some(opened),
    )


def _some(items: dict[str, list[int]]) -> list[tuple[str, list[str]]]:
    """The items that are named, by measure."""
    found: list[tuple[str, list[str]]] = []
    left = _NAMED
    for name, numbers in items.items():
        if left > 0:
            found.append((name, [f"Q{number}" for number in numbers[:left]]))
        left -= len(numbers)
    return found


def moves_since(steps: list[Step], since: datetime.date, names: dict[str, str]) -> list[Moved]:
    """What moved after a day; a gap that opened and closed again meanwhile did not move."""
    balance: dict[str, dict[int, int]] = {}
    for step in steps:
        if step.at.date() < since:
            continue
        for measure, move in step.moves.items():
            items = balance.setdefault(measure, {})
            for item in move.opened:
                items[item] = items.get(item, 0) + 1
            for item in move.closed:
                items[item] = items.get(item, 0) - 1
    moved = [
        Moved(
            measure,
            names.get(measure, measure),
            [f"Q{item}" for item, n in sorted(items.items()) if n < 0],
            [f"Q{item}" for item, n in sorted(items.items()) if n > 0],
        )
        for measure, items in balance.items()
    ]
    return sorted(
        (one for one in moved if one.closed or one.opened),
        key=lambda one: -len(one.closed) - len(one.opened),
    )
