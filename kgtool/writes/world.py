"""The wiki itself as the world that plans are made against: its API and its query service."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kgtool.drafts import is_item_id
from kgtool.entities import Item, Profile, Property
from kgtool.errors import RemoteError
from kgtool.messages.words import Words
from kgtool.writes.reading import WikiReader

_TOGETHER = 400


class WikiWorld:
    """Answers from the live wiki. What the query service holds may be minutes old."""

    complete = True

    def __init__(self, client: WikiReader, profile: Profile) -> None:
        self._client = client
        self._profile = profile

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Items by id, as they are now; redirects followed."""
        return self._client.items(sorted(ids))

    def properties(self, ids: Collection[str]) -> dict[str, Property]:
        """Properties by id, as they are now."""
        return self._client.properties(sorted(ids))

    def holders(self, property: str, texts: Collection[str]) -> dict[str, list[str]]:
        """Items that have a statement of best rank with this string, URL or item."""
        predicate = f"<{self._profile.concept_base}prop/direct/{property}>"
        found: dict[str, list[str]] = {}
        for part in _parts(sorted(texts)):
            # A URL or an item is an IRI in RDF; a string or identifier is a literal.
            values = " ".join(f"{_literal(t)}{_iri(t)}{self._item(t)}" for t in part)
            query = f"SELECT ?item ?v WHERE {{ VALUES ?v {{ {values} }} ?item {predicate} ?v }}"
            self._gather(query, found)
        return found

    def on_site(self, property: str, sites: Collection[str]) -> dict[str, list[str]]:
        """Items whose address in the property is on this website, as far as one can ask for it.

        A query service finds whole addresses only, so it is asked for those that a website most
        likely has: with either scheme, with and without ``www.`` and a stroke at the end.
        """
        likely = {
            f"{scheme}://{www}{site}{end}": site
            for site in sites
            for scheme in ("https", "http")
            for www in ("www.", "")
            for end in ("/", "")
        }
        found: dict[str, list[str]] = {}
        for address, ids in self.holders(property, likely).items():
            known = found.setdefault(likely[address], [])
            known += [id for id in ids if id not in known]
        return found

    def named(self, texts: Collection[str], languages: Collection[str]) -> dict[str, list[str]]:
        """Items with this label or alias in one of the languages or ``mul``."""
        codes = sorted({*languages, "mul"})
        found: dict[str, list[str]] = {}
        for part in _parts(sorted(texts), len(codes)):
            values = " ".join(f"{_literal(text)}@{code}" for text in part for code in codes)
            label = "<http://www.w3.org/2000/01/rdf-schema#label>"
            alias = "<http://www.w3.org/2004/02/skos/core#altLabel>"
            query = f"SELECT ?item ?v WHERE {{ VALUES ?v {{ {values} }} ?item {label}|{alias} ?v }}"
            self._gather(query, found)
        return found

    def linked(self, site: str, titles: Collection[str]) -> dict[str, str]:
        """Items with this sitelink, from the API: title → id."""
        return self._client.linked(site, sorted(titles))

    def _item(self, text: str) -> str:
        """The item's IRI, where the text is an item's id."""
        return f" <{self._profile.entity_iri(text)}>" if is_item_id(text) else ""

    def _gather(self, query: str, found: dict[str, list[str]]) -> None:
        base = f"{self._profile.concept_base}entity/"
        if not self._profile.sparql:
            raise RemoteError(
                Words("error-no-duplicates"),
                hint=Words("error-plan-workspace"),
            )
        for endpoint in self._profile.sparql:
            for row in self._client.select(endpoint, query):
                id = row["item"].removeprefix(base)
                ids = found.setdefault(row["v"].removeprefix(base), [])
                if id.startswith("Q") and id not in ids:
                    ids.append(id)


def _parts(texts: Sequence[str], each: int = 1) -> Iterator[Sequence[str]]:
    size = max(1, _TOGETHER // each)
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def _literal(text: str) -> str:
    """A string literal of SPARQL: every sign that could end it is escaped."""
    table = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(table.get(sign, sign) for sign in text) + '"'


def _iri(text: str) -> str:
    """The text as an IRI too, if it is one that SPARQL can write."""
    if "://" not in text or any(sign in '<>"{}|^`\\' or ord(sign) <= 32 for sign in text):
        return ""
    return f" <{text}>"
