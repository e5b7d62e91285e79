"""A section of a wiki page that kgtool renews, between two marks::

    <!-- begin kgtool gaps 5d1f…: renewed by kgtool; what is written here is not kept -->
    …
    <!-- end kgtool gaps -->

The number is the SHA-256 of what stands between: where it is another one, a person has edited. A
person who wants a section puts the two marks, without a number, where it should stand.
"""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct

from kgtool.errors import UsageError
from kgtool.messages.words import Words

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_BEGIN = r"<!--\s*begin kgtool {name}(?:\s+([0-9a-f]{{64}}))?(?::[^>]*)?\s*-->"
_END = r"<!--\s*end kgtool {name}\s*-->"


class Section(Struct, frozen=True):
    """A section of a page: what stands before, between and after the marks.

    ``digest`` is the number in the mark, empty where there is none.
    """

    before: str
    between: str
    after: str
    digest: str


def checked_name(name: str) -> str:
    """The name of a section.

    :raises UsageError: it is none.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            Words("error-section-name", (name[:60],)),
            hint=Words("error-section-letters"),
        )
    return name


def find_section(text: str, name: str) -> Section | None:
    """The section of that name; ``None`` where the page has no such marks.

    :raises UsageError: the marks are not a pair.
    """
    begins = list(re.finditer(_BEGIN.format(name=re.escape(name)), text))
    ends = list(re.finditer(_END.format(name=re.escape(name)), text))
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or ends[0].start() < begins[0].end():
        raise UsageError(
            Words("error-section-marks", (name,)),
            hint=Words("error-section-exactly", (marks(name),)),
        )
    begin, end = begins[0], ends[0]
    between = text[begin.end() : end.start()].strip()
    return Section(text[: begin.start()], between, text[end.end() :], begin.group(1) or "")


def with_section(section: Section, name: str, content: str) -> str:
    """The page with this content between the marks."""
    digest = digest_of(content)
    begin = f"<!-- begin kgtool {name} {digest}: renewed by kgtool; write above or below -->"
    end = f"<!-- end kgtool {name} -->"
    return f"{section.before}{begin}\n{content.strip()}\n{end}{section.after}"


def marks(name: str) -> str:
    """The two marks that a person puts on a page."""
    return f"<!-- begin kgtool {name} --><!-- end kgtool {name} -->"


def digest_of(content: str) -> str:
    """What identifies a content: its SHA-256, whatever white space surrounds it."""
    return hashlib.sha256(content.strip().encode()).hexdigest()
