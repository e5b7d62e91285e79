"""A plan for other tools: CSV for the partner, Mismatch Finder's CSV, QuickStatements."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
from msgspec.structs import replace

from kgtool.drafts.commands import write_quickstatements
from kgtool.drafts.diff import part_of
from kgtool.drafts.draft import Draft
from kgtool.drafts.outcome import Complete, Conflicting, Create, Outcome, Plan, outcome_name
from kgtool.entities import Reference, StringValue, TimeValue, value_text
from kgtool.spreadsheet import csv_text

PLAN_COLUMNS = ["row", "key", "label", "outcome", "item", "changes", "findings", "decided"]
# Columns as Mismatch Finder wants them (github.com/wmde/wikidata-mismatch-finder, user guide).
MISMATCH_COLUMNS = [
    "item_id",
    "statement_guid",
    "property_id",
    "wikidata_value",
    "meta_wikidata_value",
    "external_value",
    "external_url",
    "type",
]


def plan_csv(plan: Plan) -> str:
    """One line a row: row, key, label, outcome, item, what is said of it."""
    return csv_text(PLAN_COLUMNS, map(_cells, plan.rows), end="\n")


def _cells(row: Outcome) -> list[object]:
    findings = "; ".join(
        f"{f.level}: {f.where + ': ' if f.where else ''}{f.message}" for f in row.findings
    )
    cells = [row.row, row.key, row.label, outcome_name(row), getattr(row, "item", "")]
    return [*cells, "; ".join(row_changes(row)), findings, row.decided]


def row_changes(row: object) -> list[str]:
    """In words, what a row would change or what stands against it."""
    if isinstance(row, Create):
        item = row.draft.wanted
        count = sum(map(len, item.claims.values()))
        return [f"new item with {len(item.labels)} labels and {count} statements"]
    if not isinstance(row, Complete | Conflicting):
        return []
    d = row.diff
    said = [f"+label ({code}) {text}" for code, text in d.labels.items()]
    said += [f"+description ({code}) {text}" for code, text in d.descriptions.items()]
    said += [f"+alias ({code}) {text}" for code, texts in d.aliases.items() for text in texts]
    said += [f"+sitelink {site} {link.title}" for site, link in d.sitelinks.items()]
    said += [f"+{s.mainsnak.property} {value_text(s.mainsnak)}" for s in d.statements]
    for addition in d.additions:
        parts = []
        if addition.references:
            parts.append("reference")
        if addition.qualifiers:
            parts.append("qualifier " + ", ".join(addition.qualifiers))
        said.append(f"+{addition.property} {' and '.join(parts)}")
    for c in d.conflicts:
        standing = ", ".join(value_text(s.mainsnak) for s in c.standing)
        said.append(f"!{c.property} {value_text(c.wanted.mainsnak)}, but {standing} stands")
    return said


def plan_mismatches(plan: Plan, url: str = "") -> str:
    """Conflicts as Mismatch Finder takes them; ``url`` is where the partner's value can be read."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(MISMATCH_COLUMNS)
    for row in plan.rows:
        if not isinstance(row, Conflicting | Complete):
            continue
        for conflict in row.diff.conflicts:
            for standing in conflict.standing:
                main = standing.mainsnak
                if main.snaktype != "value" or conflict.wanted.mainsnak.snaktype != "value":
                    continue
                calendar = ""
                if isinstance(main.datavalue, TimeValue):
                    calendar = main.datavalue.value.calendarmodel.rsplit("/", 1)[-1]
                link = url or _reference_url(conflict.wanted.references)
                cells = [row.item, standing.id or "", conflict.property, value_text(main), calendar]
                cells += [value_text(conflict.wanted.mainsnak), link, "statement"]
                writer.writerow(cells)
    return out.getvalue()


def plan_quickstatements(plan: Plan) -> str:
    """What the plan would write, as QuickStatements V1; only new terms and statements."""
    drafts = []
    for row in plan.rows:
        if isinstance(row, Create):
            drafts.append(row.draft)
        elif isinstance(row, Complete):
            drafts.append(_of_diff(row))
    return write_quickstatements(drafts)


def _of_diff(row: Complete) -> Draft:
    settled = [one for one in row.diff.conflicts if one.wanted in row.diff.statements]
    draft = part_of(row.draft, replace(row.diff, conflicts=settled))
    return replace(draft, wanted=replace(draft.wanted, id=row.item))


def _reference_url(references: list[Reference]) -> str:
    """The first address in the references."""
    for reference in references:
        for snaks in reference.snaks.values():
            for snak in snaks:
                if isinstance(snak.datavalue, StringValue) and "://" in snak.datavalue.value:
                    return snak.datavalue.value
    return ""


def row_json(row: Outcome) -> dict[str, Any]:
    """A row of a plan for lists: without the draft itself."""
    raw: dict[str, Any] = msgspec.to_builtins(row)
    raw.pop("draft", None)
    return raw | {"outcome": outcome_name(row)}
