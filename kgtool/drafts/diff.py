"""The exact difference between a draft and the item as it is now: what would be added, what not.

Nothing that stands is ever overwritten. A statement is *there* if one with the same value stands
whose qualifiers do not contradict; then only missing references and qualifiers are added to it.
Where another value of the property stands, it is a *conflict* for a person, unless the mapping says
that values may stand side by side (``many``) or are told apart by a qualifier (``per``).
"""

from __future__ import annotations

from collections.abc import Hashable

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts.dates import order, year_of
from kgtool.drafts.draft import Draft, kept_text
from kgtool.drafts.words import words
from kgtool.entities import (
    Item,
    Profile,
    Reference,
    Sitelink,
    Snak,
    Statement,
    Term,
    TimeValue,
    qualifier_keys,
    reference_key,
    same_snak,
    snak_key,
)
from kgtool.messages.words import Words


class Addition(Struct, frozen=True, omit_defaults=True):
    """References and qualifiers that a standing statement lacks."""

    statement: str
    property: str
    references: list[Reference] = []
    qualifiers: dict[str, list[Snak]] = {}


class Conflict(Struct, frozen=True, omit_defaults=True):
    """Another value stands. ``decision`` is a person's: leave it, set ours beside, or replace."""

    property: str
    reason: Words
    wanted: Statement
    standing: list[Statement]
    decision: str = "leave"


class Diff(Struct, frozen=True, omit_defaults=True):
    """What an item lacks of a draft; ``kept`` says what stands and is left alone."""

    labels: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    aliases: dict[str, list[str]] = {}
    sitelinks: dict[str, Sitelink] = {}
    statements: list[Statement] = []
    additions: list[Addition] = []
    conflicts: list[Conflict] = []
    kept: list[Words] = []

    def is_empty(self) -> bool:
        """Whether nothing would be written."""
        parts = (self.labels, self.descriptions, self.aliases, self.sitelinks)
        return not (any(parts) or self.statements or self.additions)


def part_of(draft: Draft, changes: Diff) -> Draft:
    """The draft of what alone would be written as new terms, sitelinks and statements.

    Of conflicts, our statements are among them.
    """
    item = Item(
        id=draft.wanted.id,
        labels={code: Term(code, text) for code, text in changes.labels.items()},
        descriptions={code: Term(code, text) for code, text in changes.descriptions.items()},
        aliases={code: [Term(code, t) for t in texts] for code, texts in changes.aliases.items()},
        sitelinks=dict(changes.sitelinks),
    )
    open_ones = [one.wanted for one in changes.conflicts if one.wanted not in changes.statements]
    for statement in [*changes.statements, *open_ones]:
        item.claims.setdefault(statement.mainsnak.property, []).append(statement)
    return replace(draft, wanted=item)


def with_wanted(item: Item, wanted: Item) -> Item:
    """The item as it would be with these terms, pages and statements."""
    claims = {property: list(several) for property, several in item.claims.items()}
    for property, several in wanted.claims.items():
        new = [replace(one, id=f"{item.id}$new-{property}-{n}") for n, one in enumerate(several)]
        claims[property] = [*claims.get(property, []), *new]
    aliases = {code: list(terms) for code, terms in item.aliases.items()}
    for code, terms in wanted.aliases.items():
        aliases[code] = [*aliases.get(code, []), *terms]
    return replace(
        item,
        labels={**item.labels, **wanted.labels},
        descriptions={**item.descriptions, **wanted.descriptions},
        aliases=aliases,
        sitelinks={**item.sitelinks, **wanted.sitelinks},
        claims=claims,
    )


def diff(draft: Draft, now: Item, profile: Profile) -> Diff:
    """What ``now`` lacks of the draft."""
    kept: list[Words] = []
    labels, aliases = _labels(draft.wanted, now, kept)
    descriptions = {}
    for code, term in draft.wanted.descriptions.items():
        standing = now.descriptions.get(code)
        if standing is None:
            descriptions[code] = term.value
        elif kept_text(standing.value) != term.value:
            kept.append(words("kept-description", code, standing.value))
    sitelinks = {}
    conflicts: list[Conflict] = []
    for site, link in draft.wanted.sitelinks.items():
        there = now.sitelinks.get(site)
        if there is None:
            sitelinks[site] = link
        elif there.title != link.title:
            kept.append(words("kept-sitelink", site, there.title))
    statements: list[Statement] = []
    additions: list[Addition] = []
    for property, wanted in draft.wanted.claims.items():
        standing_ones = now.claims.get(property, [])
        for one in wanted:
            match _place(one, standing_ones, draft, profile):
                case Statement() as new:
                    statements.append(new)
                case Addition() as addition:
                    additions.append(addition)
                case Conflict() as conflict:
                    conflicts.append(conflict)
    return Diff(labels, descriptions, aliases, sitelinks, statements, additions, conflicts, kept)


