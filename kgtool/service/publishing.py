"""Publishing on wiki pages: a section is renewed when it changed, never over a person's edit."""

from __future__ import annotations

import datetime
import difflib
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from kgtool.entities import Profile
from kgtool.errors import Conflict, Forbidden, NotFound, RemoteError, UsageError
from kgtool.messages.words import Words
from kgtool.service.callers import Caller
from kgtool.service.published import Asked, Published
from kgtool.settings import Settings
from kgtool.store import AuditStore, Event, Publication, PublicationStore
from kgtool.writes import PageText, WikiClient, lease
from kgtool.writes.outcomes import Confirmed, Outcome, TokenExpired, in_words
from kgtool.writes.section import (
    Section,
    checked_name,
    digest_of,
    find_section,
    marks,
    with_section,
)

# How often an edit that the wiki puts off is sent again, and how long one waits at most.
_ATTEMPTS = 5
_LONGEST_WAIT = 60.0


class Renewed(Struct, frozen=True):
    """How publishing ended: *published* in ``revision``, *unchanged*, or *would* on a dry run.

    ``diff`` is what changes between the marks, as a unified diff.
    """

    state: Literal["published", "unchanged", "would"]
    page: str
    name: str
    revision: int
    diff: str


class Publishing:
    """Renews sections of pages of the configured wiki, under the account of the settings."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        store: PublicationStore,
        published: Callable[[], Published],
        audit: AuditStore,
        clock: Callable[[], datetime.datetime],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._store = store
        self._published = published
        self._audit = audit
        self._clock = clock
        self._sleep = sleep

    def publish(
        self,
        page: str,
        asked: Asked,
        *,
        by: Caller,
        name: str = "",
        append: bool = False,
        dry_run: bool = False,
    ) -> Renewed:
        """Renew the section ``name`` of a page; without a name, that of what is asked.

        With ``append``, a page without the marks gets them at its end, and a page that is not there
        is made. Nothing is written where nothing but the date would change.

        :raises UsageError: what is asked lacks something, or the page lacks the marks.
        :raises Conflict: a person has edited the section, or saved the page in this moment.
        :raises Forbidden: the account may not edit the page.
        :raises RemoteError: the wiki failed.
        """
        by.need("coordinator")
        name = checked_name(name or name_of(asked))
        body, as_of = self._published().wikitext(asked)
        content = f"{body}\n\n{as_of}"
        client = WikiClient(self._settings, self._profile, self._sleep)
        found = client.page_text(page)
        section = self._section(found, name, append=append)
        known = self._store.get(self._profile.action_api, found.title, name)
        _check_untouched(found, section, name, known)
        if known is not None and not dry_run and known.pending == digest_of(section.between):
            self._arrived(known, found.revision)
        if section.digest and section.between.rpartition("\n")[0].strip() == body:
            return Renewed("unchanged", found.title, name, found.revision, "")
        diff = _diff(section.between, content)
        if dry_run:
            return Renewed("would", found.title, name, found.revision, diff)
        with lease(Path(self._settings.home)):
            revision = self._write(client, found, section, name, content, asked, by)
        return Renewed("published", found.title, name, revision, diff)

    def renew(self, page: str, name: str, *, by: Caller) -> Renewed:
        """Renew a section as it was asked for when it was published last; raises as that.

        :raises NotFound: nothing was published there.
        """
        by.need("coordinator")
        known = self._store.get(self._profile.action_api, page, name)
        if known is None:
            raise NotFound(Words("error-never-published", (name, page)))
        return self.publish(page, msgspec.convert(known.asked, Asked), by=by, name=name)

    def sections(self) -> list[Publication]:
        """All sections that were published on this wiki."""
        return self._store.find(self._profile.action_api)

    def _section(self, found: PageText, name: str, *, append: bool) -> Section:
        section = find_section(found.text, name)
        if section is not None:
            return section
        if not append:
            raise UsageError(
                Words("error-no-section", (found.title, name))
                if found.revision
                else Words("error-no-wiki-page", (found.title,)),
                hint=Words("error-put-marks", (marks(name),)),
            )
        before = f"{found.text}\n\n" if found.text else ""
        return Section(before, "", "", "")

    def _write(
        self,
        client: WikiClient,
        found: PageText,
        section: Section,
        name: str,
        content: str,
        asked: Asked,
        by: Caller,
    ) -> int:
        note = Publication(
            wiki=self._profile.action_api,
            page=found.title,
            name=name,
            digest=digest_of(section.between),
            pending=digest_of(content),
            revision=found.revision,
            asked=msgspec.to_builtins(asked),
            at=self._clock(),
            by=by.name,
        )
        # On disk before anything is sent: if the answer is lost, the text is still known as ours.
        self._store.keep(note)
        text = with_section(section, name, content)
        outcome = self._sent(client, found, text, f"kgtool: {name} renewed")
        if not isinstance(outcome, Confirmed):
            raise _refusal(found.title, outcome)
        revision = outcome.revision or found.revision
        kept = msgspec.structs.replace(note, digest=note.pending, pending="", revision=revision)
        self._keep(kept)
        return revision

    def _arrived(self, known: Publication, revision: int) -> None:
        """Note an edit of ours whose answer never came: we were ended, or the line broke."""
        self._keep(
            msgspec.structs.replace(known, digest=known.pending, pending="", revision=revision)
        )

    def _keep(self, one: Publication) -> None:
        """Keep that a section was published, with its event: both or neither."""
        detail = {"section": one.name, "revision": one.revision}
        event = Event(self._clock(), one.by, "publish", f"page {one.page}"[:120], detail)
        with self._audit.together():
            self._store.keep(one)
            self._audit.note(event)

    def _sent(self, client: WikiClient, found: PageText, text: str, summary: str) -> Outcome:
        for _ in range(_ATTEMPTS):
            outcome = client.edit_page(found, text, summary)
            if outcome.next == "again" and not isinstance(outcome, TokenExpired):
                # A conflict is for the next run, which reads the page anew.
                return outcome
            if outcome.next == "again":
                client.fresh_token()
            elif outcome.next == "wait":
                self._sleep(min(float(getattr(outcome, "seconds", 5.0)), _LONGEST_WAIT))
            else:
                return outcome
        return outcome


def name_of(asked: Asked) -> str:
    """The name of a section where none is given: the same question, the same section."""
    question = msgspec.json.encode(asked, order="deterministic")
    return f"{asked.what}-{hashlib.sha256(question).hexdigest()[:8]}"


def _check_untouched(
    found: PageText, section: Section, name: str, known: Publication | None
) -> None:
    """Go on only if what stands between the marks is what we wrote last, or nothing.

    :raises Conflict: a person has edited it.
    """
    if not section.between and not section.digest:
        return
    digest = digest_of(section.between)
    ours = {known.digest, known.pending} if known is not None else {section.digest}
    if digest == section.digest and digest in ours:
        return
    raise Conflict(
        Words("error-person-edited", (name, found.title)),
        hint=Words("error-empty-and-put", (marks(name),)),
    )


def _refusal(page: str, outcome: Outcome) -> Exception:
    said = in_words(outcome)
    if outcome.next == "again":
        return Conflict(
            Words("error-page-saved", (page,)),
            hint=Words("error-publish-anew"),
        )
    if outcome.next == "look":
        return RemoteError(
            Words("error-answer-lost", (page, said)),
            hint=Words("error-publish-recognised"),
        )
    if outcome.next == "wait":
        return RemoteError(Words("error-page-not-now", (page, said)), hint=Words("error-try-later"))
    return Forbidden(Words("error-page-not-taken", (page, said)))


def _diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "now", "new", n=2, lineterm=""
    )
    return "\n".join(lines)
