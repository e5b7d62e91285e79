"""A report as a document: sections with sentences and tables, before it is wikitext or HTML."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class ItemLink(Struct, frozen=True):
    """An item or a property of the wiki, by its label (whose language is known, or empty)."""

    id: str
    label: str
    language: str = ""


class WebLink(Struct, frozen=True):
    """A page at an address of the wiki's, under a text."""

    address: str
    text: str


Cell: TypeAlias = str | int | ItemLink | WebLink | None
"""``None`` is a figure that is not known: shown as :data:`UNKNOWN`."""

UNKNOWN = "–"


class Table(Struct, frozen=True):
    """Rows under column heads; the first cell of a row names it."""

    caption: str
    columns: list[str]
    rows: list[list[Cell]]


class Section(Struct, frozen=True):
    """A heading, what is said below it, and a table if there is anything to list."""

    heading: str
    sentences: list[str] = []
    table: Table | None = None


class Document(Struct, frozen=True):
    """A report in one language; ``as_of`` may be empty."""

    language: str
    direction: str
    title: str
    lead: list[str]
    sections: list[Section]
    as_of: str
