"""Who was forgotten, so that a backup that is restored later does not bring them back.

Of a name only a slow hash (scrypt, RFC 7914) with the list's own salt is kept, and when. The list
lies in the workspace and beside each backup, since either may be lost.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from kgtool.durable import replace_file
from kgtool.errors import WorkspaceError
from kgtool.messages.words import Words

FILE = "forgotten.json"

_WORD = re.compile(r"\w")
_BEGINS = re.compile(r"(?<!\w)")  # as in store.people.pattern


class Entry(Struct, frozen=True):
    """One person: ``hash`` of the name with ``salt``, both in hexadecimal.

    ``letters`` is how long the name is and ``mark`` eight bits of another hash: with them, a name
    is found in a text without hashing every part of it slowly.
    """

    salt: str
    hash: str
    at: datetime
    letters: int
    mark: int


class Forgotten:
    """A list of forgotten people."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = list(entries)
        self._hashes: dict[tuple[str, str], str] = {}

    @classmethod
    def read(cls, *paths: Path) -> Forgotten:
        """The lists in files, as one; a file that is not there holds nobody.

        :raises WorkspaceError: a file is damaged.
        """
        found: dict[Entry, None] = {}
        for path in paths:
            try:
                entries = msgspec.json.decode(path.read_bytes(), type=list[Entry])
            except FileNotFoundError:
                continue
            except msgspec.DecodeError as error:
                raise WorkspaceError(
                    Words("error-file-damaged", (str(path), str(error))),
                    hint=Words("error-copy-backup"),
                ) from None
            found.update(dict.fromkeys(entries))
        return cls(found)

    def add(self, name: str, at: datetime) -> None:
        """Note that *name* was forgotten."""
        salt = self.entries[0].salt if self.entries else secrets.token_hex(16)
        slow = self._hash(name, salt)
        self.entries.append(Entry(salt, slow, at, len(name), _mark(name, salt)))

    def merged(self, other: Forgotten) -> Forgotten:
        """Everybody of both lists."""
        return Forgotten(dict.fromkeys([*self.entries, *other.entries]))

    def write(self, path: Path) -> None:
        """Replace the file; on disk when this returns."""
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.encode(self.entries))

    def since(self, names: Iterable[str], made: datetime) -> list[str]:
        """Those of *names* that were forgotten after *made*. Takes some 10 ms a name and salt."""
        later = [entry for entry in self.entries if entry.at > made]
        return [
            name
            for name in sorted(names)
            if any(self._hash(name, entry.salt) == entry.hash for entry in later)
        ]

    def named_in(self, texts: Iterable[str], made: datetime) -> set[str]:
        """The names, as they are written, of those forgotten after *made* that texts mention."""
        later = [entry for entry in self.entries if entry.at > made]
        found: set[str] = set()
        for text in texts:
            begins = [one.start() for one in _BEGINS.finditer(text)]
            for entry in later:
                for begin in begins:
                    name = text[begin : begin + entry.letters]
                    if (
                        len(name) == entry.letters
                        and not _WORD.match(text, begin + entry.letters)
                        and _mark(name, entry.salt) == entry.mark
                        and self._hash(name, entry.salt) == entry.hash
                    ):
                        found.add(name)
        return found

    def _hash(self, name: str, salt: str) -> str:
        key = (name, salt)
        if key not in self._hashes:
            made = hashlib.scrypt(_plain(name), salt=bytes.fromhex(salt), n=4096, r=8, p=1)
            self._hashes[key] = made.hex()
        return self._hashes[key]


def _plain(name: str) -> bytes:
    """Addresses are the same however they are written."""
    return (name.casefold() if "@" in name else name).encode("utf-8", "surrogatepass")


def _mark(name: str, salt: str) -> int:
    return hashlib.blake2b(_plain(name), digest_size=1, key=bytes.fromhex(salt)).digest()[0]


def spread(list_: Forgotten, folders: Iterable[Path]) -> list[Path]:
    """Write the list into *folders*, with what stands there; returns those out of reach."""
    lost: list[Path] = []
    for folder in folders:
        if not os.access(folder, os.W_OK):
            lost.append(folder)
            continue
        list_.merged(Forgotten.read(folder / FILE)).write(folder / FILE)
    return lost
