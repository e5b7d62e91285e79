"""Values that no two items may share: looked for in the batch, and on the wiki."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

from kgtool.drafts.constraints.findings import level_of
from kgtool.drafts.constraints.rules import Constraint
from kgtool.drafts.draft import Draft, Finding, finding, local_key
from kgtool.drafts.words import words
from kgtool.drafts.world import World
from kgtool.entities import EntityIdValue, Item, Statement, StringValue, snak_key

IN_BATCH = "distinct-in-batch"


class Distinct:
    """Knows which rows of a batch and which items of the wiki have a value that should be unique.

    Asks the world once for all rows. Values are strings, identifiers, URLs and items: of others the
    world is not asked.
    """

    def __init__(
        self, drafts: Sequence[Draft], rules: Mapping[str, Sequence[Constraint]], world: World
    ) -> None:
        self._rules = {
            property: rule
            for property, several in rules.items()
            for rule in several
            if rule.kind == "distinct_values"
        }
        self._rows: dict[Hashable, list[str]] = defaultdict(list)
        asked: dict[str, set[str]] = defaultdict(set)
        for draft in drafts:
            for statement, rule in self._statements(draft):
                self._rows[_key(statement, rule)].append(draft.key)
                if text := _text(statement):
                    asked[statement.mainsnak.property].add(text)
        found = {property: world.holders(property, texts) for property, texts in asked.items()}
        ids = {id for several in found.values() for holders in several.values() for id in holders}
        items = world.items(ids) if ids else {}
        # What holds a value is looked at, as a query service may be behind.
        self._held: dict[Hashable, list[str]] = defaultdict(list)
        for item in {item.id: item for item in items.values()}.values():
            for key in self._keys(item, asked.keys()):
                self._held[key].append(item.id)

    def findings(self, draft: Draft, item: str = "") -> list[Finding]:
        """Values of a draft that other rows, or other items than ``item``, have too."""
        found = []
        for statement, rule in self._statements(draft):
            if not rule.concerns(item):
                continue
            property, key = statement.mainsnak.property, _key(statement, rule)
            rows = [row for row in self._rows[key] if row != draft.key]
            if rows:
                said = words("same-in-row", rows[0])
                found.append(finding(level_of(rule), IN_BATCH, said, property))
            others = [id for id in self._held.get(key, []) if id != item]
            if others:
                said = words("same-in-items", ", ".join(others[:3]))
                found.append(finding(level_of(rule), "distinct-values", said, property))
        return list(dict.fromkeys(found))

    def _statements(self, draft: Draft) -> Iterator[tuple[Statement, Constraint]]:
        for property, statements in draft.wanted.claims.items():
            rule = self._rules.get(property)
            if rule is not None:
                for statement in statements:
                    if statement.rank != "deprecated" and statement.mainsnak.snaktype == "value":
                        yield statement, rule

    def _keys(self, item: Item, properties: Collection[str]) -> Iterator[Hashable]:
        for property in properties:
            for statement in item.claims.get(property, []):
                if statement.rank != "deprecated":
                    yield _key(statement, self._rules[property])


def _key(statement: Statement, rule: Constraint) -> Hashable:
    """The value, with the qualifiers that tell equal ones apart."""
    separated = frozenset(
        snak_key(snak)
        for property in rule.separators
        for snak in statement.qualifiers.get(property, [])
    )
    return snak_key(statement.mainsnak), separated


def _text(statement: Statement) -> str:
    match statement.mainsnak.datavalue:
        case StringValue(value):
            return value
        case EntityIdValue(value) if local_key(value.id) is None:
            return value.id
    return ""
