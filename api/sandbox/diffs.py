"""``index.php?diff=``: what one revision changed, as plain lines."""

from __future__ import annotations

import json
from difflib import unified_diff

from .records import Revision
from .times import iso
from .wiki import Wiki


def diff_text(wiki: Wiki, revision: str, oldid: str) -> str | None:
    """The difference between two revisions; none where one of them is not there."""
    if not revision.isdecimal():
        return None
    new = wiki.store.revision(int(revision))
    page = wiki.store.page_by_id(new.page) if new else None
    if new is None or page is None or page.deleted:
        return None
    number = new.parent if not oldid.isdecimal() else int(oldid)
    old = wiki.store.revision(number) if number else None
    if number and (old is None or old.page != new.page):
        return None
    head = f"{page.title}, revision {new.id} by {new.user}, {iso(new.time)}\n{new.comment}\n\n"
    lines = unified_diff(_lines(old), _lines(new), str(number), str(new.id), n=2, lineterm="")
    return head + "\n".join(lines) + "\n"


def _lines(revision: Revision | None) -> list[str]:
    if revision is None:
        return []
    text = revision.content.decode()
    if text.startswith("{"):
        text = json.dumps(revision.entity, indent=1, ensure_ascii=False, sort_keys=True)
    return text.splitlines()
