"""The registry of partners: who may see what, and how it changes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from kgtool.errors import Conflict, NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.partners import Collection, Contact, Link, Partner, Project
from kgtool.partners import partner as rules
from kgtool.partners.table import from_csv, to_csv
from kgtool.service.callers import Caller
from kgtool.service.discovery import Candidate, Discovery
from kgtool.service.institutions import Institutions
from kgtool.store import AuditStore, Event, PartnerStore

CONTACT_DAYS = 30  # that an address is kept, unless somebody says otherwise
MOST_DAYS = 730


class Partners:
    """Partners as a caller may see them. Those who are not coordinators see what was published."""

    def __init__(
        self,
        store: PartnerStore,
        audit: AuditStore,
        discovery: Discovery,
        institutions: Institutions,
        country: Callable[[str], str],
        clock: Callable[[], datetime.datetime],
    ) -> None:
        """``country`` gives the QID of a country as people name it."""
        self._store = store
        self._audit = audit
        self._discovery = discovery
        self._institutions = institutions
        self._country = country
        self._clock = clock

    def find(
        self,
        caller: Caller,
        *,
        kind: str | None = None,
        country: str | None = None,
        status: str | None = None,
        qids: Sequence[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
        whole: bool = True,
    ) -> tuple[list[Partner], str | None]:
        """Partners that the caller may see, by name, and the token of the next page, if any.

        ``qids``, some hundred at most, are the only ones wanted. Without *whole*, only what stands
        in one line; see :meth:`PartnerStore.find`.
        """
        if status is not None:
            status = rules.status(status)
        shown: list[Partner] = []
        # What may be seen is decided here, so pages are read until one is full.
        while True:
            page = self._store.find(
                kind=kind,
                country=country,
                status=status,
                qids=qids,
                after=after,
                limit=limit and limit + 1,
                whole=whole,
            )
            for one in page:
                seen = self._seen(one, caller)
                if seen is None or (status is not None and seen.status != status):
                    continue
                if limit is not None and len(shown) == limit:
                    return shown, shown[-1].qid
                shown.append(seen)
            if limit is None or len(page) <= limit:
                return shown, None
            after = page[-1].qid

    def get(self, qid: str, caller: Caller, *, whole: bool = True) -> Partner:
        """One partner, as the caller may see it; without *whole*, as :meth:`find` gives it.

        :raises NotFound: it is not registered, or the caller may not know that it is.
        """
        try:
            seen = self._seen(self._store.get(rules.qid(qid), whole=whole), caller)
        except NotFound:
            seen = None
        if seen is None:
            raise NotFound(
                Words("error-no-partner", (qid,)),
                operator=Words("operator-run", (f"kgtool partners add {qid}",))
                if caller.may("coordinator")
                else "",
            )
        return seen

    def add(
        self,
        qid: str,
        *,
        name: str | None,
        kind: str,
        caller: Caller,
        country: str | None = None,
        status: str = "prospect",
    ) -> Partner:
        """Register a partner; its name is its label in the workspace where none is given.

        :raises UsageError: something is not right, or it is registered already.
        """
        caller.need("coordinator")
        qid = rules.qid(qid)
        if qid in self.registered([qid]):
            raise UsageError(
                Words("error-partner-already", (qid,)),
                hint=Words("error-change-instead"),
            )
        name = name or self._discovery.label(qid)
        if not name:
            raise UsageError(Words("error-no-label", (qid,)), hint=Words("error-give-name"))
        one = Partner(
            qid=qid,
            name=name[:250],
            kind=kind.strip().lower()[:40],
            status=rules.status(status),
            country=self._country(country) if country else None,
            updated=self._clock(),
        )
        self._keep([one], caller, "partner-add")
        return self.get(qid, caller)

    def change(
        self,
        qid: str,
        caller: Caller,
        *,
        name: str | None = None,
        kind: str | None = None,
        status: str | None = None,
        note: str = "",
        country: str | None = None,
        affiliate: str | None = None,
        summary: str | None = None,
        publish: Iterable[str] | None = None,
        links: list[Link] | None = None,
        projects: list[Project] | None = None,
        collections: list[Collection] | None = None,
        version: int | None = None,
    ) -> Partner:
        """Change what is given of a partner; an empty text empties its field.

        ``publish`` is the whole set of published fields.

        ``version`` is that of the partner which the caller looked at when they decided.

        :raises NotFound: it is not registered.
        :raises UsageError: a value is not right.
        :raises Conflict: it has another version by now; nothing is changed.
        """
        caller.need("coordinator")
        now = self._clock()
        wanted = None if status is None else rules.status(status)
        changes: dict[str, Any] = {
            "name": name,
            "kind": kind and kind.strip().lower()[:40],
            "affiliate": affiliate,
            "summary": summary,
            "published": None if publish is None else rules.published(list(publish)),
            "links": links and [replace(x, url=rules.link_url(x.url)) for x in links],
            "projects": projects,
            "collections": collections,
        }
        with self._audit.together():  # what is read here stays true until it is written
            one = self._store.get(rules.qid(qid))
            if version not in (None, one.version):
                raise Conflict(Words("error-changed"), hint=Words("error-look-again"))
            if wanted is not None and wanted != one.status:
                changes["status"] = wanted
                change = rules.StatusChange(wanted, now, caller.name, note)
                changes["history"] = [*one.history, change]
            given = {field: value for field, value in changes.items() if value is not None}
            if country is not None:
                given["country"] = self._country(country) if country.strip() else None
            self._keep([replace(one, **given, updated=now)], caller, "partner-set", sorted(given))
        return self.get(qid, caller)

    def add_contact(
        self,
        qid: str,
        caller: Caller,
        *,
        name: str,
        address: str,
        purpose: str,
        consent: str = "",
        days: int = CONTACT_DAYS,
    ) -> Partner:
        """Keep a person's address, for a purpose, for a number of days.

        :raises UsageError: there is no purpose, or no key to encrypt it with.
        """
        caller.need("coordinator")
        if not purpose.strip():
            raise UsageError(Words("error-purpose"))
        last = self._clock().date() + datetime.timedelta(days=days)
        with self._audit.together():
            one = self._store.get(rules.qid(qid))
            self._store.add_contact(one.qid, Contact(name, address, purpose, last, consent))
            self._note(caller, "partner-set", one.qid, ["contacts"])
        return self.get(qid, caller)

    def remove_contact(self, qid: str, number: int, caller: Caller) -> None:
        """Delete a contact before its day.

        :raises NotFound: the partner has none of that number.
        """
        caller.need("coordinator")
        with self._audit.together():
            self._store.remove_contact(rules.qid(qid), number)
            self._note(caller, "partner-set", rules.qid(qid), ["contacts"])

    def forget_contacts(self) -> int:
        """Delete contacts whose last day has passed; returns how many."""
        return self._store.forget_contacts(self._clock().date())

    def remove(self, qid: str, caller: Caller) -> None:
        """Take a partner out of the registry.

        :raises NotFound: it is not registered.
        """
        caller.need("coordinator")
        with self._audit.together():
            self._store.remove(rules.qid(qid))
            self._note(caller, "partner-remove", qid, [])

    def import_csv(self, text: str, caller: Caller) -> int:
        """Register or renew the partners of a table, all or none; returns how many it has.

        Of a partner that is known already only what the table tells changes: see
        :func:`kgtool.partners.table.from_csv`.

        :raises InputError: the table is not right; names every wrong row.
        """
        caller.need("coordinator")
        now = self._clock()
        with self._audit.together():
            known = {one.qid: one for one in self._store.find()}
            given = from_csv(text, now, known, self._country)
            # Without a history, the store notes a status that changed.
            changed = [
                replace(one, updated=now, history=[]) for one in given if one != known.get(one.qid)
            ]
            self._keep(changed, caller, "partner-import")
        return len(given)

    def export_csv(self, caller: Caller, qid: str | None = None) -> str:
        """The partners that the caller may see, or one of them, as a table, with their sizes.

        :raises NotFound: as :meth:`get`.
        """
        found = self.find(caller)[0] if qid is None else [self.get(qid, caller)]
        sizes = self._institutions.sizes(found)
        here = self._institutions.here([one.qid for one in found])

        def counts(one: Partner) -> tuple[object, ...]:
            size = sizes.get(one.qid)
            said = (size.count, size.counted, size.source) if size else ("", "", "")
            return (*said, here.get(one.qid))

        return to_csv(found, counts)

    def discover(
        self,
        caller: Caller,
        *,
        project: str | None = None,
        country: str | None = None,
        kind: str | None = None,
    ) -> list[tuple[Candidate, bool]]:
        """Institutions in the workspace that may be partners, each with whether it is registered.

        See :meth:`Discovery.candidates`.
        """
        caller.need("coordinator")
        where = self._country(country) if country else None
        found = self._discovery.candidates(project=project, country=where, kind=kind)
        known = self.registered([one.qid for one in found])
        return [(one, one.qid in known) for one in found]

    def registered(self, qids: Iterable[str]) -> set[str]:
        """Those of the QIDs that are in the registry, whoever may see them."""
        return set(qids) & {one.qid for one in self._store.find(whole=False)}

    def since(self) -> dict[str, datetime.datetime]:
        """QID → when a partner came into the registry, whoever may see it."""
        return self._store.since()

    def _seen(self, one: Partner, caller: Caller) -> Partner | None:
        if caller.may("coordinator") or (caller.role == "partner" and caller.partner == one.qid):
            return one
        return rules.published_view(one)

    def _keep(
        self, partners: list[Partner], caller: Caller, action: str, fields: list[str] | None = None
    ) -> None:
        with self._audit.together():
            self._store.put(partners, by=caller.name)
            for one in partners:
                self._note(caller, action, one.qid, fields or [])

    def _note(self, caller: Caller, action: str, qid: str, fields: list[str]) -> None:
        event = Event(self._clock(), caller.name, action, f"partner {qid}", {"fields": fields})
        self._audit.note(event)
