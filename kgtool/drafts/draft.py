"""A *draft*: how an item should be, made from one row of a partner's table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts.words import words
from kgtool.entities import (
    EntityIdValue,
    Item,
    MonolingualValue,
    Reference,
    Snak,
    Statement,
    StringValue,
    Term,
)
from kgtool.messages.words import Words

# A value that is another draft of the same batch stands as the item id "row:KEY" until that draft
# has an item of its own.
_LOCAL = "row:"
_TERM = re.compile(r"(label|description|alias) \((.+)\)")

Level = Literal["refuse", "doubt", "important", "warning", "info"]


class Finding(Struct, frozen=True, omit_defaults=True):
    """Something to know about a draft.

    ``level``: *refuse* (the wiki or a rule would not have it), *doubt* (a person must decide),
    then OpenRefine's *important*, *warning* and *info*. ``code`` names the rule; ``where`` the
    column, property or language. ``message`` is English; with ``words`` it can be told otherwise.
    """

    level: Level
    code: str
    message: str
    where: str = ""
    words: Words | None = None

    def told(self, language: str) -> str:
        """What is said, in a language; in English where that is all there is."""
        return self.words.told(language) if self.words else self.message

    def place(self, language: str) -> str:
        """Where it is, in a language: ``description (sv)`` is spoken of, a property stands."""
        match = _TERM.fullmatch(self.where)
        return words(f"at-{match[1]}", match[2]).told(language) if match else self.where


def finding(level: Level, code: str, said: Words, where: str = "") -> Finding:
    """A finding that can be told in any language."""
    return Finding(level, code, str(said), where, said)


class Draft(Struct, frozen=True, omit_defaults=True):
    """One row as an item.

    ``key`` is unique in the batch; ``wanted`` has the QID as its id if the table names one, else
    ``""``; ``many`` names properties that may have a value beside one that stands, ``per`` those
    whose values are told apart by a qualifier ({"P217": "P195"}); ``keys`` names the properties
    whose values identify the item; ``findings`` are what reading the row brought up.
    """

    key: str
    row: int
    wanted: Item
    many: list[str] = []
    per: dict[str, str] = {}
    keys: list[str] = []
    findings: list[Finding] = []


def local_id(key: str) -> str:
    """The item id that stands for the draft ``key`` until it is created."""
    return _LOCAL + key


def local_key(id: str) -> str | None:
    """The key of the draft that an item id stands for; ``None`` for a real id."""
    return id.removeprefix(_LOCAL) if id.startswith(_LOCAL) else None


def snaks_of(statement: Statement) -> list[Snak]:
    """Every snak of a statement: the main one, the qualifiers, those of references."""
    found = [statement.mainsnak]
    for snaks in statement.qualifiers.values():
        found += snaks
    for reference in statement.references:
        for snaks in reference.snaks.values():
            found += snaks
    return found


def local_keys(statement: Statement) -> set[str]:
    """Keys of the drafts that a statement refers to."""
    keys: set[str] = set()
    for snak in snaks_of(statement):
        if isinstance(snak.datavalue, EntityIdValue):
            key = local_key(snak.datavalue.value.id)
            if key is not None:
                keys.add(key)
    return keys


def resolved(statement: Statement, ids: dict[str, str]) -> Statement:
    """The statement with every reference to a draft replaced by its item (``ids``: key → QID)."""
    if not local_keys(statement):
        return statement
    return pointed(statement, {local_id(key): id for key, id in ids.items()})


def pointed(statement: Statement, ids: Mapping[str, str]) -> Statement:
    """The statement with the items that are its values replaced by others, wherever they stand."""

    def turned(one: Snak) -> Snak:
        if not isinstance(one.datavalue, EntityIdValue) or one.datavalue.value.id not in ids:
            return one
        id = ids[one.datavalue.value.id]
        value = replace(one.datavalue.value, id=id, numeric_id=None)
        return replace(one, datavalue=EntityIdValue(value))

    return _changed(statement, turned)


def kept_text(text: str) -> str:
    """A label, description, alias or title as a wiki keeps it: composed (NFC), single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def as_kept(draft: Draft) -> Draft:
    """The draft with its texts as the wiki will keep them, so that they are the same afterwards.

    Of values, a wiki composes the signs (NFC); white space in them it refuses.
    """
    wanted = draft.wanted

    def terms(given: Mapping[str, Term]) -> dict[str, Term]:
        return {code: Term(code, kept_text(term.value)) for code, term in given.items()}

    kept = replace(
        wanted,
        labels=terms(wanted.labels),
        descriptions=terms(wanted.descriptions),
        aliases={
            code: [Term(code, text) for text in dict.fromkeys(kept_text(t.value) for t in several)]
            for code, several in wanted.aliases.items()
        },
        sitelinks={
            site: replace(link, title=kept_text(link.title))
            for site, link in wanted.sitelinks.items()
        },
        claims={
            property: [
                one if all(map(_is_composed, snaks_of(one))) else _changed(one, _composed)
                for one in statements
            ]
            for property, statements in wanted.claims.items()
        },
    )
    return draft if kept == wanted else replace(draft, wanted=kept)


def _is_composed(one: Snak) -> bool:
    return _composed(one) is one


def _composed(one: Snak) -> Snak:
    match one.datavalue:
        case StringValue(text) if not unicodedata.is_normalized("NFC", text):
            return replace(one, datavalue=StringValue(unicodedata.normalize("NFC", text)))
        case MonolingualValue(value) if not unicodedata.is_normalized("NFC", value.text):
            text = unicodedata.normalize("NFC", value.text)
            return replace(one, datavalue=MonolingualValue(replace(value, text=text)))
    return one


def _changed(statement: Statement, change: Callable[[Snak], Snak]) -> Statement:
    """The statement with every snak put through a function."""

    def group(snaks: dict[str, list[Snak]]) -> dict[str, list[Snak]]:
        return {p: [change(one) for one in found] for p, found in snaks.items()}

    return replace(
        statement,
        mainsnak=change(statement.mainsnak),
        qualifiers=group(statement.qualifiers),
        references=[Reference(group(r.snaks), r.hash, r.snaks_order) for r in statement.references],
    )


def entity_of(draft: Draft, id: str) -> Item:
    """The item that the draft would become under ``id``; its statements get GUIDs.

    The GUIDs are made from the id and their place, so the same draft gives the same item.
    """
    from uuid import NAMESPACE_URL, uuid5

    claims = {
        property: [
            replace(s, id=f"{id}${uuid5(NAMESPACE_URL, f'{id}/{property}/{n}')}".upper())
            for n, s in enumerate(statements)
        ]
        for property, statements in draft.wanted.claims.items()
    }
    return replace(draft.wanted, id=id, claims=claims)


def label_of(draft: Draft) -> str:
    """A label for tables: English, else ``mul``, else the first, else the key."""
    labels = draft.wanted.labels
    term = labels.get("en") or labels.get("mul") or next(iter(labels.values()), None)
    return term.value if term else draft.key
