"""PagePile on Toolforge: lists of pages that other tools made (pagepile.toolforge.org)."""

from __future__ import annotations

import msgspec

from kgtool.errors import NotFound, RemoteError, UsageError
from kgtool.messages.words import Words
from kgtool.sources.http import HttpClient

ADDRESS = "https://pagepile.toolforge.org/api.php"


class _Pile(msgspec.Struct):
    wiki: str
    pages: list[str]


def items_of_pile(client: HttpClient, number: int, *, address: str = ADDRESS) -> list[str]:
    """The ids in a pile of Wikidata items.

    :raises NotFound: there is no such pile.
    :raises UsageError: it is a pile of pages of another wiki.
    :raises RemoteError: PagePile did not answer as it should.
    """
    asked = {"id": str(number), "action": "get_data", "doit": "1", "format": "json"}
    answer = client.get(address, asked)
    try:
        pile = msgspec.json.decode(answer.content, type=_Pile)
    except msgspec.DecodeError:
        if answer.content.strip() in (b"", b"null", b"[]", b"{}"):
            raise NotFound(Words("error-no-pagepile", (str(number),))) from None
        raise RemoteError(Words("error-pagepile-json", (str(number),))) from None
    if pile.wiki != "wikidatawiki":
        raise UsageError(
            Words("error-pagepile-wiki", (str(number), pile.wiki)),
            hint=Words("error-pagepile-turn"),
        )
    return pile.pages
