"""A *plan*: what becomes of every draft. It is pure: the world, the checks and the id come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeAlias

from msgspec.structs import replace

from kgtool.drafts.constraints import CODES as CONSTRAINT_CODES
from kgtool.drafts.constraints import Distinct, constraint_findings, constraints_of
from kgtool.drafts.diff import Diff, diff, part_of, with_wanted
from kgtool.drafts.draft import Draft, Finding, as_kept, finding, pointed, snaks_of
from kgtool.drafts.duplicates import Identity, Near, identify
from kgtool.drafts.matching import Matcher, no_matcher
from kgtool.drafts.outcome import (
    Complete,
    Conflicting,
    Create,
    Doubtful,
    Outcome,
    Refused,
    Unchanged,
    head,
)
from kgtool.drafts.scrutiny import CODES as SCRUTINY_CODES
from kgtool.drafts.scrutiny import scrutinise
from kgtool.drafts.validate import named_entity, validate
from kgtool.drafts.values import is_item_id
from kgtool.drafts.words import words
from kgtool.drafts.world import World
from kgtool.entities import EntityIdValue, Item, Profile
from kgtool.messages.words import Words

# Judges an item by shapes; its findings' levels decide like all others.
Check: TypeAlias = Callable[[Item], list[Finding]]

_SHAPE = "shape-"  # how the codes of findings begin that shapes make


def no_check(item: Item) -> list[Finding]:
    """Where no shape is asked for."""
    return []


def new_findings(check: Check, item: Item, wanted: Item) -> list[Finding]:
    """What a check finds in the item with what is wanted, and not in the item as it is."""
    after = check(with_wanted(item, wanted))
    before = {(one.code, one.where, one.message) for one in check(item)} if after else set()
    return [one for one in after if (one.code, one.where, one.message) not in before]


def plan_rows(
    drafts: Sequence[Draft],
    world: World,
    profile: Profile,
    *,
    check: Check = no_check,
    barred: Sequence[Words] = (),
) -> list[Outcome]:
    """The outcome of every draft.

    ``barred`` are reasons to refuse the batch as a whole (no permission, no source): then nothing
    is asked of the world.
    """
    if barred:
        return refused_rows(drafts, barred)
    return Planner(drafts, world, profile, check).rows()


def refused_rows(drafts: Sequence[Draft], reasons: Sequence[Words]) -> list[Outcome]:
    """Every draft refused, because of what is wrong with the batch as a whole."""
    findings = [finding("refuse", "not-permitted", reason) for reason in reasons]
    return [replace(_refused(draft, findings), place=n) for n, draft in enumerate(drafts, 1)]


class Planner:
    """Decides rows; asks the world once for all of them."""

    def __init__(
        self,
        drafts: Sequence[Draft],
        world: World,
        profile: Profile,
        check: Check = no_check,
        matcher: Matcher = no_matcher,
    ) -> None:
        drafts = list(map(as_kept, drafts))
        self.matcher = matcher
        self.world = world
        self.profile = profile
        self.check = check
        statements = chain.from_iterable(
            chain.from_iterable(draft.wanted.claims.values()) for draft in drafts
        )
        snaks = list(chain.from_iterable(map(snaks_of, statements)))
        used = {snak.property for snak in snaks}
        values = {named for snak in snaks if (named := named_entity(snak, profile))}
        used_and_named = used | {id for id in values if id.startswith("P")}
        self.properties = world.properties(used_and_named)
        self.rules = {id: constraints_of(known, profile) for id, known in self.properties.items()}
        self._asked_rules = set(used)
        readable = self.properties if profile.constraints.property_constraint else {}
        # Properties of which nobody can say here what the wiki asks of them.
        self.unread = sorted(used - readable.keys(), key=lambda id: int(id[1:]))
        self.asked = set(filter(is_item_id, values)) if world.complete else set()
        self.there = world.items(self.asked)
        moved = {asked: item.id for asked, item in self.there.items() if item.id != asked}
        self.drafts = [_pointed(draft, moved) for draft in drafts] if moved else drafts
        self.distinct = Distinct(self.drafts, self.rules, world)
        self.batch = {draft.key for draft in drafts}

    def rows(
        self, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> list[Outcome]:
        """Every draft's outcome, in order; ``progress`` is told how many are done, and all."""
        identities = identify(self.drafts, self.world, self.profile, self.matcher)
        self._ask_rules({p for one in identities if one.item for p in one.item.claims})
        pairs: dict[tuple[str, str, str], str] = {}
        rows: list[Outcome] = []
        for draft, identity in zip(self.drafts, identities, strict=True):
            row = self.outcome(draft, identity, pairs)
            rows.append(replace(row, place=len(rows) + 1))
            progress(len(rows), len(self.drafts))
        return rows

    def outcome(
        self, draft: Draft, identity: Identity, pairs: dict[tuple[str, str, str], str]
    ) -> Outcome:
        """One draft's outcome; ``pairs`` remembers label and description of rows to be created."""
        findings = [*draft.findings]
        findings += validate(
            draft,
            self.profile,
            self.properties,
            complete=self.world.complete,
            items=self.there,
            asked=self.asked,
            batch=self.batch,
        )
        if identity.gone:
            if self.world.complete:
                findings.append(finding("refuse", "gone", words("no-item", identity.gone)))
            else:
                findings.append(finding("doubt", "not-here", words("not-here", identity.gone)))
        if _worst(findings, "refuse"):
            return _refused(draft, findings)
        if identity.twin:
            reason = words("twin", identity.twin)
            return _doubtful(draft, findings, identity.near, reason)
        if identity.near:
            return _doubtful(draft, findings, identity.near, words("may-exist"))
        if _worst(findings, "doubt"):
            return _doubtful(draft, findings, [], _first_doubt(findings))
        if identity.item is not None:
            return self.completed(draft, identity.item, identity.why, findings)
        return self.created(draft, findings, pairs, identity.searched)

    def created(
        self,
        draft: Draft,
        findings: list[Finding],
        pairs: dict[tuple[str, str, str], str],
        searched: Sequence[Words] = (),
    ) -> Outcome:
        """The outcome of a draft that no item is known for, after these searches."""
        findings = [*findings, *self._quality(draft)]
        findings += self.check(draft.wanted)
        for code, term in draft.wanted.labels.items():
            description = draft.wanted.descriptions.get(code)
            if description is None:
                continue
            first = pairs.setdefault((code, term.value, description.value), draft.key)
            if first != draft.key:
                findings.append(
                    finding(
                        "refuse",
                        "label-and-description",
                        words("same-label", first),
                        code,
                    )
                )
        if _worst(findings, "refuse"):
            return _refused(draft, findings)
        if _worst(findings, "doubt"):
            return _doubtful(draft, findings, [], _first_doubt(findings))
        return Create(**head(draft, findings), searched=list(searched))

    def completed(
        self, draft: Draft, item: Item, why: Words, findings: list[Finding]
    ) -> Unchanged | Complete | Conflicting:
        """The outcome of a draft whose item is known."""
        changes = diff(draft, item, self.profile)
        self._ask_rules(set(item.claims))
        findings = [*findings, *self.quality(draft, item, changes)]
        if changes.conflicts:
            return Conflicting(
                **head(draft, findings),
                item=item.id,
                why=why,
                revision=item.lastrevid,
                diff=changes,
            )
        if changes.is_empty():
            return Unchanged(**head(draft, findings), item=item.id, why=why)
        return Complete(
            **head(draft, findings),
            item=item.id,
            why=why,
            revision=item.lastrevid,
            diff=changes,
        )

    def quality(self, draft: Draft, item: Item, changes: Diff) -> list[Finding]:
        """What people would complain about in the changes; what stands already is not ours."""
        if changes.is_empty() and not changes.conflicts:
            return []
        part = part_of(draft, changes)
        found = self._quality(part, item, changes)
        return found + new_findings(self.check, item, part.wanted)

    def _ask_rules(self, properties: set[str]) -> None:
        """Read the constraints of properties that items have already, each once."""
        unknown = properties - self._asked_rules
        if unknown and self.profile.constraints.property_constraint:
            self._asked_rules |= unknown
            for id, known in self.world.properties(unknown).items():
                self.rules[id] = constraints_of(known, self.profile)

    def _quality(
        self, draft: Draft, item: Item | None = None, changes: Diff | None = None
    ) -> list[Finding]:
        found = scrutinise(draft, self.profile, new=item is None)
        found += constraint_findings(draft, self.rules, self.profile, item=item, changes=changes)
        found += self.distinct.findings(draft, item.id if item else "")
        # Said once: that there is no reference, and that the property wants one.
        wanted = {one.where for one in found if one.code == "citation-needed"}
        return [one for one in found if one.code != "unsourced" or one.where not in wanted]


