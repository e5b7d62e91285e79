"""Every kind of file in a workspace: what it is for, until when it is kept, who may be named in it.

A test fails where kgtool writes a file that is of none of these kinds. What the database holds of
people is stated in :mod:`kgtool.store.personal`.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal, TypeAlias

from msgspec import Struct

# none: nothing of anybody but what the wiki and the institutions publish themselves. text: people
# may be named in it, and `kgtool people` searches it and takes them out. database, revisions: the
# same, by ways of their own. hashes: of people who were forgotten, so that they stay so.
People: TypeAlias = Literal["none", "text", "database", "revisions", "hashes"]

_ALWAYS = "as long as the workspace"
_WHILE = "while somebody works"
_GENERATION = "until “kgtool gc”, or the next load or sync"


class FileKind(Struct, frozen=True):
    """Files whose path in the workspace fits ``pattern``: ``*`` within a folder, ``**`` below."""

    pattern: str
    purpose: str
    people: People = "none"
    kept: str = _ALWAYS

    def fits(self, path: PurePath) -> bool:
        """Whether a file, relative to the workspace, is of this kind."""
        parts = re.split(r"(\*\*|\*)", self.pattern)
        forms = {"**": ".+", "*": "[^/]*"}
        wanted = "".join(forms.get(part, re.escape(part)) for part in parts)
        return re.fullmatch(wanted, path.as_posix()) is not None


KINDS = (
    FileKind("CURRENT", "which generation is read"),
    FileKind(
        "generations/**", "what the wiki says of items, in forms that answer fast", kept=_GENERATION
    ),
    FileKind("names/**", "names to match against, from a table or dump of an institution"),
    FileKind("sync/**", "what was read of the wiki, and what a sync has still to read"),
    FileKind("stdin-*", "standard input, to be read twice", kept=_WHILE),
    FileKind("budget/*", "when other servers may be asked again"),
    FileKind("registry.sqlite", "what people entered", "database"),
    FileKind("registry.sqlite-*", "SQLite's journal of it", "database", _WHILE),
    FileKind(
        "revisions.sqlite",
        "who edited which item on the wiki, to tell what became of it",
        "revisions",
        "until it is deleted, to be read anew",
    ),
    FileKind("revisions.sqlite-*", "SQLite's journal of it", "revisions", _WHILE),
    FileKind("plans/*", "what is to be written, and why", "text", _ALWAYS),
    FileKind(
        "plans/wanted/*",
        "tables that wait to be planned",
        "text",
        "until they are planned; 30 days where that failed",
    ),
    FileKind("batches/*/*", "what was written, and how it ended", "text", _ALWAYS),
    FileKind("answers/*", "what became of items, counted", "text", "until something changes"),
    FileKind("edits.batch", "which batch is being written", kept=_WHILE),
    FileKind("*.lock", "who may write", kept=_ALWAYS),
    FileKind("session.key", "signs cookies where no KGTOOL_SECRET_KEY is set"),
    FileKind("demo.key", "encrypts personal fields of “kgtool demo”"),
    FileKind(
        "sandbox/**", "the wiki of “kgtool demo”, which holds its sample and what its user writes"
    ),
    FileKind("forgotten.json", "slow hashes of who was forgotten, with when", "hashes"),
    FileKind("backups.json", "folders that hold backups, to reach them when somebody is forgotten"),
    FileKind("restore.unfinished", "that a restore was interrupted", kept=_WHILE),
    FileKind(".restore/**", "a backup that is being unpacked", "text", _WHILE),
    FileKind(".doctor", "whether the folder can be written to", kept=_WHILE),
    FileKind(".cache/**", "what libraries keep, where the workspace is a home folder too"),
    FileKind(".*", "a file half written, which takes its place or goes", kept=_WHILE),
)


def kind_of(path: PurePath) -> FileKind | None:
    """The kind of a file, by its path relative to the workspace."""
    return next((kind for kind in KINDS if kind.fits(path)), None)


def searched() -> list[str]:
    """The patterns of files that are searched for people as text; each within one folder."""
    return [kind.pattern for kind in KINDS if kind.people == "text" and "**" not in kind.pattern]
