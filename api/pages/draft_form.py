"""The form that makes a plan: a table with its mapping, or a batch of commands."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import Response
from msgspec import Struct

from kgtool.drafts import (
    Against,
    Mapping,
    Plan,
    load_mapping,
    mapping_names,
    parse_mapping,
    parse_permission,
    read_quickstatements,
)
from kgtool.drafts.rules import License, Notability, Source
from kgtool.errors import KgtoolError, NotFound, UsageError
from kgtool.messages.words import Words, listed
from kgtool.service import catalogue
from kgtool.service.plan_jobs import Wanted
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .render import go, render
from .uploads import MOST_ROWS, lookups_of, rows_of, text_of_upload
from .wrong import Wrong, wrong_with

router = APIRouter(prefix="/drafts", include_in_schema=False)

# Two kinds beside the shipped mappings: a mapping of one's own, and a batch that needs none.
OWN, COMMANDS = "own", "quickstatements"
_MOST_MAPPING = 200_000  # bytes
Word = Annotated[str, Form(max_length=500)]


class Typed(Struct, frozen=True):
    """The form but for its files, field by field; ``parameters`` in the order of the mapping's."""

    kind: str = OWN
    commands: str = ""
    title: str = ""
    source: str = ""
    licence: str = ""
    ground: str = ""
    permission_by: str = ""
    permission_date: str = ""
    permission_link: str = ""
    parameters: list[str] = []
    settings: str = ""
    against: Against = "workspace"


async def _typed(
    kind: Annotated[str, Form(max_length=60)],
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
) -> Typed:
    return Typed(
        kind,
        commands,
        title.strip(),
        source.strip(),
        licence.strip(),
        ground.strip(),
        permission_by.strip(),
        permission_date.strip(),
        permission_link.strip(),
        [one.strip() for one in parameters or []],
        settings,
        against,
    )


class Sent(Struct, frozen=True):
    """The files that came with the form; they have to be chosen again when it is sent again."""

    table: UploadFile | None
    mapping: UploadFile | None
    seconds: list[UploadFile]


async def _sent(
    table: Annotated[UploadFile | None, File()] = None,
    mapping_file: Annotated[UploadFile | None, File()] = None,
    seconds: Annotated[list[UploadFile] | None, File()] = None,
) -> Sent:
    return Sent(table, mapping_file, seconds or [])


@router.get("/new", dependencies=[Depends(require("volunteer"))])
def new(
    request: Request, language: LanguageDep, mapping: Annotated[str, Query(max_length=60)] = OWN
) -> Response:
    rules = _shipped(mapping)
    typed = Typed(mapping)
    if rules is not None:
        typed = Typed(
            mapping,
            source=rules.source.title if rules.source else "",
            licence=rules.license.name if rules.license else "",
            ground=rules.notability.ground if rules.notability else "",
            parameters=[one.default for one in rules.parameters.values()],
        )
    return _form(request, language, typed)


@router.post("/new", dependencies=[Depends(require_form("volunteer"))])
def plan(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    typed: Annotated[Typed, Depends(_typed)],
    sent: Annotated[Sent, Depends(_sent)],
) -> Response:
    try:
        made = kgtool.plan_jobs.plan(_wanted(kgtool, typed, sent), caller)
    except KgtoolError as error:
        if isinstance(error, NotFound):
            raise  # there is no such mapping, and no form for it
        return _form(request, language, typed, wrong_with(request, error))
    return go(request, f"/drafts/{made.id}" if isinstance(made, Plan) else f"/jobs/{made.id}")


def _form(request: Request, language: str, typed: Typed, wrong: Wrong | None = None) -> Response:
    rules = _shipped(typed.kind)
    given = [*typed.parameters, *("" for _ in (rules.parameters if rules else ()))]
    return render(
        request,
        "drafts_new.html",
        status=wrong.status if wrong else 200,
        form=True,
        wrong=wrong,
        typed=typed,
        own=OWN,
        commands=COMMANDS,
        rules=rules,
        named=catalogue.title(typed.kind, rules.title, language) if rules else None,
        parameters=[
            (name, value, catalogue.parameter(one.help, language))
            for (name, one), value in zip(
                (rules.parameters if rules else {}).items(), given, strict=False
            )
        ],
        columns=sorted(rules.columns()) if rules else [],
        most=MOST_ROWS,
    )


def _wanted(kgtool: Kgtool, typed: Typed, sent: Sent) -> Wanted:
    """What is to be planned.

    :raises UsageError, InputError, TooLarge: the form or a file is not what it should be.
    """
    rules = _told(_rules(typed, sent.mapping), typed)
    if typed.kind == COMMANDS:
        found, problems = read_quickstatements(typed.commands, kgtool.profile)
        if problems:
            said = listed(
                Words("finding-line", (str(one.line), one.words)) for one in problems[:10]
            )
            raise UsageError(Words("error-batch-lines", (said,)), hint=Words("error-mend-lines"))
        if not found:
            raise UsageError(Words("error-no-commands"), hint=Words("error-paste-commands"))
        return Wanted(mapping=rules, drafts=found, against=typed.against)
    if sent.table is None:
        raise UsageError(Words("error-no-file"), hint=Words("error-choose-table"))
    given = dict(zip(rules.parameters, typed.parameters, strict=False))
    if typed.kind == OWN:
        given = _settings(typed.settings)
    return Wanted(
        mapping=rules,
        rows=rows_of(sent.table),
        parameters={name: text for name, text in given.items() if text},
        lookups=lookups_of(rules, sent.seconds),
        against=typed.against,
    )


def _shipped(name: str) -> Mapping | None:
    """The shipped mapping of that name; none for the two kinds beside these.

    :raises NotFound: there is none.
    """
    if name in (OWN, COMMANDS):
        return None
    if name not in mapping_names():
        raise NotFound(Words("error-no-mapping-named", (name[:60],)))
    return load_mapping(name)


def _rules(typed: Typed, mapping: UploadFile | None) -> Mapping:
    shipped = _shipped(typed.kind)
    if shipped is not None:
        return shipped
    if typed.kind == COMMANDS:
        return Mapping(name=COMMANDS, title=typed.title or "QuickStatements", key="id")
    if mapping is None or not mapping.filename:
        raise UsageError(Words("error-no-mapping"), hint=Words("error-choose-mapping"))
    return parse_mapping(text_of_upload(mapping, _MOST_MAPPING))


def _told(rules: Mapping, typed: Typed) -> Mapping:
    """The mapping with what the form says of the data's origin in the place of its own."""
    told: dict[str, Any] = {}
    if typed.source:
        told["source"] = Source(title=typed.source)
    if typed.licence:
        told["license"] = License(name=typed.licence)
    if typed.ground:
        told["notability"] = Notability(ground=typed.ground)
    permission = (typed.permission_by, typed.permission_date, typed.permission_link)
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
