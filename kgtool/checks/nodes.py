"""Nodes with their arcs, as a check sees them: of any RDF graph, or of an entity (entity_nodes)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgtool.checks.terms import Term


class Node:
    """A node; without arcs, if no subclass says otherwise. No abstract base class, as
    :class:`~kgtool.checks.engine.Test` is none.

    ``key`` tells nodes apart: equal keys are the same node of the same graph. ``shared`` says that
    many nodes may lead here, so that verdicts are worth remembering.
    """

    __slots__ = ("key",)
    key: object
    shared = False

    @property
    def term(self) -> Term:
        """The node as an RDF term."""
        raise NotImplementedError

    def out(self, predicate: str) -> Sequence[Node]:
        """Objects of the arcs of a predicate, each once, in stable order."""
        return ()

    def incoming(self, predicate: str) -> Sequence[Node]:
        """Subjects of the arcs of a predicate that lead here, each once, in stable order."""
        return ()

    def predicates(self) -> Iterable[str]:
        """Predicates of the arcs that leave here."""
        return ()


class Leaf(Node):
    """A value of which nothing more is said."""

    __slots__ = ("_term",)

    def __init__(self, term: Term) -> None:
        self.key = self._term = term

    @property
    def term(self) -> Term:
        return self._term


class Graph:
    """An RDF graph in memory, indexed both ways."""

    def __init__(self, triples: Iterable[tuple[Term, str, Term]]) -> None:
        self.out: dict[Term, dict[str, dict[Term, None]]] = {}
        self.incoming: dict[Term, dict[str, dict[Term, None]]] = {}
        for subject, predicate, object in triples:
            self.out.setdefault(subject, {}).setdefault(predicate, {})[object] = None
            self.incoming.setdefault(object, {}).setdefault(predicate, {})[subject] = None

    def node(self, term: Term) -> GraphNode:
        """The node of a term, whether or not the graph says anything of it."""
        return GraphNode(self, term)


class GraphNode(Node):
    """A node of a :class:`Graph`."""

    __slots__ = ("_graph", "_term")
    shared = True

    def __init__(self, graph: Graph, term: Term) -> None:
        self._graph = graph
        self.key = self._term = term

    @property
    def term(self) -> Term:
        return self._term

    def out(self, predicate: str) -> Sequence[Node]:
        return self._nodes(self._graph.out, predicate)

    def incoming(self, predicate: str) -> Sequence[Node]:
        return self._nodes(self._graph.incoming, predicate)

    def predicates(self) -> Iterable[str]:
        return self._graph.out.get(self._term, {})

    def _nodes(
        self, index: dict[Term, dict[str, dict[Term, None]]], predicate: str
    ) -> Sequence[Node]:
        found = index.get(self._term, {}).get(predicate)
        return [GraphNode(self._graph, term) for term in found] if found else ()


def once(nodes: Iterable[Node | None]) -> Sequence[Node]:
    """Nodes without repetition: RDF is a set."""
    return list({node.key: node for node in nodes if node is not None}.values())
