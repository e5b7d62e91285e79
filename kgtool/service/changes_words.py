"""What happened to a partner's data, named in a reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from kgtool.entities import Profile
from kgtool.errors import ExpressionError
from kgtool.partners.fate import Fate
from kgtool.partners.told import Told
from kgtool.reports import changes_document
from kgtool.reports.document import Document
from kgtool.reports.wikitext import wikitext
from kgtool.service.labels import Labels
from kgtool.service.wording import Wording


class ChangesWords:
    """Puts labels to the ids of an answer."""

    def __init__(self, labels: Labels, wording: Wording, profile: Profile) -> None:
        self._labels = labels
        self._wording = wording
        self._profile = profile

    def document(self, told: Told, language: str) -> Document:
        """The answer as a document."""
        moved = [one for one in told.statements if one.state != "kept"]
        ids = {told.selection, *changes_document.ids_of(moved)}
        ids |= {one.item for one in told.sitelinks}
        names = self._labels.of(
            (id for id in ids if id[:1] == "Q" and id[1:].isdecimal()), language
        )
        return changes_document.document(
            told, language, names, self.parts(moved, language), self._profile.diff_url
        )

    def wikitext(self, told: Told, language: str) -> str:
        """The same, ready to paste."""
        return wikitext(self.document(told, language))

    def parts(self, found: Iterable[Fate], language: str) -> dict[str, str]:
        """What properties, terms and sitelinks are called."""
        named: dict[str, str] = {}
        for part in {one.part for one in found}:
            try:
                named |= self._wording.of([part], language)
            except ExpressionError:
                named[part] = part  # the code of a language or site that no measure can name
        return named