def _labels(
    wanted: Item, now: Item, kept: list[Words]
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """New labels; a label that differs from the standing one becomes an alias."""
    labels: dict[str, str] = {}
    aliases: dict[str, list[str]] = {}
    for code, term in wanted.labels.items():
        standing = now.labels.get(code) or _same_in_mul(now, term)
        if standing is None:
            labels[code] = term.value
        elif kept_text(standing.value) != term.value:
            kept.append(words("kept-label", code, standing.value))
            aliases.setdefault(code, []).append(term.value)
    for code, terms in wanted.aliases.items():
        aliases.setdefault(code, []).extend(term.value for term in terms)
    fresh: dict[str, list[str]] = {}
    for code, texts in aliases.items():
        label = labels.get(code) or (now.labels[code].value if code in now.labels else "")
        there = {label, *(term.value for term in now.aliases.get(code, []))}
        there = {kept_text(text).casefold() for text in there}
        for text in texts:
            if text.casefold() not in there:
                there.add(text.casefold())
                fresh.setdefault(code, []).append(text)
    return labels, fresh


def _same_in_mul(now: Item, term: Term) -> Term | None:
    mul = now.labels.get("mul")
    return mul if mul is not None and mul.value == term.value else None


def _place(
    wanted: Statement, standing: list[Statement], draft: Draft, profile: Profile
) -> Statement | Addition | Conflict | None:
    property = wanted.mainsnak.property
    equal = [s for s in standing if same_snak(s.mainsnak, wanted.mainsnak)]
    for statement in equal:
        if statement.rank == "deprecated" and wanted.rank != "deprecated":
            return _conflict("deprecated-stands", wanted, [statement])
    for statement in equal:
        lacking = _lacking_qualifiers(wanted, statement)
        if lacking is None:
            continue
        references = _lacking_references(wanted, statement, profile)
        if not (references or lacking):
            return None
        assert statement.id is not None
        return Addition(statement.id, property, references, lacking)
    rivals = _rivals(wanted, standing, draft.per.get(property))
    finer = [s for s in rivals if _is_finer(s.mainsnak, wanted.mainsnak)]
    if finer:
        return None  # what stands says the same, more exactly
    if rivals and property not in draft.many:
        return _conflict("another-stands", wanted, rivals)
    return wanted


def _conflict(said: str, wanted: Statement, standing: list[Statement]) -> Conflict:
    return Conflict(wanted.mainsnak.property, words(said), wanted, standing)


def _rivals(wanted: Statement, standing: list[Statement], per: str | None) -> list[Statement]:
    """Statements, not deprecated, that claim the same place as ``wanted``."""
    living = [s for s in standing if s.rank != "deprecated"]
    if per is None:
        return living
    ours = {snak_key(snak) for snak in wanted.qualifiers.get(per, [])}
    return [s for s in living if ours & {snak_key(snak) for snak in s.qualifiers.get(per, [])}]


def _lacking_qualifiers(wanted: Statement, standing: Statement) -> dict[str, list[Snak]] | None:
    """Qualifiers to add; ``None`` if those that stand say something else."""
    there = qualifier_keys(standing)
    lacking: dict[str, list[Snak]] = {}
    for property, snaks in wanted.qualifiers.items():
        missing = [snak for snak in snaks if snak_key(snak) not in there]
        if missing and property in standing.qualifiers:
            return None
        if missing:
            lacking[property] = missing
    return lacking


def _lacking_references(
    wanted: Statement, standing: Statement, profile: Profile
) -> list[Reference]:
    """References not there yet. When it was *retrieved* does not make a reference another one."""
    retrieved = profile.properties.retrieved

    def core(reference: Reference) -> frozenset[Hashable]:
        snaks = {p: found for p, found in reference.snaks.items() if p != retrieved}
        return reference_key(Reference(snaks or reference.snaks))

    cores = [core(r) for r in standing.references]
    return [
        reference
        for reference in wanted.references
        if not any(core(reference) <= there for there in cores)
    ]


def _is_finer(standing: Snak, wanted: Snak) -> bool:
    """Whether a standing date lies within the wanted, less precise one."""
    if not (isinstance(standing.datavalue, TimeValue) and isinstance(wanted.datavalue, TimeValue)):
        return False
    there, ours = standing.datavalue.value, wanted.datavalue.value
    if there.precision <= ours.precision:
        return False
    year = year_of(there)
    match ours.precision:
        case 10:
            return order(there)[:2] == order(ours)[:2]
        case 9:
            return year == year_of(ours)
        case 8:
            return year // 10 == year_of(ours) // 10
        case 7:
            return (year - 1) // 100 == (year_of(ours) - 1) // 100
    return False
