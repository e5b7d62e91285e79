"""People in the files of a workspace: plans, batches, tables, answers, revisions that were read.

What a row would write is left alone: it goes onto the wiki, and its hash proves that nobody changed
it since. A table that waits to be planned and names somebody is removed instead: its job says that
it must be sent again. So is an answer about changes: it is made anew when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from kgtool.drafts import Plan, read_plan, write_plan
from kgtool.durable import replace_file
from kgtool.service.kept_files import searched
from kgtool.sources.revisions import History
from kgtool.store.people import pattern

_REVISIONS = "revisions.sqlite"
# Where in a plan or a journal people write or are named; all else is identifiers and codes.
_PROSE = frozenset(
    {
        *("title", "summary", "source", "license", "permission", "ground", "approval", "by"),
        *("proposals", "decided", "message", "reason", "params", "what", "differences"),
        *("skipped", "request"),
    }
)
_WRITTEN = frozenset({"wanted", "diff"})  # what a row would write

_Change = Callable[[str], str]


class Papers:
    """The files of one workspace in which people may be named."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._revisions = History(home / _REVISIONS)

    def naming(self, name: str) -> list[str]:
        """The files in which somebody is named, relative to the workspace."""
        found = [path for path in self._files() if _names(path, name)]
        wanted = pattern(name)
        if name in self._revisions.users() or any(
            wanted.search(comment) for comment in self._revisions.comments()
        ):
            found.append(self._home / _REVISIONS)
        return [str(path.relative_to(self._home)) for path in found]

    def take_out(self, name: str, instead: str) -> int:
        """Put *instead* in place of a name; returns how many files changed."""
        wanted = pattern(name)

        def text(said: str) -> str:
            return wanted.sub(lambda _: instead, said)

        def account(named: str) -> str:
            return instead if named == name else named

        changed = 0
        for path in self._files():
            if _names(path, name):
                _rename(path, text, account)
                changed += 1
        return changed + self._revisions.renamed(account, text)

    def names(self) -> set[str]:
        """The accounts that journals and revisions name, and whoever had plans made."""
        accounts = {
            account
            for path in self._files()
            if path.name == "journal.jsonl"
            for entry in _entries(path)
            if (account := entry.get("account"))
        }
        made = {read_plan(path).by for path in self._files() if _is_plan(path)} - {""}
        return accounts | made | self._revisions.users()

    def texts(self) -> Iterator[str]:
        """What may name somebody."""
        for path in self._files():
            yield from _said(path)
        yield from self._revisions.comments()

    def _files(self) -> list[Path]:
        """Plans, waiting tables, batches, kept answers, and what a kill left half written there."""
        return sorted(path for one in searched() for path in self._home.glob(one) if path.is_file())


def _is_plan(path: Path) -> bool:
    return path.name == "plan.json" or (path.parent.name == "plans" and path.suffix == ".json")


def _is_kept(path: Path) -> bool:
    """Whether a file goes on without the name; others, which can be done without, go whole."""
    return _is_plan(path) or path.name in ("journal.jsonl", "undone.json", "ended")


def _entries(path: Path) -> list[dict[str, Any]]:
    """The lines of a journal but for one that a kill cut short."""
    return [msgspec.json.decode(line) for line in path.read_bytes().split(b"\n")[:-1]]


def _said(path: Path) -> Iterator[str]:
    """The texts of a file that may name somebody."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    _changed(path, note, note)
    yield from found
    if path.name == "journal.jsonl":
        yield path.read_bytes().rpartition(b"\n")[2].decode(errors="replace")


def _names(path: Path, name: str) -> bool:
    wanted = pattern(name)
    return any(wanted.search(text) for text in _said(path))


def _rename(path: Path, text: _Change, account: _Change) -> None:
    if not _is_kept(path):
        path.unlink(missing_ok=True)
        return
    changed = _changed(path, text, account)
    if isinstance(changed, Plan):
        write_plan(changed, path)
    else:
        replace_file(path, changed)


def _changed(path: Path, text: _Change, account: _Change) -> Plan | bytes:
    """A file's content with its texts, and the names of accounts, put through functions."""
    if _is_plan(path):
        told = _told(msgspec.to_builtins(read_plan(path)), text, account)
        return msgspec.convert(told, Plan)
    if path.name == "journal.jsonl":
        lines = (_told(entry, text, account) for entry in _entries(path))
        return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    if not _is_kept(path):
        return text(path.read_text(encoding="utf-8", errors="replace")).encode()
    told = _told(msgspec.json.decode(path.read_bytes()), text, account, path.name == "ended")
    return msgspec.json.encode(told)


def _told(value: Any, text: _Change, account: _Change, prose: bool = False) -> Any:
    """A JSON value with what people wrote in it put through functions."""
    again = partial(_told, text=text, account=account)
    match value:
        case dict():
            return {
                key: account(one)
                if key == "account"
                else one
                if key in _WRITTEN
                else again(one, prose=_is_prose(key, prose))
                for key, one in value.items()
            }
        case list() | tuple():
            return [again(one, prose=prose) for one in value]
        case str() if prose:
            return text(value)
        case _:
            return value


def _is_prose(key: str, within: bool) -> bool:
    """Whether people write under a key; the key of a message is a code, whatever it stands in."""
    return key in _PROSE or (within and key != "key")
