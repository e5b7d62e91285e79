"""Places of the server in what readers are told: named by their settings, not by their paths."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TypeVar

from fastapi import Request

from kgtool.errors import Told
from kgtool.messages.words import Words
from kgtool.wiring import Kgtool

Said = TypeVar("Said", bound="str | Told")


class Places:
    """The folders and the database of a service, and the settings that name them."""

    def __init__(self, kgtool: Kgtool) -> None:
        settings = kgtool.settings
        folders = {
            settings.home: "$KGTOOL_HOME",
            settings.cache_folder: "$KGTOOL_CACHE_FOLDER",
            settings.run_folder: "$KGTOOL_RUN_FOLDER",
            Path(__file__).parents[1]: "kgtool",
            Path(tempfile.gettempdir()): "$TMPDIR",
        }
        names = dict.fromkeys(kgtool.database.written, "$KGTOOL_DATABASE_URL")
        names |= {
            str(form): name
            for folder, name in folders.items()
            if folder != Path()
            for form in (folder, folder.absolute(), folder.resolve())
        }
        self._names = names
        # One folder may lie in another: the longest says most.
        longest = sorted(map(re.escape, names), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![\w.])(?:{'|'.join(longest)})(?![\w-])")

    def unnamed(self, said: Said) -> Said:
        """The same text or words, without paths and addresses of the server."""
        plain = self._plain(said)
        assert isinstance(plain, type(said))  # each kind stays what it is
        return plain

    def _plain(self, said: str | Told) -> str | Told:
        if isinstance(said, str):
            return self._pattern.sub(lambda found: self._names[found[0]], said)
        if isinstance(said, Words):
            params = (one if isinstance(one, int) else self.unnamed(one) for one in said.params)
            return Words(said.key, tuple(params), said.texts)
        return said


def as_seen(request: Request, said: Said) -> Said:
    """What a reader is told of what went wrong: only administrators see where things lie."""
    if not said or request.state.caller.may("admin"):
        return said
    state = request.app.state
    if not hasattr(state, "places"):
        state.places = Places(state.kgtool)
    places: Places = state.places
    return places.unnamed(said)
