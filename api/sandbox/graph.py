"""The wiki's content as RDF, for its SPARQL endpoint: one named graph an entity, kept up lazily."""

from __future__ import annotations

import re
import threading
from typing import Any

from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat
from pyoxigraph import Store as Triples

from kgtool.entities import Entity, OtherKind, Profile, parse_entity
from kgtool.entities.rdf import RdfWriter
from kgtool.errors import UsageError
from kgtool.views.query_fence import refuse_unsafe

from .records import Page, Raw, Revision, spliced
from .store import Store
from .times import iso


class Graph:
    """Answers SPARQL over what the store holds at that moment."""

    def __init__(self, store: Store, profile: Profile) -> None:
        self._store = store
        self._profile = profile
        self._writer = RdfWriter(profile)
        self._triples = Triples()
        self._upto = 0
        self._lock = threading.Lock()

    def _refresh(self) -> None:
        gone = self._store.ask(
            "SELECT DISTINCT p.entity FROM change c JOIN page p ON p.id = c.page "
            "WHERE c.log = 'delete' AND p.deleted"
        )
        for (entity,) in gone:
            self._triples.remove_graph(NamedNode(self._profile.entity_iri(entity)))
        fresh: list[bytes] = []
        first = self._upto == 0
        for page, revision in self._store.entities(self._upto):
            iri = self._profile.entity_iri(page.entity)
            if first:
                # Line ends stand at the ends of triples only: in texts they are escaped.
                end = f" <{iri}> .\n".encode()
                fresh.append(self.triples(page, revision).replace(b" .\n", end))
            else:
                graph = NamedNode(iri)
                self._triples.remove_graph(graph)
                triples = self.triples(page, revision)
                self._triples.load(triples, RdfFormat.N_TRIPLES, to_graph=graph)
            self._upto = max(self._upto, revision.id)
        if fresh:
            self._triples.bulk_load(b"".join(fresh), RdfFormat.N_QUADS)

    def triples(self, page: Page, revision: Revision) -> bytes:
        """An entity, or the redirect that its page is, as N-Triples."""
        if page.redirect:
            return self._writer.redirect(page.entity, page.redirect)
        return self._writer.triples(with_head(page, revision))

    def query(self, text: str) -> tuple[str, bytes]:
        """Media type and bytes of the answer to a query.

        :raises UsageError: it does not parse.
        :raises Forbidden: it is an update, or asks other services.
        """
        answer = self._ask(text)
        if isinstance(answer, QuerySolutions | QueryBoolean):
            data = answer.serialize(format=QueryResultsFormat.JSON)
            return "application/sparql-results+json", data or b""
        return "text/turtle", answer.serialize(format=RdfFormat.TURTLE)

    def with_value(self, property: str, value: str = "") -> set[str]:
        """The items with a true statement of a property, or with that item or text as its value."""
        direct = f"<{self._profile.prefixes['wdt']}{property}>"
        if re.fullmatch(r"[QP]\d+", value):
            test = f"?item {direct} <{self._profile.entity_iri(value)}>"
        elif value:
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            test = f'?item {direct} ?v FILTER(STR(?v) = "{quoted}")'
        else:
            test = f"?item {direct} ?any"
        rows = self._ask(f"SELECT DISTINCT ?item WHERE {{ {test} }}")
        return {row["item"].value.rpartition("/")[2] for row in rows}

    def _ask(self, text: str) -> Any:
        refuse_unsafe(text)  # the engine would fetch what SERVICE names
        with self._lock:
            self._refresh()
            try:
                return self._triples.query(
                    text, use_default_graph_as_union=True, prefixes=self._profile.prefixes
                )
            except (SyntaxError, ValueError) as error:
                raise UsageError(f"The query does not parse: {error}.") from None


def with_head(page: Page, revision: Revision) -> Entity:
    """The entity of a revision with its number and time."""
    head: Raw = {"lastrevid": revision.id, "modified": iso(revision.time), "pageid": page.id}
    head |= {"ns": page.ns, "title": page.title}
    entity = parse_entity(bytes(spliced(head, revision.content)))
    assert not isinstance(entity, OtherKind)
    return entity
