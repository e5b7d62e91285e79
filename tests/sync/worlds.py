"""A museum with its collection and works, as a wiki has it, and what a workspace holds of it."""

from __future__ import annotations

from collections.abc import Callable

from kgtool.coverage.selection import OfPartners
from kgtool.entities import Entity, Property
from kgtool.wiring import Kgtool
from tests.builders import item

MUSEUM = OfPartners(("Q1",))
PROPERTIES = [
    Property("wikibase-item", id=id)
    for id in ("P31", "P195", "P276", "P127", "P361", "P279", "P170", "P5008", "P1687")
]

Make = Callable[[str], Kgtool]


def a_museum(works: int, first: int = 100) -> list[Entity]:
    """A museum, a collection that is part of it, and works: half of them in that collection."""
    return [
        *PROPERTIES,
        item("Q1", labels={"en": "museum"}, P31="Q10"),
        item("Q2", labels={"en": "its collection"}, P361="Q1"),
        item("Q10", labels={"en": "art museum"}, P279="Q11"),
        item("Q11", labels={"en": "museum, in general"}, P279="Q12"),
        item("Q12", labels={"en": "organization"}),
        item("Q20", labels={"en": "painting"}, P279="Q21"),
        item("Q21", labels={"en": "work of art"}),
        item("Q30", labels={"en": "painter"}, P31="Q40"),
        item("Q40", labels={"en": "human"}),
        item("Q50", labels={"en": "not the museum's"}, P195="Q51"),
        *(
            item(f"Q{n}", P31="Q20", P170="Q30", P195="Q1" if n % 2 else "Q2")
            for n in range(first, first + works)
        ),
    ]


def content(tool: Kgtool) -> dict[str, Entity]:
    """All entities of a workspace, by id."""
    return {entity.id: entity for entity in tool.snapshots.current().entities}


def english(label: str) -> dict[str, object]:
    """What gives an entity an English label, for :meth:`Client.edit`."""
    return {"labels": {"en": {"language": "en", "value": label}}}
