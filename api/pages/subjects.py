"""What pages of coverage are about: a partner, any other item of the workspace, or a selection."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from msgspec import Struct

from kgtool.errors import NotFound
from kgtool.messages.words import Words
from kgtool.partners import qid as checked_qid
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool

from ..changes import followed
from ..deps import CallerDep, KgtoolDep, LanguageDep


class Subject(Struct, frozen=True):
    """``of`` names it in questions: a QID, or the name of a saved selection.

    ``path`` is the address of its first page; the others lie below it. ``label`` is its name and
    the language of that, empty where it is not known. ``changes`` says whether the reader may see
    what happened to its data.
    """

    of: str
    path: str
    label: tuple[str, str]
    changes: bool = True


def _subject(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Subject:
    """By the path of the page: ``/partners/{qid}/…`` or ``/selections/{name}/…``.

    :raises NotFound: no selection is saved under that name, or the QID is not known here.
    """
    if "name" in request.path_params:
        name = request.path_params["name"]
        saved = kgtool.saved_selections.get(name)
        of, path, label = name, f"/selections/{name}", (saved.title, "")
    else:
        of = checked_qid(request.path_params["qid"])
        path, label = f"/partners/{of}", _named(kgtool, of, caller, language)
    try:
        followed(kgtool, of, caller)
    except NotFound:
        return Subject(of, path, label, changes=False)
    return Subject(of, path, label)


def _named(kgtool: Kgtool, of: str, caller: Caller, language: str) -> tuple[str, str]:
    """Its label; of a partner that was not loaded, its name in the registry.

    :raises NotFound: it is neither.
    """
    label = kgtool.labels.of([of], language).get(of)
    if label is not None:
        return label
    try:
        return kgtool.partners.get(of, caller, whole=False).name, ""
    except NotFound:
        kgtool.snapshots.current()  # nothing can be said of it where nothing can be read
        raise NotFound(Words("error-neither", (of,))) from None


SubjectDep = Annotated[Subject, Depends(_subject)]
