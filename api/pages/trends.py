"""What moved in the last month, in one line."""

from __future__ import annotations

import datetime

from msgspec import Struct

from kgtool.reports.charts import sparkline
from kgtool.wiring import Kgtool

_TREND_DAYS = 31


class Trend(Struct, frozen=True):
    """How the gaps of a selection moved in the last month; ``line`` draws it, if it can be."""

    since: datetime.date
    items: int
    gaps: int
    line: str


def trends(kgtool: Kgtool, selections: list[str]) -> dict[str, Trend]:
    """Selection → what moved since the first state recorded in the last month."""
    since = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=_TREND_DAYS)
    return {
        name: Trend(
            totals[0].at.date(),
            totals[-1].items - totals[0].items,
            totals[-1].gaps - totals[0].gaps,
            sparkline([(one.at, one.gaps) for one in totals]),
        )
        for name, totals in kgtool.history.totals(selections, since).items()
    }
