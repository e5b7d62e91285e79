"""Questions and mappings that we ship, in a reader's language.

Their files say them in English, so that each can be read by itself; translations are among our
messages. What somebody wrote beside ours stays as it was written.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

from kgtool.messages import SOURCE, known, texts
from kgtool.service.query_file import QueryFile

Spoken: TypeAlias = tuple[str, str]
"""A text and the language it is in, ``""`` where that is not known."""


def question(query: QueryFile, language: str) -> Spoken:
    """What a query asks."""
    return _translated(_key(query), query.question, language)


def note(query: QueryFile, language: str) -> Spoken:
    """Where a query needs a change; an empty text where it needs none."""
    return _translated(f"{_key(query)}-note", query.note, language)


def title(mapping: str, said: str, language: str) -> Spoken:
    """What the mapping of that name, whose file says so, is about."""
    return _translated(f"mapping-{mapping}", said, language)


def parameter(said: str, language: str) -> Spoken:
    """What a parameter of a query or a mapping is, by what its file says of it."""
    return _translated(_parameters().get(said, ""), said, language)


def _key(query: QueryFile) -> str:
    return f"query-{query.name.replace('/', '-')}"


@cache
def _parameters() -> dict[str, str]:
    """English text → key."""
    beginnings = ("query-parameter-", "mapping-parameter-")
    return {text: key for key, text in texts(SOURCE).items() if key.startswith(beginnings)}


def _translated(key: str, said: str, language: str) -> Spoken:
    # By its text too: a file that was changed since says something else.
    if texts(SOURCE).get(key) != said:
        return said, ""
    return known(language, key) or (said, SOURCE)
