"""A plan for other tools: CSV for the partner, Mismatch Finder's CSV, QuickStatements."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
from msgspec.structs import replace

from kgtool.drafts.commands import write_quickstatements
from kgtool.drafts.diff import Addition, part_of
from kgtool.drafts.draft import Draft
from kgtool.drafts.outcome import Complete, Conflicting, Create, Outcome, Plan, outcome_name
from kgtool.drafts.words import words
from kgtool.entities import Reference, StringValue, TimeValue, value_text
from kgtool.messages.words import Words
from kgtool.spreadsheet import csv_text

_WORDS = set(Words.__struct_fields__)
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


def plan_csv(plan: Plan, language: str = "en") -> str:
    """One line a row: row, key, label, outcome, item, what is said of it in a language."""
    return csv_text(PLAN_COLUMNS, (_cells(row, language) for row in plan.rows), end="\n")


def _cells(row: Outcome, language: str) -> list[object]:
    findings = "; ".join(
        f"{f.level}: {f.where and f.place(language) + ': '}{f.told(language)}" for f in row.findings
    )
    cells = [row.row, row.key, row.label, outcome_name(row), getattr(row, "item", "")]
    return [*cells, "; ".join(row_changes(row, language)), findings, row.decided]


def row_changes(row: object, language: str = "en") -> list[str]:
    """In words of a language, what a row would change or what stands against it."""
    return [said.told(language) for said in _changes(row)]


def _changes(row: object) -> list[Words]:
    if isinstance(row, Create):
        item = row.draft.wanted
        statements = sum(map(len, item.claims.values()))
        return [Words("change-new", (len(item.labels), statements))]
    if not isinstance(row, Complete | Conflicting):
        return []
    d = row.diff
    added: list[tuple[str | Words, str | Words]] = [
        *((words("at-label", code), text) for code, text in d.labels.items()),
        *((words("at-description", code), text) for code, text in d.descriptions.items()),
        *((words("at-alias", code), t) for code, texts in d.aliases.items() for t in texts),
        *((words("at-sitelink", site), link.title) for site, link in d.sitelinks.items()),
        *((s.mainsnak.property, value_text(s.mainsnak)) for s in d.statements),
        *((addition.property, _addition(addition)) for addition in d.additions),
    ]
    said = [Words("change-added", pair) for pair in added]
    for c in d.conflicts:
        standing = ", ".join(value_text(s.mainsnak) for s in c.standing)
        said.append(Words("change-stands", (c.property, value_text(c.wanted.mainsnak), standing)))
    return said


def _addition(addition: Addition) -> Words:
    qualifiers = ", ".join(addition.qualifiers)
    if addition.references and qualifiers:
        return Words("change-both", (qualifiers,))
    return Words("change-qualifier", (qualifiers,)) if qualifiers else Words("check-reference")


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


def row_json(row: Outcome, language: str = "en") -> dict[str, Any]:
    """A row of a plan for lists: without the draft itself; what is said of it in a language."""
    raw: dict[str, Any] = msgspec.to_builtins(row)
    raw.pop("draft", None)
    for one in raw.get("findings", []):
        if said := one.pop("words", None):
            one["message"] = said
    told: dict[str, Any] = _told(raw, language)
    return told | {"outcome": outcome_name(row)}


def _told(raw: Any, language: str) -> Any:
    """The same with every :class:`Words` in it told."""
    if isinstance(raw, list):
        return [_told(one, language) for one in raw]
    if not isinstance(raw, dict):
        return raw
    if raw and raw.keys() <= _WORDS:
        return msgspec.convert(raw, Words).told(language)
    return {name: _told(one, language) for name, one in raw.items()}