def is_about_changes(found: Finding) -> bool:
    """Whether it is of what would be written: made anew when a person decides otherwise."""
    return found.code in CONSTRAINT_CODES | SCRUTINY_CODES or found.code.startswith(_SHAPE)


def _pointed(draft: Draft, moved: dict[str, str]) -> Draft:
    """The draft with values that lead elsewhere replaced by where they lead; noted."""
    claims = {
        property: [pointed(statement, moved) for statement in statements]
        for property, statements in draft.wanted.claims.items()
    }
    notes = [
        finding("info", "redirect", words("redirect", old, moved[old]))
        for old in sorted(_items_of(draft) & moved.keys())
    ]
    if not notes:
        return draft
    wanted = replace(draft.wanted, claims=claims)
    return replace(draft, wanted=wanted, findings=[*draft.findings, *notes])


def _items_of(draft: Draft) -> set[str]:
    return {
        snak.datavalue.value.id
        for statements in draft.wanted.claims.values()
        for statement in statements
        for snak in snaks_of(statement)
        if isinstance(snak.datavalue, EntityIdValue)
    }


def _worst(findings: Sequence[Finding], level: str) -> bool:
    return any(one.level == level for one in findings)


def _first_doubt(findings: Sequence[Finding]) -> Words:
    found = next(one for one in findings if one.level == "doubt")
    said = found.words or words("as-said", found.message)
    return words("at", found.where, said) if found.where else said


def _refused(draft: Draft, findings: list[Finding]) -> Refused:
    return Refused(**head(draft, findings))


def _doubtful(draft: Draft, findings: list[Finding], near: list[Near], reason: Words) -> Doubtful:
    return Doubtful(**head(draft, findings), near=near, reason=reason)
