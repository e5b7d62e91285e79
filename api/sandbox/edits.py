"""How an edit is saved: who may, what changes, does it conflict, is it unique."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from kgtool.entities.sites import site

from .accounts import User
from .answers import ApiError, Message, failed_save, invalid, no_such_entity, refusal
from .limits import Limits
from .patches import Conflict, patched, summary
from .records import Author, Page, Raw, Revision, title_of
from .rules import Rules
from .statements import Statements
from .store import Store
from .terms import Terms, check_labels
from .times import iso
from .values import VALUE_TYPE, Snaks

Change = Callable[[Raw], None]


@dataclass(frozen=True)
class Request:
    """What goes with an edit: who, the person's own summary, tags, the bot flag."""

    user: User
    summary: str = ""
    tags: tuple[str, ...] = ()
    bot: bool = False


@dataclass(frozen=True)
class Saved:
    """What came of an edit.

    ``answered`` is the entity as the wiki shows it in its answer: after an edit that was merged
    with later ones this is *not* what was stored (the wiki shows base and change only).
    """

    revision: Revision
    answered: Raw
    changed: bool = True
    merged: bool = False


def blank(kind: str, id: str = "") -> Raw:
    """An entity that says nothing."""
    parts: Raw = {"labels": {}, "descriptions": {}, "aliases": {}, "claims": {}}
    if kind == "property":
        return {"type": kind, "datatype": "", "id": id, **parts}
    return {"type": kind, "id": id, **parts, "sitelinks": {}}


