"""From tables to edits: plans, and batches that are written."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from kgtool.errors import WorkspaceError
from kgtool.service.callers import OPERATOR
from kgtool.store import AccountStore, PartnerStore, PlanNoteStore, RedirectStore
from kgtool.wiring.base import now
from kgtool.wiring.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Literal

    from kgtool.drafts import Matcher, World
    from kgtool.reconcile.query import Answer, Query
    from kgtool.service.batches import Batches
    from kgtool.service.drafts import Drafts
    from kgtool.service.kept_plans import KeptPlans
    from kgtool.service.merging import Merging
    from kgtool.service.plan_access import PlanAccess
    from kgtool.service.plan_notes import PlanNotes
    from kgtool.service.redirects import Redirects
    from kgtool.service.sync import Sync
    from kgtool.writes import Batch


class Writing(Registry):
    """Plans and batches."""

    @cached_property
    def _plans(self) -> KeptPlans:
        from kgtool.service.kept_plans import KeptPlans

        return KeptPlans(self.settings.home)

    @cached_property
    def drafts(self) -> Drafts:
        """Plans of what to create and complete."""
        from kgtool.service.drafts import Drafts

        return Drafts(
            self.settings,
            self.profile,
            self._plans,
            self._world,
            lambda: self._matcher(self.reconcile.match),
            lambda: self._matcher(self.reconcile.match_here),
            lambda shape: self.checks.of_draft(shape),
            self._audit,
            now,
        )

    @cached_property
    def plan_access(self) -> PlanAccess:
        """Who sees which plan."""
        from kgtool.service.concerned import concerned, with_parts
        from kgtool.service.plan_access import PlanAccess

        return PlanAccess(
            self._plans,
            lambda plan: concerned(plan, self.snapshots, self.profile),
            lambda partner: with_parts(partner, self.snapshots),
        )

    @cached_property
    def plan_notes(self) -> PlanNotes:
        """What partners say of plans."""
        from kgtool.service.plan_notes import PlanNotes

        return PlanNotes(PlanNoteStore(self.database), self._audit, self.plan_access, now)

    @cached_property
    def batches(self) -> Batches:
        """Plans that are carried out."""
        from kgtool.service.batches import Batches

        return Batches(
            self.settings,
            self.profile,
            around=self._around_batch,
            accounts=self._writers,
        )

    def _writers(self) -> list[str]:
        """Whoever has signed in and may write, under their own account."""
        known = AccountStore(self.database).accounts()
        return [one.name for one in known if one.role in ("writer", "admin")]

    @cached_property
    def redirects(self) -> Redirects:
        """What is kept under the ids of merged items goes on."""
        from kgtool.service.redirects import Redirects

        return Redirects(
            RedirectStore(self.database), self.leads, self._audit, self._plans, self.batches, now
        )

    @cached_property
    def merging(self) -> Merging:
        """Partners whose items were merged on the wiki."""
        from kgtool.service.merging import Merging

        return Merging(
            PartnerStore(self.database, self._seal),
            RedirectStore(self.database),
            lambda moved, caller: self.redirects.follow(moved, (), caller),
            self._audit,
            now,
        )

    @cached_property
    def sync(self) -> Sync:
        """Entities from the wiki into the workspace; what is kept of them follows."""
        from kgtool.service.sync import Sync
        from kgtool.service.wishes import Wishes
        from kgtool.sources.membership import Membership
        from kgtool.sources.sparql import SparqlEndpoint

        def wishes(count: Callable[[], None]) -> Wishes:
            addresses = [self.settings.sparql] if self.settings.sparql else self.profile.sparql
            endpoints = {one: SparqlEndpoint.of(self.settings, one) for one in addresses}
            membership = Membership(self.profile, endpoints, self.wikibase, count=count)
            return Wishes(membership, self.selections.resolved, self._items_of_pile)

        return Sync(
            self.workspace,
            self.snapshots,
            self.loading,
            self.profile,
            self.wikibase,
            wishes,
            on_read=lambda moved, here: self.redirects.follow(moved, here, OPERATOR),
        )

    @contextmanager
    def _world(self, against: str) -> Iterator[World]:
        """What plans are made against: the wiki, or what of it is in the workspace."""
        if against == "wiki":
            from kgtool.writes import WikiReader, WikiWorld

            with closing(WikiReader(self.settings, self.profile, time.sleep)) as reader:
                if self.settings.wiki_password or self.settings.oauth2_token:
                    reader.sign_in()  # an account may read more than a stranger
                yield WikiWorld(reader, self.profile)
            return
        from kgtool.drafts import MemoryWorld
        from kgtool.service.worlds import WorkspaceWorld

        if self.workspace.current() == 0:
            yield MemoryWorld()
        else:
            yield WorkspaceWorld(self.snapshots.current, self.leads.all)

    def _matcher(self, match: Callable[[Sequence[Query]], list[Answer]]) -> Matcher:
        """Finds items by name, where there is an index to look in."""
        from kgtool.drafts import no_matcher
        from kgtool.service.naming import matcher

        try:
            self.reconcile.reconciler()
        except WorkspaceError:
            return no_matcher
        return matcher(match)

    def _around_batch(self, batch: Batch, moment: Literal["before-batch", "after-batch"]) -> None:
        from kgtool.service.surroundings import Surroundings

        Surroundings(
            self.workspace,
            self.snapshots,
            self.profile,
            lambda: self.history,
            lambda: self.sync,
            self.recorded,
        ).look(batch, moment)
