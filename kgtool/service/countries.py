"""Countries as people name them."""

from __future__ import annotations

from collections.abc import Sequence

from kgtool.errors import UsageError
from kgtool.messages.countries import countries_in, country, country_called
from kgtool.messages.words import Words
from kgtool.partners import qid as checked_qid


class Countries:
    """Countries by their names in every language of ours; on another wiki, by their QIDs alone."""

    def __init__(self, *, wikidata: bool) -> None:
        self._wikidata = wikidata

    def choices(self, language: str) -> Sequence[tuple[str, str]]:
        """QID and name of each that can be chosen by its name, in the order of the names."""
        return countries_in(language) if self._wikidata else ()

    def shown(self, qid: str | None, language: str) -> str:
        """What stands in a field for a country: its name where that can be chosen, or its QID."""
        named = country(language, qid) if qid and self._wikidata else None
        return named[0] if named else qid or ""

    def qid(self, text: str) -> str:
        """The QID of a country: ``Q34``, ``Sweden``, ``Schweden``, ``SE``.

        :raises UsageError: it is none of them.
        """
        found = country_called(text) if self._wikidata else None
        if found is not None:
            return found
        try:
            return checked_qid(text)
        except UsageError:
            hint = Words("error-country-example" if self._wikidata else "error-qid-example")
            raise UsageError(Words("error-no-country", (text[:40],)), hint=hint) from None
