"""The month in words: in any language that kgtool speaks; and as rows for a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from kgtool.messages import direction, month, say
from kgtool.reports.document import UNKNOWN, Cell, Document, ItemLink, Section, Table
from kgtool.reports.month import Month, Named, Selected

COLUMNS = ("about", "id", "name", "measure", "figure", "value")


def document(
    report: Month,
    language: str,
    names: Mapping[str, tuple[str, str]],
    measures: Mapping[str, str],
) -> Document:
    """The report as a document.

    ``names`` gives the label and its language of partners and selections, ``measures`` what
    measures are called.
    """
    return Document(
        language=language,
        direction=direction(language),
        title=_title(report, language, names),
        lead=[
            say(language, "report-moved", report.new_items, report.closed, report.opened),
            say(language, "report-requests-said", *_counts(report)),
        ],
        sections=[
            _partners(report, language, names),
            *_kinds(report, language, measures),
            _new_partners(report, language, names),
            _requests(report, language),
            *_batches(report, language),
        ],
        as_of=say(language, "report-as-of", report.as_of),
    )


def _title(report: Month, language: str, names: Mapping[str, tuple[str, str]]) -> str:
    when = month(language, report.period.begin)
    if report.batches is not None:  # of all partners
        return say(language, "report-title", when)
    named = [names.get(one.id, (one.id, ""))[0] for one in report.selected]
    return say(language, "report-title-of", say(language, "list-separator").join(named), when)


def rows(
    report: Month, names: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, str, str, str, str, int]]:
    """Every figure as a row under :data:`COLUMNS`."""
    overall = (report.new_items, report.closed, report.opened)
    for figure, value in zip(("new items", "closed", "opened"), overall, strict=True):
        yield ("overall", "", "", "", figure, value)
    for one in report.selected:
        head = ("selection", one.id, names.get(one.id, (one.id, ""))[0])
        if one.items is not None:
            yield (*head, "", "items", one.items)
        if one.since is not None:
            yield (*head, "", "new items", one.new_items)
        for measure, move in one.moved.items():
            yield (*head, measure, "closed", len(move.closed))
            yield (*head, measure, "opened", len(move.opened))
    for partner in report.new_partners:
        yield ("new partner", partner.id, partner.name, "", "partners", 1)
    for figure, value in zip(("new", "moved", "done"), _counts(report), strict=True):
        yield ("requests", "", "", "", figure, value)
    for batch in report.batches or ():
        head = ("batch", batch.id, batch.title)
        yield (*head, "", "edits", batch.edits)
        yield (*head, "", "created", batch.created)
        yield (*head, "", "undone", batch.undone)


def _counts(report: Month) -> tuple[int, int, int]:
    return report.requests.new, report.requests.moved, report.requests.done


def _partners(report: Month, language: str, names: Mapping[str, tuple[str, str]]) -> Section:
    def link(one: Selected) -> ItemLink:
        return ItemLink(one.id, *names.get(one.id, (one.id, "")))

    compared = [one for one in report.selected if one.since is not None]
    still = [one for one in compared if not (one.new_items or one.closed or one.opened)]
    if report.batches is not None:  # of all partners: those that moved are news
        compared = [one for one in compared if one not in still]
    others = [one for one in report.selected if one.since is None]
    compared.sort(key=lambda one: (-one.closed - one.new_items, one.id))
    sentences = [say(language, "report-compared")] if compared else []
    if still and report.batches is not None:
        sentences.append(say(language, "report-still", len(still)))
    if others:
        sentences.append(say(language, "report-unrecorded", UNKNOWN))
    if not report.selected:
        sentences.append(say(language, "report-none"))
    heads = ("partner", "items", "new-items", "closed", "opened")
    cells: list[list[Cell]] = [
        [link(one), one.items, one.new_items, one.closed, one.opened] for one in compared
    ]
    cells += [[link(one), one.items, None, None, None] for one in others]
    heading = say(language, "report-partners")
    return Section(heading, sentences, _table(language, heading, heads, cells))


def _kinds(report: Month, language: str, measures: Mapping[str, str]) -> list[Section]:
    closed: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    for one in report.selected:
        for measure, move in one.moved.items():
            closed[measure] += len(move.closed)
            opened[measure] += len(move.opened)
    order = sorted({*closed, *opened}, key=lambda name: (-closed[name], -opened[name], name))
    cells: list[list[Cell]] = [
        [measures.get(name, name), closed[name], opened[name]]
        for name in order
        if closed[name] or opened[name]
    ]
    if not cells:
        return []
    heading = say(language, "report-kinds")
    return [Section(heading, [], _table(language, heading, ("kind", "closed", "opened"), cells))]


def _new_partners(report: Month, language: str, names: Mapping[str, tuple[str, str]]) -> Section:
    def link(one: Named) -> ItemLink:
        return ItemLink(one.id, *names.get(one.id, (one.name, "")))

    heading = say(language, "report-new-partners")
    if not report.new_partners:
        return Section(heading, [say(language, "report-none")])
    cells: list[list[Cell]] = [[link(one)] for one in report.new_partners]
    return Section(heading, [], _table(language, heading, ("partner",), cells))


def _requests(report: Month, language: str) -> Section:
    heading = say(language, "nav-requests")
    said = [say(language, "report-requests-said", *_counts(report))]
    cells: list[list[Cell]] = [[one.name] for one in report.requests.published]
    return Section(heading, said, _table(language, heading, ("request",), cells))


def _batches(report: Month, language: str) -> list[Section]:
    if report.batches is None:
        return []
    heading = say(language, "report-batches")
    if not report.batches:
        return [Section(heading, [say(language, "report-none")])]
    cells: list[list[Cell]] = [
        [one.title or one.id, one.edits, one.created, one.undone] for one in report.batches
    ]
    heads = ("batch", "edits", "created", "undone")
    return [Section(heading, [], _table(language, heading, heads, cells))]


def _table(
    language: str, caption: str, heads: tuple[str, ...], cells: list[list[Cell]]
) -> Table | None:
    if not cells:
        return None
    return Table(caption, [say(language, f"report-column-{head}") for head in heads], cells)
