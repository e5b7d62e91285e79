"""Every error that kgtool raises on purpose, as one tree.

::

    KgtoolError
    ├── UsageError            the caller asked for something that cannot be (exit 2, HTTP 400)
    │   ├── ExpressionError   an expression does not parse; knows the position
    │   └── MappingError      a mapping file is wrong; knows the key
    ├── NotFound              what was named does not exist (exit 2, HTTP 404)
    ├── NotInWorkspace        an entity was never loaded (exit 2, HTTP 404); names the sync to run
    ├── TooLarge              beyond a limit that is stated (exit 2, HTTP 413)
    ├── Forbidden             the caller may not do this (exit 2, HTTP 403)
    ├── InputError            a file or text from outside is broken (exit 2, HTTP 422)
    ├── Conflict              somebody else has changed what was to be changed (exit 2, HTTP 409)
    ├── Busy                  another process holds what is needed (exit 3, HTTP 503)
    ├── TimedOut              a limit of time was reached (exit 3, HTTP 504)
    ├── Unsure                whether something was kept is not known (exit 3, HTTP 504)
    ├── WorkspaceError        the workspace cannot be used as it is (exit 3, HTTP 503)
    │   ├── EmptyWorkspace    nothing was loaded yet
    │   └── DiskFull          not enough space; nothing was changed
    └── RemoteError           an endpoint or a wiki failed (exit 3, HTTP 502)
        ├── ApiError          it answered with an error of its own; knows the code
        └── RateLimited       it asked us to wait; knows how long

Statuses and exit codes are tabulated in ``api/errors.py`` and ``cli/__init__.py``, not here.

Which errors are told in every language: those that a person can meet on a page, or that a job
keeps for one, are raised with words (:class:`kgtool.messages.words.Words`) for all that they say.
English alone are

- what only the command line, a setting, the start of a service or an answer to a program can
  give: whoever reads it works with commands and documents that are in English;
- names of commands and settings, which a reader passes on as they stand;
- within words, what others say: a parser, a database, a wiki. It is quoted as a parameter.

``tests/messages/test_errors.py`` lists the modules that are English alone, each with its reason.
"""

from __future__ import annotations

from typing import Any, Protocol


class Told(Protocol):
    """Something said that can be told in any language; as text (``str``) it is English."""

    def told(self, language: str) -> str:
        """The text in a language."""


class KgtoolError(Exception):
    """What went wrong, where, and how to mend it, in words for a person.

    ``hint`` is what whoever asked can do, by whichever way they asked. ``operator`` is what only
    the one can do who runs kgtool: a command, a setting, space on the disk. What can be told in
    any language is so on pages; programs and commands have it in English.
    """

    def __init__(
        self, message: str | Told, *, hint: str | Told = "", operator: str | Told = ""
    ) -> None:
        super().__init__(str(message))
        self.said = message
        self.said_hint = hint
        self.said_operator = operator
        self.message = str(message)
        self.hint = str(hint)
        self.operator = str(operator)

    def __str__(self) -> str:
        return " ".join(filter(None, (self.message, self.hint, self.operator)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross processes; each class has parameters of its own, so none is called again.
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[KgtoolError], args: tuple[Any, ...], state: dict[str, Any]) -> KgtoolError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class UsageError(KgtoolError):
    """The caller asked for something that cannot be."""


class ExpressionError(UsageError):
    """An expression does not parse.

    ``position`` is the 0-based offset of the first character that does not fit.
    """

    def __init__(
        self, text: str, position: int, problem: str | Told, *, hint: str | Told = ""
    ) -> None:
        pointer = " " * position + "^"
        said = str(problem)
        said = f"{said[:1].upper()}{said[1:]} at position {position + 1} of “{text}”"
        super().__init__(f"{said}:\n  {text}\n  {pointer}", hint=hint)
        self.text = text
        self.position = position
        self.problem = problem


class MappingError(UsageError):
    """A mapping file is wrong at ``key``."""

    def __init__(
        self,
        key: str | Told,
        problem: str | Told,
        *,
        hint: str | Told = "",
        operator: str | Told = "",
    ) -> None:
        super().__init__(f"{key}: {problem}", hint=hint, operator=operator)
        self.key = key
        self.problem = problem


class NotFound(KgtoolError):
    """What was named does not exist."""


class NotInWorkspace(KgtoolError):
    """An entity was never loaded into this workspace."""

    def __init__(self, ids: list[str]) -> None:
        named = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        verb = "is" if len(ids) == 1 else "are"
        super().__init__(
            f"{named} {verb} not in this workspace.",
            operator=f"Run: kgtool sync {' '.join(ids[:5])}",
        )
        self.ids = ids


class TooLarge(KgtoolError):
    """Beyond a limit that is stated in the message."""


class Forbidden(KgtoolError):
    """The caller may not do this."""


class InputError(KgtoolError):
    """A file or text from outside is broken."""


class Conflict(KgtoolError):
    """Somebody else has changed what was to be changed; nothing was done."""


class Busy(KgtoolError):
    """Another process holds what is needed."""


class TimedOut(KgtoolError):
    """A limit of time was reached."""


class Unsure(KgtoolError):
    """Whether something was kept is not known: who asked should look before asking again."""


class WorkspaceError(KgtoolError):
    """The workspace cannot be used as it is."""


class EmptyWorkspace(WorkspaceError):
    """Nothing was loaded yet."""


class DiskFull(WorkspaceError):
    """Not enough space; nothing was changed."""


class RemoteError(KgtoolError):
    """An endpoint or a wiki failed."""


class ApiError(RemoteError):
    """A wiki's API answered with an error.

    ``code`` is MediaWiki's; ``names`` are the names of its messages, which tell more than the code.
    """

    def __init__(
        self, message: str | Told, *, code: str, names: list[str], hint: str | Told = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.names = names


class RateLimited(RemoteError):
    """A server asked us to wait ``retry_after`` seconds."""

    def __init__(self, message: str | Told, *, retry_after: float, hint: str | Told = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
