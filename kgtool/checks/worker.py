"""The reference engine in a process that can be killed: foreign schemas, and deep recursion.

Its recursion is the processor's stack: a chain of a few thousand references ends the process that
follows it. So it works elsewhere, with limits on time and memory and without sockets.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from kgtool.checks.reference import Verdict
from kgtool.checks.terms import Term
from kgtool.errors import KgtoolError, TimedOut, TooLarge, WorkspaceError
from kgtool.messages.words import Words

_context = multiprocessing.get_context("spawn")


class _Parse(NamedTuple):
    text: str


class _Validate(NamedTuple):
    schema: str
    data: bytes
    pairs: Sequence[tuple[Term, str | None]]


class ReferenceWorker:
    """Runs one task after another, each within ``seconds`` and ``megabytes``; for many threads.

    A worker that had to be killed is replaced when the next task comes.
    """

    def __init__(self, *, seconds: float = 30.0, megabytes: int = 2048) -> None:
        self.seconds, self.megabytes = seconds, megabytes
        self._guard = threading.Lock()
        self._process: Any = None
        self._connection: Connection | None = None

    def shexj(self, text: str) -> dict[str, Any]:
        """As :func:`kgtool.checks.reference.to_shexj`, of a schema that nobody vouches for.

        :raises InputError: it is not ShExC; says where.
        :raises TimedOut, TooLarge: it takes longer, or more memory or depth, than allowed.
        """
        found: dict[str, Any] = self._ask(_Parse(text), "schema")
        return found

    def validate(
        self, schema: str, data: bytes, pairs: Sequence[tuple[Term, str | None]]
    ) -> list[Verdict]:
        """As :func:`kgtool.checks.reference.validate`, with the schema in ShExJ.

        :raises InputError: schema or data cannot be read in full.
        :raises TimedOut, TooLarge: it takes longer, or more memory or depth, than allowed.
        """
        found: list[Verdict] = self._ask(_Validate(schema, data, pairs), "check")
        return found

    def close(self) -> None:
        """End the process."""
        with self._guard:
            self._kill()

    def _ask(self, task: _Parse | _Validate, what: str) -> Any:
        with self._guard:
            connection = self._connection or self._start()
            try:
                connection.send(task)
                if not connection.poll(self.seconds):
                    self._kill()
                    raise TimedOut(
                        Words(f"error-reference-slow-{what}", (f"{self.seconds:g}",)),
                        hint=Words("error-schema-simplify"),
                    )
                answer = connection.recv()
            except (EOFError, ConnectionError):
                self._kill()
                raise TooLarge(
                    Words(f"error-reference-deep-{what}", (self.megabytes,)),
                    hint=Words("error-schema-nested"),
                ) from None
        if isinstance(answer, KgtoolError):
            raise answer
        return answer

    def _start(self) -> Connection:
        self._connection, theirs = _context.Pipe()
        self._process = _context.Process(
            target=_serve, args=(theirs, self.megabytes, self.seconds), daemon=True
        )
        self._process.start()
        theirs.close()
        # Starting is not the task's time.
        if not self._connection.poll(60) or self._connection.recv() != "ready":
            self._kill()
            raise WorkspaceError(Words("error-reference-process"))
        return self._connection

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None


def _serve(connection: Connection, megabytes: int, seconds: float) -> None:
    """The process: answers tasks until the other end is closed."""
    from kgtool.views.confine import forbid_sockets, limit_memory

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_sockets()
    limit_memory(megabytes)
    connection.send("ready")
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        # If it hangs and whoever asked is dead, the system ends it.
        signal.setitimer(signal.ITIMER_REAL, seconds + 5)
        answer = _run(task)
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            connection.send(answer)
        except BrokenPipeError:
            return


def _run(task: _Parse | _Validate) -> object:
    from kgtool.checks.reference import to_shexj, validate

    try:
        if isinstance(task, _Parse):
            return to_shexj(task.text)
        return validate(task.schema, task.data, task.pairs, is_json=True)
    except KgtoolError as error:
        return error
    except (MemoryError, RecursionError):
        return TooLarge(
            Words("error-reference-deep"),
            hint=Words("error-schema-nested"),
        )
