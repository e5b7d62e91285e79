"""Reading QuickStatements V1 (www.wikidata.org/wiki/Help:QuickStatements).

Commands with tabs or bars, CREATE and LAST, terms, sitelinks, statements with qualifiers and
sources (``S854``; ``!S854`` begins another reference), all value forms, comments ``/* … */`` after
a command and lines that begin with ``#``. Ids and words count in any case, as there. Texts stand in
quotes; quotes and bars inside them are theirs. Removals and merges are refused: kgtool never
removes by batch.
"""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from kgtool.drafts.command_parts import command_parts
from kgtool.drafts.dates import parse_date
from kgtool.drafts.draft import Draft, Finding, finding, local_id
from kgtool.drafts.values import is_item_id, item_value, parse_coordinate, parse_quantity
from kgtool.drafts.words import Unreadable, words
from kgtool.entities import (
    DataValue,
    Item,
    Monolingual,
    MonolingualValue,
    Profile,
    Reference,
    Sitelink,
    Snak,
    Statement,
    StringValue,
    Term,
    TimeValue,
)
from kgtool.errors import NotFound
from kgtool.messages.words import Words

_TERM = re.compile(r"^([LDA])([a-z][a-z0-9-]*)$")
_SITE = re.compile(r"^S([a-z][a-z0-9_-]*)$")
_PROPERTY = re.compile(r"^P[1-9]\d*$")
_SOURCE = re.compile(r"^(!?)S([1-9]\d*)$")
_ENTITY = re.compile(r"^(?:[QP][1-9]\d*|L[1-9]\d*(?:-[FS][1-9]\d*)?)$")
_TEXT = re.compile(r'^([a-z][a-z0-9-]*):"(.*)"$', re.S)
_TIME = re.compile(r"^[+-]?(\d+)-\d\d-\d\dT")
_QUANTITY = re.compile(r"^([+-]?[\d.][^U]*?)(?:U([1-9]\d*))?$")
_ELSEWHERE = re.compile(r"^(?:MERGE|(?:CREATE|REMOVE)_[A-Z_]+|-.*)$")


class Problem(Struct, frozen=True):
    """A line that cannot be read: 1-based number, the text, and why, in English and as words."""

    line: int
    text: str
    message: str
    words: Words


def read_quickstatements(text: str, profile: Profile) -> tuple[list[Draft], list[Problem]]:
    """Drafts of a batch, one for each CREATE and each item named, and every line not understood.

    Consecutive commands on one item are one draft; its key is ``CREATE 1`` and so on, or the QID. A
    draft that has a bad line is refused, with the line as its finding. A later ``LAST`` as value is
    the item created last. Units are items of the wiki of ``profile``.
    """
    return _Reader(profile).read(text)


def is_quickstatements(file: Path) -> bool:
    """Whether a file is a batch by its name, and not a table."""
    return file.suffix.lower() in {".txt", ".qs", ".quickstatements"}


def read_commands(file: Path, profile: Profile) -> list[Draft]:
    """Drafts of a batch in a file, as :func:`drafts_of_commands` makes them.

    :raises NotFound: there is no such file.
    """
    if not file.is_file():
        raise NotFound(Words("error-no-file-at", (str(file),)))
    return drafts_of_commands(file.read_text(encoding="utf-8-sig"), profile)


def drafts_of_commands(text: str, profile: Profile) -> list[Draft]:
    """Drafts of a batch; a line that belongs to no item is a refused row of its own."""
    drafts, problems = read_quickstatements(text, profile)
    told = {one.words for draft in drafts for one in draft.findings}
    for problem in problems:
        said = words("line", str(problem.line), problem.words)
        if said not in told:
            found = [finding("refuse", "line", said)]
            drafts.append(Draft(f"line {problem.line}", problem.line, Item(), findings=found))
    return drafts


