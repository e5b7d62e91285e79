"""What items and properties are called, in a reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgtool.entities import Property, label
from kgtool.entities.language import fallback
from kgtool.errors import WorkspaceError
from kgtool.messages import known, languages
from kgtool.messages.countries import country
from kgtool.messages.words import Words
from kgtool.views import labels as view
from kgtool.views.snapshot import Snapshot, Snapshots


class Labels:
    """Labels as the current generation has them.

    Properties, common classes and countries are named even where they were not loaded: what
    Wikidata calls them is among our messages. Their names hold for Wikidata alone.
    """

    def __init__(self, snapshots: Snapshots, *, wikidata: bool) -> None:
        self._snapshots = snapshots
        self._wikidata = wikidata

    def of(self, ids: Iterable[str], language: str) -> dict[str, tuple[str, str]]:
        """Id → label and its language, of those that have one; by fallback and ``mul``."""
        wanted = list(dict.fromkeys(ids))
        found = self._loaded(wanted, language)
        if not self._wikidata:
            return found
        own = {*fallback(language)} - {"en"} | {language}
        for id in wanted:
            if id in found and found[id][1] in own:
                continue
            named = _named(id, language)
            if named is not None and (id not in found or named[1] == language):
                found[id] = named
        return found

    def words(self, ids: Iterable[str]) -> dict[str, Words]:
        """Id → label in all languages of the messages, of those that have one."""
        wanted = list(dict.fromkeys(ids))
        texts: dict[str, dict[str, str]] = {}
        for language in languages() if wanted else ():
            for id, (text, spoken) in self.of(wanted, language).items():
                texts.setdefault(id, {}).setdefault(spoken, text)
        return {id: Words(texts=tuple(found.items())) for id, found in texts.items()}

    def _loaded(self, ids: Sequence[str], language: str) -> dict[str, tuple[str, str]]:
        try:
            snapshot = self._snapshots.current()
        except WorkspaceError:
            return {}
        items = [id for id in ids if id[0] == "Q"]
        labels = snapshot.once(view.Labels.open)
        spoken = labels.spoken([int(id[1:]) for id in items], fallback(language))
        found = {id: one for id, one in zip(items, spoken, strict=True) if one[1]}
        return found | _properties(snapshot, [id for id in ids if id[0] == "P"], language)


def _named(id: str, language: str) -> tuple[str, str] | None:
    if id[0] == "P":
        return known(language, f"property-{id}")
    return country(language, id) or known(language, f"item-{id}")


def _properties(
    snapshot: Snapshot, ids: Sequence[str], language: str
) -> dict[str, tuple[str, str]]:
    found = {}
    for id, entity in snapshot.entities.many(ids).items():
        term = label(entity, language) if isinstance(entity, Property) else None
        if term is not None:
            found[id] = (term.value, term.language)
    return found
