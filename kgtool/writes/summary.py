"""Edit summaries: the person's text, the row's token, the tag by which EditGroups finds a batch.

A wiki cuts a summary at 500 characters, silently and at the end, and puts a text of its own before
ours: so the token stands before the tag, and the person's text is what gives way.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from kgtool.entities import Profile

_BUDGET = 500
_WIKI_TEXT = 160  # room for what the wiki writes first: /* wbeditentity-update-…|…|… */


def token(batch: str, step: str) -> str:
    """What identifies one step of a batch in a summary: ``[1f0c2a9b3d4e:17.1]``."""
    return f"[{batch}:{step}]"


def edit_summary(text: str, batch: str, step: str, profile: Profile, approval: str = "") -> str:
    """The whole summary of one edit, at most as long as survives uncut."""
    tail = f" {token(batch, step)}"
    if has_editgroups(profile):
        tail += f" ([[:toolforge:editgroups/b/CB/{batch}|details]])"
    clean = " ".join(text.split())
    if approval:
        clean = f"{clean} (approved: {approval})".strip()
    room = _BUDGET - _WIKI_TEXT - len(tail)
    if len(clean) > room:
        clean = clean[: room - 1].rstrip() + "…"
    return f"{clean}{tail}".strip()


def has_editgroups(profile: Profile) -> bool:
    """EditGroups watches the wikis of Wikimedia only."""
    host = urlsplit(profile.action_api).hostname or ""
    return host.endswith((".wikidata.org", ".wikimedia.org"))
