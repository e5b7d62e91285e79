"""The month report: its figures, its words in every language, and nothing private in it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from kgtool.cli.report import report as command
from kgtool.coverage.trends import Move, Span
from kgtool.entities import to_json
from kgtool.errors import NotFound, UsageError
from kgtool.messages import languages
from kgtool.partners.wikitext import plain
from kgtool.reports.month import overall, period, selected
from kgtool.service.callers import OPERATOR
from kgtool.service.history import History
from kgtool.settings import Settings
from kgtool.store import HistoryStore
from kgtool.wiring import Kgtool, build
from tests.builders import item
from tests.short import short

SEPTEMBER = datetime(2026, 9, 20, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)
MUSEUM = "Q190804"


def record(tool: Kgtool, moment: datetime, selection: str = MUSEUM) -> None:
    History(tool.coverage, HistoryStore(tool.database), dict, lambda: moment).record(selection)


@pytest.fixture
def tool(tmp_path: Path) -> Kgtool:
    """A museum: in October a gap closes, an item comes without an image."""
    made = build(Settings(home=tmp_path))
    museum = item(MUSEUM, P31="Q33506", labels={"en": "Rijksmuseum", "sv": "Rijksmuseum"})
    bare = item("Q1001", P31="Q3305213", P195=MUSEUM, labels={"en": "A"})
    made.loading.load([(1, to_json(museum)), (2, to_json(bare))])
    record(made, SEPTEMBER)
    pictured = item("Q1001", P31="Q3305213", P195=MUSEUM, P18="A.jpg", labels={"en": "A"})
    made.loading.apply([pictured, item("Q1002", P31="Q3305213", P195=MUSEUM)])
    record(made, OCTOBER)
    made.partners.add(MUSEUM, name="Rijksmuseum", kind="museum", caller=OPERATOR)
    return made


def published(tool: Kgtool) -> None:
    tool.partners.change(MUSEUM, OPERATOR, publish=["listed"])


def test_the_figures_of_a_month(tool: Kgtool) -> None:
    published(tool)
    found = tool.reports.month("2026-10")
    (museum,) = found.selected
    assert (museum.items, museum.new_items) == (2, 1)
    assert museum.moved["P18"].closed == [1001]
    assert museum.moved["P18"].opened == [1002]
    assert found.new_items == 1
    assert found.closed == museum.closed
    assert found.as_of == OCTOBER


def test_a_month_without_records_says_so_rather_than_nothing_moved(tool: Kgtool) -> None:
    published(tool)
    found = tool.reports.month("2026-11")
    assert found.selected[0].since is None
    row = "|Rijksmuseum]]\n| 2\n| –\n| –\n| –\n"
    assert row in tool.reports.written(found, "wikitext", "en")


def test_what_is_not_public_is_not_told(tool: Kgtool) -> None:
    tool.requests.make(OPERATOR, title="Secret scans", description="d", partner=MUSEUM)
    month = datetime.now(UTC).strftime("%Y-%m")
    public = tool.reports.month(month)
    assert public.selected == []
    assert public.new_partners == []
    assert public.requests.new == 0
    assert tool.reports.month(month, [MUSEUM]).requests.new == 0
    assert "Secret" not in tool.reports.written(public, "wikitext", "en")
    office = tool.reports.month(month, everything=True)
    assert office.requests.new == 1
    assert [one.name for one in office.new_partners] == ["Rijksmuseum"]
    assert "Secret" in tool.reports.written(office, "wikitext", "en")


def test_a_title_of_a_request_never_becomes_markup(tool: Kgtool) -> None:
    hostile = "{{Delete}} [[x|y]] <script>alert(1)</script> ~~~~"
    made = tool.requests.make(OPERATOR, title=hostile, description="d")
    found = tool.reports.month(made.made.strftime("%Y-%m"), everything=True)
    wikitext = tool.reports.written(found, "wikitext", "en")
    assert plain(hostile) in wikitext
    assert "{{" not in wikitext
    assert "~~~~" not in wikitext
    page = tool.reports.written(found, "html", "en")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("language", short(2, languages()))
def test_every_language_has_the_whole_report(tool: Kgtool, language: str) -> None:
    published(tool)
    found = tool.reports.month("2026-10")
    document = tool.reports.document(found, language)
    text = tool.reports.written(found, "wikitext", language)
    assert len(document.sections) == 5
    assert f"== {plain(document.title)} ==" in text
    assert text.count("{|") == text.count("|}") == 2
    assert f"[[d:{MUSEUM}|Rijksmuseum]]" in text
    page = tool.reports.written(found, "html", language)
    assert f'lang="{language}" dir="{document.direction}"' in page


def test_every_figure_is_a_row_of_the_table(tool: Kgtool) -> None:
    published(tool)
    found = tool.reports.month("2026-10")
    rows = list(csv.DictReader(io.StringIO(tool.reports.written(found, "csv", "en"))))
    closed = [r for r in rows if r["measure"] == "P18" and r["figure"] == "closed"]
    assert [(r["id"], r["name"], r["value"]) for r in closed] == [(MUSEUM, "Rijksmuseum", "1")]


def test_of_all_partners_those_are_told_of_whom_there_is_news(tool: Kgtool) -> None:
    published(tool)
    tool.partners.add("Q7", name="Quiet museum", kind="museum", caller=OPERATOR)
    tool.partners.change("Q7", OPERATOR, publish=["listed"])
    tool.loading.apply([item("Q7", P31="Q33506", labels={"en": "Quiet museum"})])
    for moment in (SEPTEMBER, OCTOBER):
        record(tool, moment, "Q7")
    text = tool.reports.written(tool.reports.month("2026-10"), "wikitext", "en")
    assert f"[[d:{MUSEUM}|" in text and "1 more: nothing moved." in text
    assert "[[d:Q7|" not in text.split("=== New partners")[0]
    alone = tool.reports.written(tool.reports.month("2026-10", ["Q7"]), "wikitext", "en")
    assert "[[d:Q7|Quiet museum]]" in alone and "nothing moved" not in alone
    assert alone.startswith("== Quiet museum on Wikidata: October 2026 ==")


def test_a_request_that_was_opened_again_was_done_in_its_month(tool: Kgtool) -> None:
    table = "title,description,state,made,moved\nA,B,done,2026-09-02,2026-10-05\n"
    tool.requests.import_csv(table, OPERATOR)
    tool.requests.move(1, "in-progress", OPERATOR)
    told = tool.reports.month("2026-10", everything=True).requests
    assert (told.new, told.moved, told.done) == (0, 1, 1)


def test_one_selection_alone(tool: Kgtool) -> None:
    found = tool.reports.month("2026-10", [MUSEUM])
    assert [one.id for one in found.selected] == [MUSEUM]
    words = tool.reports.written(found, "wikitext", "en")
    assert "Rijksmuseum" in words and "Batches written" not in words, "batches are of all partners"


def test_an_item_in_two_selections_counts_once() -> None:
    span = Span(2, [2], {"P18": Move(closed=[1])}, SEPTEMBER, OCTOBER)
    assert overall([span, span], [selected("a", span), selected("b", span)]) == (1, 1, 0)


@pytest.mark.parametrize("text", ["2026-13", "2026", "October", "", "2026-10-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a month"):
        period(text)


def test_a_month_ends_where_the_next_begins() -> None:
    december = period("2026-12")
    assert december.end == period("2027-01").begin
    assert not december.has(december.end)


def test_a_month_to_come_and_a_format_that_is_none(tool: Kgtool) -> None:
    with pytest.raises(UsageError, match="not begun"):
        tool.reports.month("2999-01")
    with pytest.raises(NotFound, match="no format"):
        tool.reports.written(tool.reports.month("2026-10"), "docx", "en")


def test_the_command_writes_wikitext(tool: Kgtool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGTOOL_HOME", str(tool.settings.home))
    said = CliRunner().invoke(command, ["2026-10", MUSEUM, "--language", "sv"])
    assert said.exit_code == 0, said.output
    assert "oktober 2026" in said.output
    assert "{| class=" in said.output
