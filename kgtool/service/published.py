"""What can be published on a wiki page: coverage, a worklist, a month report, changes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from kgtool.errors import UsageError
from kgtool.messages import say
from kgtool.messages.words import Words
from kgtool.reports.document import Document
from kgtool.reports.tables import coverage_document, worklist_document
from kgtool.reports.wikitext import wikitext
from kgtool.service.changes import Changes
from kgtool.service.changes_words import ChangesWords
from kgtool.service.coverage import Coverage
from kgtool.service.labels import Labels
from kgtool.service.reports import Reports
from kgtool.service.wording import Wording

What: TypeAlias = Literal["coverage", "worklist", "report", "changes"]
WHAT: tuple[What, ...] = ("coverage", "worklist", "report", "changes")

_MOST = 500  # rows of a worklist


class Asked(Struct, frozen=True, omit_defaults=True):
    """What is to be published: the same words always make the same section.

    ``selection`` are QIDs of partners or the name of a saved selection; ``missing`` and ``having``
    are those of a worklist, ``by`` the grouping and ``measures`` the columns of a coverage table,
    ``month`` that of a report, ``since`` the day from which changes are told.
    """

    what: What
    selection: str = ""
    missing: list[str] = []
    having: list[str] = []
    by: str = ""
    measures: list[str] = []
    month: str = ""
    since: str = ""
    language: str = "en"


class Published:
    """Makes the wikitext of what is asked."""

    def __init__(
        self,
        coverage: Coverage,
        reports: Reports,
        changes: Changes,
        changes_words: ChangesWords,
        labels: Labels,
        wording: Wording,
    ) -> None:
        self._coverage = coverage
        self._reports = reports
        self._changes = changes
        self._changes_words = changes_words
        self._labels = labels
        self._wording = wording

    def wikitext(self, asked: Asked) -> tuple[str, str]:
        """The section, and the last line of it, which says of when it is.

        :raises UsageError: something is lacking: a selection, a measure, a month, a day.
        :raises NotInWorkspace: a partner was never loaded.
        """
        document = self._document(asked)
        whole = wikitext(document, heading=asked.what in ("report", "changes")).strip()
        body, _, as_of = whole.rpartition("\n")
        return body.strip(), as_of

    def _document(self, asked: Asked) -> Document:
        language = asked.language
        if asked.what != "report" and not asked.selection:
            raise UsageError(Words("error-publish-of"), hint=Words("error-give-qid-name"))
        match asked.what:
            case "coverage":
                matrix = self._coverage.matrix(
                    asked.selection, asked.by or None, asked.measures or None, language=language
                )
                names = self._wording.of(matrix.measures, language)
                return coverage_document(matrix, language, names)
            case "worklist":
                return self._worklist(asked)
            case "report":
                if not asked.month:
                    raise UsageError(Words("error-which-month"), hint=Words("error-give-month"))
                report = self._reports.month(asked.month, asked.selection.split())
                return self._reports.document(report, language)
            case "changes":
                return self._changes_words.document(
                    self._changes.told(asked.selection, _day(asked.since)), language
                )

    def _worklist(self, asked: Asked) -> Document:
        language = asked.language
        found = self._coverage.gaps(
            asked.selection, asked.missing, asked.having, None, _MOST, language
        )
        names = self._wording.of([*asked.missing, *asked.having], language)
        said = [say(language, "worklist-lacking", names[one]) for one in asked.missing]
        said += [say(language, "worklist-holding", names[one]) for one in asked.having]
        matrix = self._coverage.matrix(asked.selection, None, [], language=language)
        of = self._name(asked.selection, language)
        return worklist_document(found, " ".join(said), language, matrix.as_of, of)

    def _name(self, selection: str, language: str) -> str:
        words: Sequence[str] = selection.split()
        names = self._labels.of([one for one in words if one[0] == "Q"], language)
        return ", ".join(names.get(one, (one, ""))[0] for one in words)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(Words("error-since-when"), hint=Words("error-give-day")) from None
