"""From what somebody wants synced to the ids that this means on the wiki now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from kgtool import files
from kgtool.coverage.selection import (
    OfFocusList,
    OfItems,
    OfPagePile,
    OfPartners,
    OfQuery,
    Saved,
    Selection,
    checked_ids,
)
from kgtool.service.sync_state import Wish, wish
from kgtool.sources.membership import MemberRole, Membership


class Wishes:
    """``resolved`` says what a saved selection stands for, ``pagepile`` what is in a pile."""

    def __init__(
        self,
        membership: Membership,
        resolved: Callable[[Selection], Selection],
        pagepile: Callable[[int], Sequence[str]],
    ) -> None:
        self._membership = membership
        self._resolved = resolved
        self._pagepile = pagepile

    def of(self, selection: Selection | None, roles: Sequence[MemberRole]) -> Wish | None:
        """The wish for a selection, for what belongs to partners in these roles.

        What a saved selection stands for is taken once: later syncs do not change with it.

        :raises NotFound: no selection is saved under that name.
        :raises UsageError: roles are only of partners.
        """
        return wish(None if selection is None else self._resolved(selection), roles)

    def ids(self, wanted: Wish) -> list[str]:
        """The ids, as the wiki, an endpoint or a pile says now.

        :raises NotFound: there is no such query or pile.
        :raises RemoteError: who was asked failed, or gave fewer than it counts.
        """
        selection = wanted.selection
        match selection:
            case OfPartners(qids=qids):
                return self._membership.members(qids, wanted.roles)
            case OfItems(qids=qids):
                return list(qids)
            case OfFocusList(qid=qid):
                return [qid, *self._membership.on_focus_list(qid)]
            case OfPagePile(number=number):
                return list(checked_ids(self._pagepile(number)))
            case OfQuery(query=query):
                # The name of a query of ours, or the text of one.
                text = query if any(map(str.isspace, query)) else files.query(query)
                return self._membership.of_query(text)
            case Saved():
                return self.ids(Wish(self._resolved(selection), wanted.roles))
        assert_never(selection)