class Edits:
    """Everything that changes entities goes through here."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self.store = store
        self.rules = rules
        self.limits = Limits(store, rules)
        self.terms = Terms(rules)
        self.statements = Statements(Snaks(store, rules))

    def create(self, kind: str, change: Change, request: Request) -> Saved:
        """Make an entity. A refusal after this point has burned its id."""
        self.check_rights(request.user, None)
        self.limits.creation(request.user)
        entity = blank(kind, self.store.next_id(kind))
        try:
            change(entity)
            if kind == "property" and entity["datatype"] not in VALUE_TYPE:
                text = "A property needs a datatype that the wiki knows."
                message = Message("wikibase-api-not-recognized-datatype", [], text)
                raise ApiError("param-illegal", text, message)
            with self.store.write():
                self.check(entity)
                revision = self._save(entity, summary(None, entity), request)
        except ApiError:
            self.limits.refused_creation(request.user)
            raise
        return Saved(revision, entity)

    def change(
        self,
        id: str,
        change: Change,
        request: Request,
        *,
        base: int | None = None,
        clear: bool = False,
        said: str | None = None,
    ) -> Saved:
        """Change an entity.

        ``base`` is the revision that the change was made for; ``clear`` empties the entity first;
        ``said`` replaces the automatic part of the comment.
        """
        with self.store.write():
            page = self.standing(id)
            self.check_rights(request.user, page)
            now = self.store.latest(page)
            start = now if base is None else self.store.revision(base)
            if start is None or start.page != page.id:
                text = "The wiki knows no such revision of this page."
                raise refusal("nosuchrevid", text)
            before = start.entity
            if clear and start.id != now.id:
                raise refusal("editconflict", "The entity has changed since.")
            after = self._cleared(before) if clear else deepcopy(before)
            change(after)
            answered = after
            merged = start.id != now.id
            if merged:
                after = self._merged(now.entity, before, after)
            if after == now.entity:
                return Saved(now, answered, changed=False)
            self.check(after)
            automatic = summary(now.entity, after) if said is None else said
            revision = self._save(after, automatic, request)
        return Saved(revision, answered, merged=merged)

    def standing(self, id: str) -> Page:
        """The page of an entity that can be edited.

        :raises ApiError: it is not there, deleted, or a redirect.
        """
        page = self.store.page(id)
        if page is None or page.deleted:
            raise no_such_entity(id)
        if page.redirect:
            raise refusal("unresolved-redirect", "This id is a redirect and cannot be edited.")
        return page

    def check_rights(self, user: User, page: Page | None) -> None:
        """Refuse who may not edit ``page`` (None: create one)."""
        also: tuple[str, ...] = ()
        messages: list[Message] = []
        groups = {"list": ["*", "[[Project:Users|Users]]"], "type": "comma"}
        if not user.may("edit"):
            text = "Only some groups may do this."
            messages.append(Message("badaccess-groups", [groups, 2], text))
            if page is None:
                also = ("cantcreate",)
                messages.append(Message("nocreate-loggedin", [], "New pages need another right."))
            else:
                everybody = {"list": ["*"], "type": "comma"}
                messages.append(Message("badaccess-groups", [everybody, 1], text))
        elif user.block:
            also = ("blocked",)
            messages.append(_blocked(user))
        elif page and page.protected and not user.may("editprotected"):
            also = ("protectedpage",)
            text = "This page is protected."
            messages.append(Message("protectedpagetext", ["editprotected", "edit"], text))
        if messages:
            text = "This account may not do that here."
            raise refusal("permissiondenied", text, *messages, also=also)

    def check(self, entity: Raw) -> None:
        """Refuse what has to be unique and is not."""
        check_labels(entity)
        if entity["type"] == "property":
            self._check_property_labels(entity)
        else:
            self._check_pairs(entity)
            self._check_sitelinks(entity)

    def _check_pairs(self, entity: Raw) -> None:
        for code, description in entity["descriptions"].items():
            label = entity["labels"].get(code)
            if not label:
                continue
            rows = self.store.ask(
                "SELECT l.entity FROM term l JOIN term d ON d.entity = l.entity "
                "WHERE l.text = ? AND l.kind = 'L' AND l.language = ? AND d.kind = 'D' "
                "AND d.language = ? AND d.text = ? AND l.entity != ? AND l.entity LIKE 'Q%' "
                "LIMIT 1",
                *(label["value"], code, code, description["value"], entity["id"]),
            )
            if rows:
                other = rows[0][0]
                text = (
                    f"{other} has this label and this description in language {code} already: "
                    f"“{label['value']}”."
                )
                parameters = [label["value"], code, f"[[{other}|{other}]]"]
                raise invalid("label-with-description-conflict", parameters, text)

    def _check_property_labels(self, entity: Raw) -> None:
        for code, label in entity["labels"].items():
            rows = self.store.ask(
                "SELECT entity FROM term WHERE text = ? AND kind = 'L' AND language = ? "
                "AND entity != ? AND entity LIKE 'P%' LIMIT 1",
                *(label["value"], code, entity["id"]),
            )
            if rows:
                other = rows[0][0]
                name = "wikibase-validator-label-conflict"
                parameters = [label["value"], code, f"[[{title_of(other)}|{other}]]"]
                text = f"{other} has this label in language {code} already."
                raise failed_save(name, parameters, text, also=name)

    def _check_sitelinks(self, entity: Raw) -> None:
        for name, link in entity["sitelinks"].items():
            rows = self.store.ask(
                "SELECT entity FROM sitelink WHERE site = ? AND title = ? AND entity != ?",
                *(name, link["title"], entity["id"]),
            )
            if rows:
                other = rows[0][0]
                code = "wikibase-validator-sitelink-conflict"
                page = f"[{sitelink_url(name, link['title'])} {name}:{link['title']}]"
                text = f"{other} has the link to {name}:{link['title']} already."
                raise failed_save(code, [page, f"[[{other}|{other}]]"], text, also=code)

    def _merged(self, now: Raw, before: Raw, after: Raw) -> Raw:
        try:
            return patched(now, before, after)
        except Conflict:
            text = "The entity has changed since in what this edit changes."
            raise refusal("editconflict", text, Message("edit-conflict", [], text)) from None

    def _cleared(self, entity: Raw) -> Raw:
        empty = blank(entity["type"], entity["id"])
        if "datatype" in entity:
            empty["datatype"] = entity["datatype"]
        return empty

    def _save(self, entity: Raw, automatic: str, request: Request) -> Revision:
        self.limits.edit(request.user)
        return self.store.save(entity, self.author(automatic, request))

    def author(self, automatic: str, request: Request) -> Author:
        """Who is written into the history, with the whole comment, cut where the wiki cuts it."""
        comment = f"{automatic} {request.summary}".strip()[: self.rules.summary_length]
        user = request.user
        return Author(user.id, user.name, comment, request.tags, request.bot and user.may("bot"))


def sitelink_url(link: str, title: str) -> str:
    """The address of a page on another wiki."""
    found = site(link)
    return found.page(title) if found else ""


def _blocked(user: User) -> Message:
    assert user.block
    block = user.block
    by = f"[[User:{block.by}|{block.by}]]"
    parameters: list[Any] = [by, block.reason, "", block.by, block.id]
    parameters += [iso(block.expiry), user.name, iso(block.start)]
    return Message("blockedtext", parameters, f"{block.by} has blocked this account.")
