"""The only reader of ``queries/`` and ``shapes/``: a file's path below them is its name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from kgtool.errors import NotFound
from kgtool.messages.words import Words


def query(name: str) -> str:
    """Text of ``queries/<name>.rq``, for example ``gaps/no-image``.

    :raises NotFound: there is no such file (names with ``..`` are never found).
    """
    return _read("queries", name, ".rq")


def shape(name: str) -> str:
    """Text of ``shapes/<name>.shex``, for example ``museum``.

    :raises NotFound: there is no such file.
    """
    return _read("shapes", name, ".shex")


def query_names() -> list[str]:
    """Names of all queries, sorted."""
    return sorted(_listing("queries", ".rq"))


def shape_names() -> list[str]:
    """Names of all shapes, sorted."""
    return sorted(_listing("shapes", ".shex"))


def _read(folder: str, name: str, suffix: str) -> str:
    found = _listing(folder, suffix).get(name)
    if found is None:
        known = ", ".join(sorted(_listing(folder, suffix)))
        raise NotFound(
            Words("error-no-query" if folder == "queries" else "error-no-shape", (name,)),
            hint=Words("error-known", (known,)),
        )
    return found.read_text(encoding="utf-8")


@cache
def _listing(folder: str, suffix: str) -> dict[str, Traversable]:
    found: dict[str, Traversable] = {}
    waiting: list[tuple[str, Traversable]] = [("", files(f"kgtool.{folder}"))]
    while waiting:
        prefix, place = waiting.pop()
        for entry in place.iterdir():
            if entry.is_dir() and not entry.name.startswith(("_", ".")):
                waiting.append((f"{prefix}{entry.name}/", entry))
            elif entry.name.endswith(suffix):
                found[prefix + entry.name.removesuffix(suffix)] = entry
    return found
