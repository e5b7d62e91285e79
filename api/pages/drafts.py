"""Pages of drafts: bring a table, see what would become of each row, decide, write."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from fastapi.responses import Response

from kgtool.drafts import (
    OUTCOMES,
    Choice,
    Mapping,
    Plan,
    load_mapping,
    mapping_names,
    outcome_name,
    parse_mapping,
    parse_permission,
    read_quickstatements,
)
from kgtool.drafts.rules import License, Notability, Source
from kgtool.errors import NotFound, UsageError
from kgtool.messages.words import Words, listed
from kgtool.service import catalogue
from kgtool.service.drafts import Against, ExportFormat
from kgtool.service.plan_jobs import Wanted

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .plan_rows import ids_of, row_view
from .render import go, render
from .uploads import MOST_ROWS, lookups_of, rows_of, text_of_upload

router = APIRouter(prefix="/drafts", include_in_schema=False)

# Two kinds beside the shipped mappings: a mapping of one's own, and a batch that needs none.
OWN, COMMANDS = "own", "quickstatements"
EXPORTS = {
    "csv": ("text/csv", "csv"),
    "quickstatements": ("text/plain", "txt"),
    "mismatches": ("text/csv", "csv"),
    "approval": ("text/plain", "txt"),
    "proposals": ("text/plain", "txt"),
}
_CHOICES: dict[str, Choice] = {"create": "create", "skip": "skip"}
_MOST_MAPPING = 200_000  # bytes
_PAGE = 25
_LIST = 50
PlanId = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
Word = Annotated[str, Form(max_length=500)]
Outcome = Annotated[str, Query(pattern="^(" + "|".join(OUTCOMES) + ")?$")]
After = Annotated[int, Query(ge=0, le=10_000_000)]
_volunteer = [Depends(require("volunteer"))]
_volunteer_form = [Depends(require_form("volunteer"))]


@router.get("", dependencies=[Depends(require("anyone"))])
def drafts(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    seen = caller.may("volunteer")
    return render(
        request,
        "drafts.html",
        plans=kgtool.plan_access.summaries(caller, _LIST) if seen else [],
        batches=kgtool.plan_access.listed(kgtool.batches.files(), caller, _LIST) if seen else [],
        mappings=[
            (name, catalogue.title(name, load_mapping(name).title, language))
            for name in mapping_names()
        ],
        outcomes=OUTCOMES,
        own=OWN,
        commands=COMMANDS,
    )


@router.get("/new", dependencies=_volunteer)
def new(
    request: Request, language: LanguageDep, mapping: Annotated[str, Query(max_length=60)] = OWN
) -> Response:
    rules = None if mapping in (OWN, COMMANDS) else _shipped(mapping)
    return render(
        request,
        "drafts_new.html",
        form=True,
        kind=mapping,
        own=OWN,
        commands=COMMANDS,
        rules=rules,
        named=catalogue.title(mapping, rules.title, language) if rules else None,
        parameters=[
            (name, one.default, catalogue.parameter(one.help, language))
            for name, one in (rules.parameters if rules else {}).items()
        ],
        columns=sorted(rules.columns()) if rules else [],
        most=MOST_ROWS,
    )


@router.post("/new", dependencies=_volunteer_form)
def plan(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    kind: Annotated[str, Form(max_length=60)],
    table: Annotated[UploadFile | None, File()] = None,
    seconds: Annotated[list[UploadFile] | None, File()] = None,
    mapping_file: Annotated[UploadFile | None, File()] = None,
    commands: Annotated[str, Form(max_length=1_000_000)] = "",
    title: Word = "",
    source: Word = "",
    licence: Word = "",
    ground: Word = "",
    permission_by: Word = "",
    permission_date: Word = "",
    permission_link: Word = "",
    parameters: Annotated[list[str] | None, Form(max_length=500)] = None,
    settings: Annotated[str, Form(max_length=20_000)] = "",
    against: Annotated[Against, Form()] = "workspace",
) -> Response:
    rules = _told(
        _rules(kind, mapping_file, title),
        source=source.strip(),
        licence=licence.strip(),
        ground=ground.strip(),
        permission=(permission_by.strip(), permission_date.strip(), permission_link.strip()),
    )
    if kind == COMMANDS:
        found, problems = read_quickstatements(commands, kgtool.profile)
        if problems:
            said = listed(
                Words("finding-line", (str(one.line), one.words)) for one in problems[:10]
            )
            raise UsageError(Words("error-batch-lines", (said,)), hint=Words("error-mend-lines"))
        if not found:
            raise UsageError(Words("error-no-commands"), hint=Words("error-paste-commands"))
        wanted = Wanted(mapping=rules, drafts=found, against=against)
    else:
        if table is None:
            raise UsageError(Words("error-no-file"), hint=Words("error-choose-table"))
        given = dict(zip(rules.parameters, parameters or [], strict=False))
        if kind == OWN:
            given = _settings(settings)
        wanted = Wanted(
            mapping=rules,
            rows=rows_of(table),
            parameters={name: text.strip() for name, text in given.items() if text.strip()},
            lookups=lookups_of(rules, seconds or []),
            against=against,
        )
    made = kgtool.plan_jobs.plan(wanted, caller)
    return go(request, f"/drafts/{made.id}" if isinstance(made, Plan) else f"/jobs/{made.id}")


@router.get("/{id}", dependencies=_volunteer)
def one_plan(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    outcome: Outcome = "",
    after: After = 0,
) -> Response:
    made = kgtool.plan_access.get(id, caller)
    chosen = [
        (number, row)
        for number, row in enumerate(made.rows, 1)
        if number > after and outcome in ("", outcome_name(row))
    ]
    rows = [row_view(row, language) for _, row in chosen[:_PAGE]]
    items, properties = ids_of(rows)
    return render(
        request,
        "plan.html",
        form=True,
        plan=made,
        made=datetime.fromisoformat(made.made),
        counts=made.counts(),
        outcomes=OUTCOMES,
        outcome=outcome,
        after=after,
        rows=rows,
        next=chosen[_PAGE - 1][0] if len(chosen) > _PAGE else 0,
        labels=kgtool.labels.of(items, language),
        names=kgtool.wording.of(properties | set(made.unread), language),
        exports=[name for name in EXPORTS if name != "proposals" or made.proposals],
        begun=id in set(kgtool.batches.ids()),
        wiki=kgtool.profile.title,
        notes=kgtool.plan_notes.of(id, caller),
        may_object=kgtool.plan_access.speaks(made, caller),
        may_decide=kgtool.plan_access.decides(made, caller),
    )


@router.post("/{id}/decide", dependencies=_volunteer_form)
def decide(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    row: Annotated[str, Form(max_length=300)],
    choice: Annotated[str, Form(pattern=r"^(create|skip|complete( Q[1-9]\d{0,9})?)$")],
    item: Annotated[str, Form(pattern=r"^\s*(Q[1-9]\d{0,9})?\s*$")] = "",
    conflicts: Annotated[list[str] | None, Form(max_length=40)] = None,
    outcome: Annotated[str, Form(max_length=20)] = "",
    after: Annotated[int, Form(ge=0)] = 0,
) -> Response:
    kgtool.plan_access.need_decides(id, caller)
    named = choice.removeprefix("complete").strip() if choice.startswith("complete") else ""
    word: Choice = "complete" if choice.startswith("complete") else _CHOICES[choice]
    ways: dict[str, list[str]] = {"beside": [], "replace": [], "leave": []}
    for one in conflicts or []:
        property, _, way = one.partition(" ")
        if way not in ways:
            raise UsageError(Words("error-settle-way", (one,)))
        ways[way].append(property)
    kgtool.drafts.decide_kept(
        id,
        row,
        word,
        (named or item.strip()) if word == "complete" else "",
        beside=ways["beside"] if word == "complete" else [],
        replacing=ways["replace"] if word == "complete" else [],
        by=caller.name,
    )
    back = {"after": str(after)} if after else {}
    return go(request, f"/drafts/{id}", outcome=outcome, **back)


@router.get("/{id}/{format}", dependencies=_volunteer)
def export(
    id: PlanId,
    format: ExportFormat,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
) -> Response:
    kind, ending = EXPORTS[format]
    return Response(
        kgtool.drafts.export(kgtool.plan_access.get(id, caller), format, language),
        media_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{format}-{id}.{ending}"'},
    )


@router.post("/{id}/apply", dependencies=[Depends(require_form("writer"))])
def apply(
    id: PlanId,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    trial: Annotated[int, Form(ge=0, le=1_000_000)] = 0,
    approval: Word = "",
) -> Response:
    made: Plan = kgtool.drafts.kept(id)
    if approval.strip():
        made = msgspec.structs.replace(made, approval=approval.strip())
    kgtool.batch_jobs.begin(kgtool.batches.start(made), caller, trial=trial)
    return go(request, f"/batches/{id}")


def _shipped(name: str) -> Mapping:
    if name not in mapping_names():
        raise NotFound(Words("error-no-mapping-named", (name[:60],)))
    return load_mapping(name)


def _rules(kind: str, mapping_file: UploadFile | None, title: str) -> Mapping:
    if kind == COMMANDS:
        return Mapping(name=COMMANDS, title=title.strip() or "QuickStatements", key="id")
    if kind != OWN:
        return _shipped(kind)
    if mapping_file is None or not mapping_file.filename:
        raise UsageError(Words("error-no-mapping"), hint=Words("error-choose-mapping"))
    return parse_mapping(text_of_upload(mapping_file, _MOST_MAPPING))


def _told(
    rules: Mapping, *, source: str, licence: str, ground: str, permission: tuple[str, str, str]
) -> Mapping:
    """The mapping with what the form says of the data's origin in the place of its own."""
    told: dict[str, Any] = {}
    if source:
        told["source"] = Source(title=source)
    if licence:
        told["license"] = License(name=licence)
    if ground:
        told["notability"] = Notability(ground=ground)
    if any(permission):
        told["permission"] = parse_permission(*permission)
    return msgspec.structs.replace(rules, **told)


def _settings(text: str) -> dict[str, str]:
    """Lines ``name = value``."""
    given = {}
    for line in filter(str.strip, text.splitlines()):
        name, sign, value = line.partition("=")
        if not sign:
            raise UsageError(Words("error-name-value", (line[:80],)))
        given[name.strip()] = value.strip()
    return given
