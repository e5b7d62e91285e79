"""Edit summaries: the person's text, the row's token, the tag by which EditGroups finds a batch.

A wiki cuts a summary at 500 characters, silently and at the end, and puts a text of its own before
ours: so the token stands before the tag, and the person's text is what gives way.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from kgtool.entities import Profile

_BUDGET = 500
# Wikibase parts its own text from ours by “: ” and “, ”, and EditGroups reads a summary by them; so
# they are replaced in ours, as OpenRefine does.
_LOOK_ALIKES = ((", ", "\ua4f9 "), (": ", "\u0589 "))
_NOT_PRINTABLE = ("Cc", "Cn", "Co", "Cs")
_TOKEN = re.compile(r"\[(?=\s*[0-9a-f]{12}\s*:)")
_TAG = re.compile(r"editgroups\s*/", re.I)
_COMMENT = re.compile(r"/\*|\*/")
_WIKI_TEXT = 160  # room for what the wiki writes first: /* wbeditentity-update-…|…|… */


def token(batch: str, step: str) -> str:
    """What identifies one step of a batch in a summary: ``[1f0c2a9b3d4e:17.1]``."""
    return f"[{batch}:{step}]"


def edit_summary(text: str, batch: str, step: str, profile: Profile, approval: str = "") -> str:
    """The whole summary of one edit, at most as long as survives uncut."""
    tail = f" {token(batch, step)}"
    if has_editgroups(profile):
        tail += f" ([[:toolforge:editgroups/b/CB/{batch}|details]])"
    clean = _plain(text)
    if approval:
        clean = f"{clean} (approved: {_plain(approval)})".strip()
    if has_editgroups(profile):
        for separator, like in _LOOK_ALIKES:
            clean = clean.replace(separator, like)
    room = _BUDGET - _WIKI_TEXT - len(tail)
    if len(clean) > room:
        clean = clean[: room - 1].rstrip() + "…"
    return f"{clean}{tail}".strip()


def _plain(text: str) -> str:
    """A text that cannot pass for a token, a tag of EditGroups or the wiki's own comment."""
    plain = "".join(
        sign for sign in text if sign.isspace() or unicodedata.category(sign) not in _NOT_PRINTABLE
    )
    plain = _COMMENT.sub(" ", _TOKEN.sub("(", plain))
    return " ".join(_TAG.sub("editgroups ", plain).split())


def has_editgroups(profile: Profile) -> bool:
    """EditGroups watches the wikis of Wikimedia only."""
    host = urlsplit(profile.action_api).hostname or ""
    return host.endswith((".wikidata.org", ".wikimedia.org"))
