"""What people entered: partners, requests, accounts, claims."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kgtool.errors import NotFound
from kgtool.messages.words import Words
from kgtool.service.accounts import Accounts
from kgtool.service.callers import OPERATOR
from kgtool.service.claims import Claims
from kgtool.service.countries import Countries
from kgtool.service.discovery import Discovery
from kgtool.service.partners import Partners
from kgtool.service.requests import Requests
from kgtool.store import (
    AccountStore,
    ClaimStore,
    PartnerStore,
    PersonStore,
    RequestStore,
    SessionStore,
)
from kgtool.wiring.base import now
from kgtool.wiring.questions import Questions

if TYPE_CHECKING:
    from kgtool.service.grants import Grants
    from kgtool.service.institutions import Institutions
    from kgtool.service.people import People
    from kgtool.service.request_papers import RequestPapers
    from kgtool.sources.sign_in import SignIn


class Registry(Questions):
    """The registry, the helpdesk, and who may do what."""

    @cached_property
    def accounts(self) -> Accounts:
        """Signing in, roles, tokens."""
        store, sessions = AccountStore(self.database), SessionStore(self.database)
        return Accounts(store, sessions, self._audit, now)

    @cached_property
    def sign_in(self) -> SignIn:
        """Signing in with a Wikimedia account.

        :raises NotFound: this service has no OAuth client.
        """
        from kgtool.sources.sign_in import SignIn

        settings = self.settings
        if not settings.oauth_client_id:
            raise NotFound(
                Words("error-no-oauth"),
                hint=Words("error-use-token"),
                operator=Words("operator-set", ("KGTOOL_OAUTH_CLIENT_ID",)),
            )
        return SignIn(
            settings.oauth_base,
            settings.oauth_client_id,
            settings.oauth_client_secret,
            f"{settings.public_url.rstrip('/')}/sign-in/callback",
            user_agent=settings.user_agent,
            timeout=settings.http_timeout,
        )

    @cached_property
    def grants(self) -> Grants:
        """Under whose account batches are written."""
        from kgtool.service.grants import Grants

        store, sessions = AccountStore(self.database), SessionStore(self.database)
        return Grants(
            self.settings, store, sessions, self._seal, self._audit, lambda: self.sign_in, now
        )

    @cached_property
    def discovery(self) -> Discovery:
        """Institutions in the workspace."""
        from kgtool.views.classes import Classes

        def below(classes: list[int]) -> list[int]:
            found: list[int] = self.snapshots.current().once(Classes.open).below(classes).tolist()
            return found

        return Discovery(self.profile, self._tables, below)

    @cached_property
    def institutions(self) -> Institutions:
        """Institutions as the workspace knows them."""
        from kgtool.service.institutions import Institutions

        return Institutions(self.snapshots, lambda: self.coverage, self.profile)

    @cached_property
    def countries(self) -> Countries:
        """Countries as people name them."""
        return Countries(wikidata=self.profile.is_of_wikidata)

    @cached_property
    def partners(self) -> Partners:
        """The registry of partners."""
        store = PartnerStore(self.database, self._seal)
        country = self.countries.qid
        return Partners(store, self._audit, self.discovery, self.institutions, country, now)

    @cached_property
    def requests(self) -> Requests:
        """The helpdesk."""
        store = RequestStore(self.database, self._seal)
        return Requests(store, self._audit, self.countries.qid, now)

    @cached_property
    def request_papers(self) -> RequestPapers:
        """What the helpdesk hands out."""
        from kgtool.service.request_papers import RequestPapers

        return RequestPapers(self.requests, self.labels, self.settings.public_url)

    @cached_property
    def claims(self) -> Claims:
        """Who works on which gaps."""
        return Claims(ClaimStore(self.database), self._audit, now)

    def recorded(self) -> list[str]:
        """Selections whose history is kept: registered partners that are here, and saved ones."""
        partners, _ = self.partners.find(OPERATOR)
        known = self.snapshots.current().entities.many(one.qid for one in partners)
        return [*known, *(one.name for one in self.saved_selections.find(limit=1000))]

    @cached_property
    def people(self) -> People:
        """What is kept about a person, and forgetting them."""
        from kgtool.service.people import People

        store = PersonStore(self.database, self._seal)
        return People(self.settings.home, store, self._audit, now)
