"""The graph view: entities as RDF in an Oxigraph store on disk, for SPARQL.

Building is one bulk load at some 0.2 million triples a second; a change takes a hard-linked copy of
the store and replaces the entities concerned. Both give the same triples.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

import pyoxigraph as ox

from kgtool.disk import is_shared
from kgtool.entities import Entity, Profile
from kgtool.entities.property_rdf import uri_patterns
from kgtool.entities.rdf import RdfWriter
from kgtool.errors import WorkspaceError
from kgtool.messages.words import Words
from kgtool.views.entities import Entities
from kgtool.views.generation import Generation
from kgtool.views.kept import Keys, id_of

_log = logging.getLogger("kgtool.views")

# Replacing one entity costs some ten times as much as loading it: above this part, build anew.
_PATCH_SHARE = 0.05
_ENTITY = 8000  # bytes of JSON, about
_OF_PROPERTIES = (
    *("p", "wdt", "wdtn", "wdno", "ps", "psv", "psn"),
    *("pq", "pqv", "pqn", "pr", "prv", "prn"),
)


class GraphView:
    """The graph as part of every generation, in its folder ``graph``."""

    name = "graph"
    needs: tuple[str, ...] = ()

    def __init__(self, profile: Profile, most: int = 1_000_000, local: Path = Path()) -> None:
        """``most``: of a larger workspace no graph is made; it would take hours and 100 GB.

        ``local``: a folder on a disk of this machine, in which the graph of a workspace on a
        shared disk is made; nothing is opened on the shared one.
        """
        self._profile = profile
        self._most = most
        self._local = local

    def space(self, size: int) -> float:
        """About how many bytes it takes on disk for ``size`` bytes of entity JSON."""
        return 1.5 * size if size < self._most * _ENTITY else 0.0

    def build(
        self, generation: Generation, previous: Generation | None, change: object | None
    ) -> None:
        """Write ``generation.path / "graph"``, from the graph before where that is cheaper."""
        entities = Entities(generation)
        if len(entities) > self._most:
            return
        shared = is_shared(generation.path)
        if shared and not self._local.parts:
            _log.warning(
                "No graph is made on a disk that machines share, where RocksDB loses data: "
                "SPARQL is not answered from here. Set KGTOOL_CACHE_FOLDER to a local disk."
            )
            return
        patterns = self._patterns(entities)
        target = generation.path / self.name
        if shared:
            self._local.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=self._local, prefix=".graph-") as folder:
                build(entities, Path(folder) / self.name, self._profile, patterns)
                shutil.copytree(Path(folder) / self.name, target)
            return
        changed: Keys | None = getattr(change, "changed", None)
        gone: Keys | None = getattr(change, "gone", None)
        if (
            previous is not None
            and changed is not None
            and gone is not None
            and (previous.path / self.name).is_dir()
            and len(changed) + len(gone) <= _PATCH_SHARE * len(entities)
            and patterns == self._patterns(Entities(previous))
        ):
            now = entities.many(id_of(key) for key in changed.tolist()).values()
            left = [id_of(key) for key in gone.tolist()]
            patch(previous.path / self.name, target, now, left, self._profile, patterns)
        else:
            build(entities, target, self._profile, patterns)

    def _patterns(self, entities: Entities) -> dict[str, str]:
        return uri_patterns(entities.properties().values(), self._profile)


def build(
    entities: Iterable[Entity],
    folder: Path,
    profile: Profile,
    patterns: Mapping[str, str] | None = None,
) -> int:
    """Make a new store of the entities in ``folder``; gives the number of its triples."""
    store = ox.Store(str(folder))
    writer = RdfWriter(profile, patterns)
    # It is asked for `read` only.
    stream = cast(IO[bytes], _Stream(map(writer.triples, entities)))
    try:
        # Real data has language codes and addresses that a strict parser refuses.
        store.bulk_load(stream, format=ox.RdfFormat.N_TRIPLES, lenient=True)
        store.optimize()
        store.flush()
        return len(store)
    finally:
        del store  # closes it, where an error would hold it open, and its lock, by this frame


def patch(
    before: Path,
    folder: Path,
    changed: Iterable[Entity],
    gone: Iterable[str],
    profile: Profile,
    patterns: Mapping[str, str] | None = None,
) -> int:
    """Make a store in ``folder`` as ``before``, but with some entities replaced or taken away.

    The result equals a store built anew. Files are shared by hard links; ``before`` stays as it
    is. Gives the number of triples that were written or removed.
    """
    open_graph(before).backup(str(folder))
    store = ox.Store(str(folder))
    writer = RdfWriter(profile, patterns)
    touched: set[ox.NamedNode] = set()
    count = 0
    fresh = {entity.id: entity for entity in changed}
    try:
        for id in [*fresh, *gone]:
            old = set(_quads_of(store, id, profile))
            new = _normal(writer.triples(fresh[id])) if id in fresh else set()
            for quad in old - new:
                store.remove(quad)
                if isinstance(quad.object, ox.NamedNode):
                    touched.add(quad.object)
            store.extend(new - old)
            count += len(old ^ new)
        count += _sweep(store, touched, profile)
        store.flush()
        return count
    finally:
        del store  # as above


def open_graph(folder: Path) -> ox.Store:
    """The store in ``folder``, for reading; any number of processes may have it open.

    :raises WorkspaceError: there is none, or it is damaged.
    """
    if not folder.is_dir():
        raise WorkspaceError(
            Words("error-no-graph"),
            operator=Words("operator-graph", ("KGTOOL_GRAPH_ENTITIES", "KGTOOL_SPARQL")),
        )
    if is_shared(folder):
        raise WorkspaceError(
            Words("error-graph-shared"),
            operator=Words("operator-cache", ("KGTOOL_CACHE_FOLDER",)),
        )
    try:
        return ox.Store.read_only(str(folder))
    except OSError as error:
        raise WorkspaceError(
            Words("error-graph-unopened", (str(error),)),
            operator=Words("operator-load-anew", (str(folder),)),
        ) from None


def _normal(triples: bytes) -> set[ox.Quad]:
    # As the engine keeps them: it knows numbers by value, so "+5" and "5" are one.
    parsed = ox.parse(triples, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    kept = ox.Store()
    kept.extend(ox.Quad(t.subject, t.predicate, t.object) for t in parsed)
    return set(kept)


def _quads_of(store: ox.Store, id: str, profile: Profile) -> Iterator[ox.Quad]:
    # What is written of an entity, but for the nodes that it may share with others.
    at = profile.prefixes
    entity = ox.NamedNode(profile.entity_iri(id))
    subjects: list[ox.NamedNode | ox.BlankNode] = [entity]
    for quad in store.quads_for_pattern(entity, None, None):
        if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(at["wds"]):
            subjects.append(quad.object)
    about = ox.NamedNode(f"{at['schema']}about")
    for quad in store.quads_for_pattern(None, about, entity):
        assert isinstance(quad.subject, ox.NamedNode)  # as it was written
        subjects.append(quad.subject)
    if id.startswith("P"):
        subjects += [ox.NamedNode(f"{at[prefix]}{id}") for prefix in _OF_PROPERTIES]
        complement = ox.NamedNode(f"{at['owl']}complementOf")
        no_value = ox.NamedNode(f"{at['wdno']}{id}")
        for quad in store.quads_for_pattern(no_value, complement, None):
            assert isinstance(quad.object, ox.BlankNode)  # as it was written
            subjects.append(quad.object)
    for subject in subjects:
        yield from store.quads_for_pattern(subject, None, None)


def _sweep(store: ox.Store, touched: set[ox.NamedNode], profile: Profile) -> int:
    """Remove value nodes, references and sites that nothing points to any more."""
    shared = (profile.prefixes["wdv"], profile.prefixes["wdref"])
    group = ox.NamedNode(f"{profile.prefixes['wikibase']}wikiGroup")
    waiting, count = list(touched), 0
    while waiting:
        node = waiting.pop()
        # A site is known by its group; whatever else was pointed to stays.
        if not node.value.startswith(shared) and not _any(store, node, group, None):
            continue
        if _any(store, None, None, node):
            continue
        for quad in list(store.quads_for_pattern(node, None, None)):
            store.remove(quad)
            count += 1
            if isinstance(quad.object, ox.NamedNode):
                waiting.append(quad.object)
    return count


def _any(
    store: ox.Store,
    subject: ox.NamedNode | None,
    predicate: ox.NamedNode | None,
    value: ox.NamedNode | None,
) -> bool:
    return next(iter(store.quads_for_pattern(subject, predicate, value)), None) is not None


class _Stream:
    """Bytes made bit by bit, in the form of a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        parts, length = [self._held], len(self._held)
        while size < 0 or length < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            length += len(chunk)
        data = b"".join(parts)
        if size < 0:
            size = len(data)
        self._held = data[size:]
        return data[:size]