class _Reader:
    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.drafts: dict[str, _Gathered] = {}
        self.problems: list[Problem] = []
        self.last = ""
        self.created = 0

    def read(self, text: str) -> tuple[list[Draft], list[Problem]]:
        for number, parts in command_parts(text):
            try:
                self._command(parts, number)
            except Unreadable as error:
                body = "\t".join(parts)
                self.problems.append(Problem(number, body, str(error), error.words))
                target = self._named(parts[0].upper())
                if target in self.drafts:
                    self.drafts[target].findings.append(
                        finding("refuse", "line", words("line", str(number), error.words))
                    )
        return [g.draft(key) for key, g in self.drafts.items()], self.problems

    def _named(self, subject: str) -> str:
        return self.last if subject == "LAST" else subject

    def _command(self, parts: list[str], number: int) -> None:
        first = parts[0].upper()
        if first == "CREATE":
            if parts[1:]:
                raise Unreadable("create-alone")
            self.created += 1
            self.last = f"CREATE {self.created}"
            self.drafts[self.last] = _Gathered("", number)
            return
        if _ELSEWHERE.match(first):
            raise Unreadable("not-carried-out", parts[0])
        subject = self._named(first)
        if first == "LAST" and not subject:
            raise Unreadable("last-alone")
        if first != "LAST" and not is_item_id(subject):
            raise Unreadable("no-subject", parts[0])
        if len(parts) < 3:
            raise Unreadable("short-command")
        gathered = self.drafts.setdefault(subject, _Gathered(subject, number))
        self._say(gathered.item, parts[1], parts[2], parts[3:])

    def _say(self, item: _Parts, what: str, value: str, rest: list[str]) -> None:
        what = what[:1].upper() + what[1:]
        if match := _TERM.match(what[:1] + what[1:].lower()):
            kind, language = match.groups()
            if value == '""':
                # QuickStatements takes a term away so.
                raise Unreadable("not-carried-out", f'{what} ""')
            text = _quoted(value)
            if rest:
                raise Unreadable("too-much", what)
            if kind == "A":
                item.aliases.setdefault(language, []).append(Term(language, text))
            else:
                terms = item.labels if kind == "L" else item.descriptions
                terms[language] = Term(language, text)
        elif _PROPERTY.match(what):
            statement = self._statement(what, value, rest)
            standing = item.claims.setdefault(what, [])
            _merge(standing, statement)
        elif match := _SITE.match(what):
            if rest:
                raise Unreadable("too-much", what)
            item.sitelinks[match.group(1)] = Sitelink(match.group(1), _quoted(value))
        else:
            raise Unreadable("no-such-part", what)

    def _statement(self, property: str, value: str, rest: list[str]) -> Statement:
        main = self._snak(property, value)
        qualifiers: dict[str, list[Snak]] = {}
        references: list[dict[str, list[Snak]]] = []
        if len(rest) % 2:
            raise Unreadable("lacks-value", rest[-1])
        for what, given in zip(map(str.upper, rest[::2]), rest[1::2], strict=True):
            if _PROPERTY.match(what):
                qualifiers.setdefault(what, []).append(self._snak(what, given))
            elif match := _SOURCE.match(what):
                if match.group(1) or not references:
                    references.append({})
                source = f"P{match.group(2)}"
                references[-1].setdefault(source, []).append(self._snak(source, given))
            else:
                raise Unreadable("no-qualifier-or-source", what)
        return Statement(
            main,
            qualifiers=qualifiers,
            qualifiers_order=list(qualifiers),
            references=[Reference(snaks, snaks_order=list(snaks)) for snaks in references],
        )

    def _snak(self, property: str, text: str) -> Snak:
        match text.lower():
            case "somevalue":
                return Snak("somevalue", property)
            case "novalue":
                return Snak("novalue", property)
        return Snak("value", property, datavalue=self._value(text))

    def _value(self, text: str) -> DataValue:
        if text.upper() == "LAST":
            if not self.last:
                raise Unreadable("last-alone")
            return item_value(local_id(self.last))
        if _ENTITY.match(text.upper()):
            return item_value(text.upper())
        if match := _TEXT.match(text):
            return MonolingualValue(Monolingual(match.group(2), match.group(1)))
        if len(text) > 1 and text[0] == text[-1] == '"':
            inner = text[1:-1]
            # Batches of ten years ago quoted times too, with eleven digits for the year.
            old = _TIME.match(inner)
            return _time(inner) if old and len(old.group(1)) == 11 else StringValue(inner)
        if _TIME.match(text):
            return _time(text)
        if text.startswith("@"):
            return parse_coordinate(text)
        if match := _QUANTITY.match(text):
            unit = self.profile.entity_iri(f"Q{match.group(2)}") if match.group(2) else "1"
            return parse_quantity(match.group(1), unit)
        raise Unreadable("unread-value", text)


class _Parts:
    """An item being gathered."""

    def __init__(self) -> None:
        self.labels: dict[str, Term] = {}
        self.descriptions: dict[str, Term] = {}
        self.aliases: dict[str, list[Term]] = {}
        self.claims: dict[str, list[Statement]] = {}
        self.sitelinks: dict[str, Sitelink] = {}


class _Gathered:
    def __init__(self, id: str, line: int) -> None:
        self.id = id
        self.line = line
        self.item = _Parts()
        self.findings: list[Finding] = []

    def draft(self, key: str) -> Draft:
        made = self.item
        return Draft(
            key,
            self.line,
            Item(
                id=self.id,
                labels=made.labels,
                descriptions=made.descriptions,
                aliases=made.aliases,
                claims=made.claims,
                sitelinks=made.sitelinks,
            ),
            # A QuickStatements batch sets its values beside those that stand, by its own rules.
            many=sorted(made.claims),
            findings=self.findings,
        )


def _merge(standing: list[Statement], new: Statement) -> None:
    """Commands with the same value are one statement, with the qualifiers and sources of all.

    Unless they say different things of it: of one qualifier they give different values.
    """
    for n, one in enumerate(standing):
        shared = one.qualifiers.keys() & new.qualifiers.keys()
        if one.mainsnak == new.mainsnak and all(
            one.qualifiers[p] == new.qualifiers[p] for p in shared
        ):
            qualifiers = {**one.qualifiers, **new.qualifiers}
            fresh = [r for r in new.references if r not in one.references]
            standing[n] = Statement(
                one.mainsnak,
                qualifiers=qualifiers,
                qualifiers_order=list(qualifiers),
                references=[*one.references, *fresh],
            )
            return
    standing.append(new)


def _time(text: str) -> TimeValue:
    signed = text if text[0] in "+-" else f"+{text}"
    return TimeValue(parse_date(signed, "auto" if signed.endswith("/J") else "gregorian").time)


def _quoted(text: str) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise Unreadable("not-in-quotes", text)
    return text[1:-1]
