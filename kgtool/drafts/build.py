"""Rows + mapping → drafts. Reads each row once, reconciles all names in one go."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dict

from kgtool.drafts.cells import Names, Reading
from kgtool.drafts.draft import Draft, finding
from kgtool.drafts.matching import Matcher, Wanted, no_matcher
from kgtool.drafts.rules import Mapping, ReferenceRule, SnakRule, StatementRule, TermRule
from kgtool.drafts.table import Row
from kgtool.drafts.values import is_item_id
from kgtool.drafts.words import words
from kgtool.entities import Item, Profile, Reference, Sitelink, Snak, Statement, Term
from kgtool.errors import InputError, UsageError
from kgtool.messages.words import Words

# What a Wikibase takes as the text of a label, description or alias (Wikibase, "multilang-limits").
TERM_LIMIT = 250


def build_drafts(
    rows: Iterable[Row],
    mapping: Mapping,
    profile: Profile,
    *,
    matcher: Matcher = no_matcher,
    parameters: Dict[str, str] | None = None,
    lookups: Dict[str, Dict[str, str]] | None = None,
) -> list[Draft]:
    """One draft for each row that ``mapping.where`` lets through.

    Problems of a row are findings of its draft, never exceptions. ``matcher`` is asked once, with
    every distinct name. Units are items of the wiki of ``profile``.

    :raises InputError: the table lacks a column that the mapping reads.
    :raises UsageError: a parameter is given that the mapping does not have.
    """
    given = dict(parameters or {})
    unknown = sorted(set(given) - set(mapping.parameters))
    if unknown:
        known = ", ".join(sorted(mapping.parameters))
        raise UsageError(
            Words("error-mapping-parameter", (unknown[0],)),
            hint=Words("error-it-has", (known,)) if known else Words("error-it-has-none"),
        )
    values = {name: given.get(name, p.default) for name, p in mapping.parameters.items()}
    kept = [row for row in rows if all(row.text(c) == t for c, t in mapping.where.items())]
    _check_columns(kept, mapping)
    names = Names()
    _builder = _Builder(mapping, values, dict(lookups or {}), names, profile)
    if names_wanted := _wanted(kept, _builder):
        names.answers = dict(zip(names_wanted, matcher(names_wanted), strict=True))
    return _with_unique_keys([_builder.draft(row) for row in kept])


def _wanted(rows: list[Row], builder: _Builder) -> list[Wanted]:
    rules = builder.reconciling()
    if not rules:
        return []
    builder.names.asking = {}
    for row in rows:
        reading = builder.reading(row)
        for rule in rules:
            reading.snaks(rule)
    asked = list(builder.names.asking)
    builder.names.asking = None
    return asked


def _check_columns(rows: list[Row], mapping: Mapping) -> None:
    if not rows:
        return
    # JSON lines and LIDO leave out what is empty, so a column must occur in some row.
    there: set[str] = set()
    lacking = mapping.columns()
    for row in rows:
        there |= row.cells.keys()
        lacking -= row.cells.keys()
        if not lacking:
            return
    raise InputError(
        Words("error-table-lacks", (", ".join(sorted(lacking)),)),
        hint=Words("error-it-has", (", ".join(sorted(there)),)),
    )


def _with_unique_keys(drafts: list[Draft]) -> list[Draft]:
    first: dict[str, int] = {}
    for n, draft in enumerate(drafts):
        if not draft.key:
            continue
        if draft.key in first:
            other = drafts[first[draft.key]]
            drafts[n] = Draft(
                f"{draft.key} (row {draft.row})",
                draft.row,
                draft.wanted,
                draft.many,
                draft.per,
                draft.keys,
                [
                    *draft.findings,
                    finding("refuse", "key-twice", words("key-twice", str(other.row), draft.key)),
                ],
            )
        else:
            first[draft.key] = n
    return drafts


class _Builder:
    """Builds the drafts of one mapping."""

    def __init__(
        self,
        mapping: Mapping,
        parameters: dict[str, str],
        lookups: dict[str, Dict[str, str]],
        names: Names,
        profile: Profile,
    ) -> None:
        self.mapping = mapping
        self.profile = profile
        self.parameters = parameters
        self.lookups = lookups
        self.names = names
        statements = mapping.statements
        self.many = sorted({s.property for s in statements if s.many})
        self.per = {s.property: s.per for s in statements if s.per}
        self.keys = sorted({s.property for s in statements if s.key})

    def reconciling(self) -> list[SnakRule]:
        """The rules that ask for names."""
        rules: list[SnakRule] = []
        references = list(self.mapping.references)
        for statement in self.mapping.statements:
            rules += [statement, *statement.qualifiers]
            references += statement.references or []
        for reference in references:
            rules += reference.snaks
        return [rule for rule in rules if rule.reconcile]

    def reading(self, row: Row) -> Reading:
        return Reading(row, self.mapping, self.parameters, self.lookups, self.names, self.profile)

    def draft(self, row: Row) -> Draft:
        reading = self.reading(row)
        key = reading.filled(self.mapping.key)
        if not key:
            reading.add("refuse", "no-key", words("no-key", self.mapping.key), "key")
        item = row.text(self.mapping.item).strip() if self.mapping.item else ""
        if item and not is_item_id(item):
            reading.add("refuse", "bad-item", words("bad-item", item), self.mapping.item)
            item = ""
        claims: dict[str, list[Statement]] = {}
        usual = self._references(reading, self.mapping.references)
        for rule in self.mapping.statements:
            for statement in self._statements(reading, rule, usual):
                standing = claims.setdefault(rule.property, [])
                if statement not in standing:
                    standing.append(statement)
        labels = self._terms(reading, self.mapping.labels, "label")
        return Draft(
            key or f"row {row.number}",
            row.number,
            Item(
                id=item,
                labels={code: Term(code, t[0]) for code, t in labels.items()},
                descriptions={
                    code: Term(code, t[0])
                    for code, t in self._terms(
                        reading, self.mapping.descriptions, "description"
                    ).items()
                },
                aliases={
                    code: [Term(code, text) for text in texts]
                    for code, t in self._terms(reading, self.mapping.aliases, "alias").items()
                    if (texts := [text for text in t if [text] != labels.get(code, [])[:1]])
                },
                claims=claims,
                sitelinks=self._sitelinks(reading),
            ),
            self.many,
            self.per,
            self.keys,
            reading.findings,
        )

    def _statements(
        self, reading: Reading, rule: StatementRule, usual: list[Reference]
    ) -> list[Statement]:
        made = []
        for snak, extra in reading.snaks(rule):
            own = rule.references
            references = usual if own is None else self._references(reading, own)
            qualifiers: dict[str, list[Snak]] = {}
            for one in extra:
                qualifiers.setdefault(one.property, []).append(one)
            for qualifier in rule.qualifiers:
                for one, _ in reading.snaks(qualifier):
                    if one not in qualifiers.setdefault(one.property, []):
                        qualifiers[one.property].append(one)
            made.append(
                Statement(
                    snak,
                    rank=rule.rank,
                    qualifiers=qualifiers,
                    qualifiers_order=list(qualifiers),
                    references=references,
                )
            )
        if rule.required and not made:
            reading.add("refuse", "required", words("required"), rule.property)
        return made

    def _references(self, reading: Reading, rules: list[ReferenceRule]) -> list[Reference]:
        made = []
        for rule in rules:
            snaks: dict[str, list[Snak]] = {}
            for part in rule.snaks:
                for snak, _ in reading.snaks(part):
                    snaks.setdefault(snak.property, []).append(snak)
            if snaks:
                made.append(Reference(snaks, snaks_order=list(snaks)))
        return made

    def _terms(self, reading: Reading, rules: list[TermRule], what: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for rule in rules:
            language = rule.language or self.mapping.language
            for text in reading.texts(rule, what):
                clean = " ".join(text.split())
                if len(clean) > TERM_LIMIT and rule.cut:
                    clean = _cut(clean)
                if clean and clean not in found.setdefault(language, []):
                    found[language].append(clean)
        return {language: texts for language, texts in found.items() if texts}

    def _sitelinks(self, reading: Reading) -> dict[str, Sitelink]:
        found = {}
        for rule in self.mapping.sitelinks:
            for text in reading.texts(rule, "sitelink"):
                found[rule.site] = Sitelink(rule.site, text.replace("_", " ").strip())
        return found


def _cut(text: str) -> str:
    """Shortened at a word to what fits, with an ellipsis."""
    words = text[: TERM_LIMIT - 1].rsplit(" ", 1)
    return words[0].rstrip(" ,;:.") + "…"
