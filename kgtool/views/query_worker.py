"""Queries from outside, each run in a process that can be killed.

The engine cannot be stopped once it computes, so it computes elsewhere: in a few warm worker
processes, each with the graph open read-only, a limit on its memory, no way to open a socket, and
an alarm that ends it even if nobody else does. A worker that had to be killed is replaced.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kgtool.entities.solutions import Table
from kgtool.errors import (
    Busy,
    KgtoolError,
    TimedOut,
    TooLarge,
    UsageError,
    WorkspaceError,
)
from kgtool.messages.words import Words
from kgtool.views.query_fence import parse_error, refuse_unsafe

_context = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Answer:
    """The answer to a query, ready to be sent."""

    media_type: str
    body: bytes


@dataclass(frozen=True)
class _Task:
    query: str
    table: str
    graph: str
    rows: int
    megabytes: int
    seconds: float


class SparqlRunner:
    """Runs SPARQL over the current generation's graph, within limits; for many threads.

    ``seconds``, ``megabytes`` and ``rows`` limit each query; ``workers`` is how many run at once.
    """

    def __init__(
        self,
        home: Path,
        *,
        seconds: float,
        megabytes: int,
        rows: int,
        workers: int = 2,
        copies: Path = Path(),
    ) -> None:
        """``copies``: where generations are copied to, if they are (:mod:`kgtool.views.local`)."""
        self._where = (home, copies)
        self._limits = (rows, megabytes, seconds)
        # The last one that was used is taken first: the others need not even start.
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)  # started when it is first needed
        self._closed = threading.Event()

    def run(self, query: str, *, table: str = "json", graph: str = "ttl") -> Answer:
        """Answer a query, in format ``table`` or ``graph`` as its kind is.

        :raises Forbidden: it is an update, or has ``SERVICE`` or ``FROM``.
        :raises ExpressionError: it does not parse; knows the position.
        :raises TimedOut: it took longer than allowed.
        :raises TooLarge: it needed more memory, or has more rows, than allowed.
        :raises Busy: all workers were busy for as long as one query may take.
        :raises WorkspaceError: there is no graph.
        """
        refuse_unsafe(query)
        rows, megabytes, seconds = self._limits
        try:
            worker = self._idle.get(timeout=seconds)
        except queue.Empty:
            raise Busy(Words("error-queries-many"), hint=Words("error-try-later")) from None
        try:
            if worker is None or not worker.alive:
                worker = _Worker(*self._where)
            return worker.answer(_Task(query, table, graph, rows, megabytes, seconds))
        finally:
            if worker is not None and (self._closed.is_set() or not worker.alive):
                worker.kill()
                worker = None
            self._idle.put(worker)

    def select(self, query: str) -> Table:
        """Answer a SELECT or ASK as rows. Raises as :meth:`run` does.

        :raises UsageError: it is a CONSTRUCT or DESCRIBE.
        """
        answer = self.run(query, table="json", graph="nt")
        if answer.media_type != "application/sparql-results+json":
            raise UsageError(Words("error-query-triples"), hint=Words("error-ask-select"))
        return Table.read(answer.body)

    def close(self) -> None:
        """End the workers that are idle now, and the others when they are done.

        Whoever asks after that is answered by a worker of its own.
        """
        self._closed.set()
        idle: list[_Worker | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                idle.append(self._idle.get_nowait())
        for worker in idle:
            if worker is not None:
                worker.kill()
            self._idle.put(None)


class _Worker:
    """Our end of one process."""

    def __init__(self, home: Path, copies: Path) -> None:
        self._connection, theirs = _context.Pipe()
        self._process = _context.Process(target=_serve, args=(theirs, home, copies), daemon=True)
        self._process.start()
        theirs.close()
        self._started = False

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def answer(self, task: _Task) -> Answer:
        try:
            if not self._started:
                self._expect_ready()
            self._connection.send(task)
            if not self._connection.poll(task.seconds):
                self.kill()
                raise TimedOut(
                    Words("error-query-slow", (f"{task.seconds:g}",)),
                    hint=Words("error-ask-less"),
                    operator=Words("operator-limit", ("KGTOOL_QUERY_SECONDS",)),
                )
            answer = self._connection.recv()
        except (EOFError, ConnectionError):
            self.kill()
            raise TooLarge(
                Words("error-query-memory", (task.megabytes,)),
                hint=Words("error-ask-less"),
                operator=Words("operator-limit", ("KGTOOL_QUERY_MEGABYTES",)),
            ) from None
        if isinstance(answer, KgtoolError):
            raise answer
        assert isinstance(answer, Answer)  # the process sends nothing else
        return answer

    def _expect_ready(self) -> None:
        # Starting is not the query's time.
        if not self._connection.poll(30) or self._connection.recv() != "ready":
            self.kill()
            raise WorkspaceError(Words("error-query-process"))
        self._started = True

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()


def _serve(connection: Connection, home: Path, copies: Path) -> None:
    """The process: answers tasks until the other end is closed."""
    from kgtool.views.confine import forbid_sockets

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_sockets()
    graph = _Graph(home, copies)
    connection.send("ready")
    while True:
        try:
            task: _Task = connection.recv()
        except EOFError:
            return
        # If it hangs and whoever asked is dead, the system ends it.
        signal.setitimer(signal.ITIMER_REAL, task.seconds + 5)
        answer = _run(graph, task)
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            connection.send(answer)
        except BrokenPipeError:
            return


def _run(graph: _Graph, task: _Task) -> Answer | KgtoolError:
    from kgtool.views.confine import limit_memory
    from kgtool.views.query_results import write

    try:
        store = graph.current()
        limit_memory(task.megabytes)
        try:
            found = store.query(task.query)
            return Answer(*write(found, task.table, task.graph, task.rows))
        finally:
            limit_memory(None)
    except SyntaxError as error:
        return parse_error(task.query, str(error))
    except KgtoolError as error:
        return error
    except MemoryError:
        return TooLarge(
            Words("error-query-memory", (task.megabytes,)),
            hint=Words("error-ask-less"),
            operator=Words("operator-limit", ("KGTOOL_QUERY_MEGABYTES",)),
        )
    except (OSError, ValueError, RuntimeError) as error:
        return UsageError(Words("error-query-failed", (str(error),)))


class _Graph:
    """The current generation's graph; its generation is kept from being collected meanwhile."""

    def __init__(self, home: Path, copies: Path) -> None:
        from kgtool.views.local import source

        self._source = source(home, copies)
        self._held = contextlib.ExitStack()
        self._number = 0
        self._store: Any = None

    def current(self) -> Any:
        from kgtool.views.graph import open_graph

        if self._store is None or self._source.current() != self._number:
            self._store = None
            self._held.close()
            generation = self._held.enter_context(self._source.reading())
            self._store = open_graph(generation.path / "graph")
            self._number = generation.number
        return self._store
