"""Who sees which plans and batches, and who decides their rows.

Coordinators all. Others those that they made themselves, and those about the institution for which
they speak or one of its sub-collections; of these they see the rows, comment and object, and leave
deciding to whoever made the plan.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kgtool.drafts import Plan
from kgtool.errors import Forbidden, NotFound
from kgtool.messages.words import Words
from kgtool.service.callers import Caller
from kgtool.service.kept_plans import KeptPlans, Summary


class PlanAccess:
    """``concerned`` tells whom a plan is about, ``parts`` an institution with its collections."""

    def __init__(
        self,
        plans: KeptPlans,
        concerned: Callable[[Plan], set[str]],
        parts: Callable[[str], set[str]],
    ) -> None:
        self._plans = plans
        self._concerned = concerned
        self._parts = parts

    def speaks(self, plan: Plan, caller: Caller) -> bool:
        """Whether the caller speaks for an institution that the plan is about."""
        if caller.partner is None or not caller.may("partner"):
            return False
        return not self._parts(caller.partner).isdisjoint(self._concerned(plan))

    def sees(self, plan: Plan, caller: Caller) -> bool:
        """Whether the caller may see the plan and what became of it."""
        return self.decides(plan, caller) or self.speaks(plan, caller)

    def decides(self, plan: Plan, caller: Caller) -> bool:
        """Whether the caller may decide the plan's rows."""
        return caller.may("coordinator") or (bool(caller.name) and caller.name == plan.by)

    def get(self, id: str, caller: Caller) -> Plan:
        """A plan that was kept.

        :raises NotFound: there is none of that id, or none that the caller may see.
        """
        return self.seen(self._plans.get(id), caller)

    def seen(self, plan: Plan, caller: Caller) -> Plan:
        """The plan, of which the caller may know.

        :raises NotFound: they may not; as if there were none.
        """
        if not self.sees(plan, caller):
            raise NotFound(Words("error-no-plan", (plan.id,)))
        return plan

    def need_decides(self, id: str, caller: Caller) -> None:
        """Go on only with somebody who may decide the plan's rows.

        :raises NotFound: there is no such plan that they may see.
        :raises Forbidden: they may see it, not decide it.
        """
        if not self.decides(self.get(id, caller), caller):
            raise Forbidden(
                Words("error-who-decides"),
                hint=Words("error-comment-instead"),
            )

    def summaries(self, caller: Caller, limit: int) -> list[Summary]:
        """The newest plans that the caller may see."""
        return self.listed(self._plans.files(), caller, limit)

    def listed(self, files: list[Path], caller: Caller, limit: int) -> list[Summary]:
        """What the first ``limit`` plans in *files* that the caller may see say of themselves."""
        found: list[Summary] = []
        for path in files:
            if len(found) == limit:
                break
            one = self._plans.summary_of(path)
            own = caller.may("coordinator") or (bool(caller.name) and one.by == caller.name)
            if own or (caller.partner and self.speaks(self._plans.read(path), caller)):
                found.append(one)
        return found
