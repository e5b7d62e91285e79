"""Use cases of drafts: plan a table, decide rows, export; the plans that are kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from kgtool.drafts import (
    Against,
    Check,
    Choice,
    Draft,
    Matcher,
    Plan,
    Planner,
    Row,
    World,
    build_drafts,
    decided,
    find_row,
    is_quickstatements,
    load_mapping,
    no_check,
    permission_problems,
    plan_csv,
    plan_mismatches,
    plan_quickstatements,
    property_proposals,
    read_commands,
    read_lookups,
    read_table,
    refused_rows,
    seal,
)
from kgtool.drafts import (
    Mapping as DraftMapping,
)
from kgtool.drafts.rules import Permission
from kgtool.entities import Profile
from kgtool.errors import NotFound, UsageError
from kgtool.messages import say
from kgtool.messages.words import Words
from kgtool.service.kept_plans import KeptPlans
from kgtool.settings import Settings
from kgtool.store import AuditStore, Event
from kgtool.writes import approval_request

ExportFormat: TypeAlias = Literal["quickstatements", "mismatches", "csv", "approval", "proposals"]


class Drafts:
    """Plans of one workspace.

    ``worlds`` opens what plans are made against; ``matcher`` reconciles the names in cells, and
    ``doubles`` those of whole rows with what is known here; ``check`` gives the check of a shape by
    its name, where shapes are to be had.
    """

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        plans: KeptPlans,
        worlds: Callable[[Against], AbstractContextManager[World]],
        matcher: Callable[[], Matcher],
        doubles: Callable[[], Matcher],
        check: Callable[[str], Check] | None,
        audit: AuditStore,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._worlds = worlds
        # Both are opened only if names are asked for.
        self._matcher: Matcher = lambda wanted: matcher()(wanted)
        self._doubles: Matcher = lambda wanted: doubles()(wanted)
        self._check = check
        self._audit = audit
        self._now = now
        self.plans = plans

    def plan(
        self,
        file: Path,
        mapping: str,
        *,
        parameters: Mapping[str, str] | None = None,
        where: Mapping[str, str] | None = None,
        permission: Permission | None = None,
        against: Against = "workspace",
        shape: str = "",
        approval: str = "",
    ) -> Plan:
        """Plan a table, or a QuickStatements batch (``.txt``, ``.qs``).

        ``mapping`` is the name of a shipped one or a path; for QuickStatements only its source,
        licence and notability count. ``where`` keeps rows with these cells; ``permission`` stands
        in for the mapping's own.

        :raises NotFound, MappingError, InputError, UsageError: the file or mapping is wrong.
        """
        rules = load_mapping(mapping)
        if permission is not None:
            rules = msgspec.structs.replace(rules, permission=permission)
        if where:
            rules = msgspec.structs.replace(rules, where={**rules.where, **where})
        if is_quickstatements(file):
            drafts = read_commands(file, self._profile)
            return self.plan_drafts(drafts, rules, against=against, shape=shape, approval=approval)
        return self.plan_table(
            list(read_table(file)),
            rules,
            parameters=parameters,
            lookups=read_lookups(rules, file.parent),
            against=against,
            shape=shape,
            approval=approval,
        )

    def plan_table(
        self,
        rows: Sequence[Row],
        mapping: DraftMapping,
        *,
        parameters: Mapping[str, str] | None = None,
        lookups: dict[str, dict[str, str]] | None = None,
        against: Against = "workspace",
        shape: str = "",
        approval: str = "",
        id: str = "",
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Plan:
        """Plan the rows of a table; ``lookups`` are the mapping's second tables by name.

        ``id`` is the plan's, a new one if it is empty; ``progress`` is told the rows done and all.

        :raises InputError: the table lacks a column.
        :raises UsageError: a parameter is not the mapping's.
        """
        drafts = build_drafts(
            rows,
            mapping,
            self._profile,
            matcher=self._matcher,
            parameters=dict(parameters or {}),
            lookups={**(lookups or {})},
        )
        return self.plan_drafts(
            drafts,
            mapping,
            against=against,
            shape=shape,
            approval=approval,
            proposals=property_proposals(mapping, rows),
            id=id,
            progress=progress,
        )

    def plan_drafts(
        self,
        drafts: Sequence[Draft],
        mapping: DraftMapping,
        *,
        against: Against = "workspace",
        shape: str = "",
        approval: str = "",
        proposals: Sequence[str] = (),
        id: str = "",
        progress: Callable[[int, int], None] = lambda done, total: None,
        world: World | None = None,
    ) -> Plan:
        """Plan drafts that a script made; ``mapping`` says where the data are from.

        ``world`` is what they are compared with, where the caller has it at hand.
        """
        barred = permission_problems(mapping)
        shape = shape or mapping.shape
        check = self._shape_check(shape)
        unread: list[str] = []
        if barred:
            rows = refused_rows(drafts, barred)
        else:
            with nullcontext(world) if world else self._worlds(against) as seen:
                planner = Planner(drafts, seen, self._profile, check, self._doubles)
                rows, unread = planner.rows(progress), planner.unread
        permission = mapping.permission
        return Plan(
            id=id or secrets.token_hex(6),
            title=mapping.title,
            wiki=self._profile.action_api,
            made=self._now().isoformat(timespec="seconds"),
            summary=mapping.summary or mapping.title,
            source=mapping.source.title if mapping.source else "",
            license=mapping.license.name if mapping.license else "",
            permission=(
                f"by {permission.by}, {permission.date}, {permission.link}" if permission else ""
            ),
            ground=mapping.notability.ground if mapping.notability else "",
            approval=approval,
            against=against,
            proposals=list(proposals),
            shape=shape,
            unread=unread,
            rows=rows,
        ).sealed()

    def _shape_check(self, shape: str) -> Check:
        if not shape:
            return no_check
        if self._check is None:
            raise UsageError(Words("error-no-shapes"))
        return self._check(shape)

    def decide(
        self,
        plan: Plan,
        row: str,
        choice: Choice,
        item: str = "",
        *,
        beside: Collection[str] = (),
        replacing: Collection[str] = (),
        by: str = "",
        against: Against | None = None,
    ) -> Plan:
        """The plan with one row decided by a person; compares as the plan did, unless told else.

        :raises NotFound: no such row, or no such item.
        :raises UsageError: the choice does not fit the row.
        """
        place = find_row(plan, row)
        standing = plan.rows[place]
        found = None
        if choice == "complete" and not item:
            item = str(getattr(standing, "item", ""))
        with self._worlds(against or plan.against) as world:
            if item:
                found = world.items([item]).get(item)
                if found is None:
                    raise NotFound(
                        Words("error-item-unknown", (item,)),
                        operator=Words("operator-run", (f"kgtool sync {item}",)),
                    )
            planner = Planner([standing.draft], world, self._profile, self._shape_check(plan.shape))
            chosen = decided(
                standing, choice, planner, item=found, beside=beside, replacing=replacing, by=by
            )
        rows = list(plan.rows)
        rows[place] = seal(chosen, plan.id)
        return msgspec.structs.replace(plan, rows=rows)

    def export(self, plan: Plan, format: ExportFormat, language: str = "en") -> str:
        """The plan as a text for another tool, or for people in a language."""
        match format:
            case "quickstatements":
                return plan_quickstatements(plan)
            case "mismatches":
                return plan_mismatches(plan)
            case "csv":
                return plan_csv(plan, language)
            case "approval":
                return approval_request(plan, self._settings.wiki_user, self._profile, language)
            case "proposals":
                hint = f"<!-- {say(language, 'proposal-hint')} -->\n"
                return "\n".join(hint + text for text in plan.proposals)

    def keep(self, plan: Plan) -> None:
        """Keep a plan in the workspace under its id, as made by whom it names."""
        with self._audit.together():
            self._note(plan.by, "plan-make", plan, {"rows": len(plan.rows)})
            self.plans.keep(plan)

    def kept(self, id: str) -> Plan:
        """A plan that was kept.

        :raises NotFound: there is none of that id.
        """
        return self.plans.get(id)

    def kept_ids(self) -> list[str]:
        """Ids of the plans that were kept, newest first."""
        return self.plans.ids()

    def decide_kept(
        self, id: str, row: str, choice: Choice, item: str = "", *, by: str, **how: Any
    ) -> Plan:
        """Decide a row of a plan that was kept, and keep it; takes and raises what decide does."""
        with self.plans.alone():
            plan = self.decide(self.plans.get(id), row, choice, item, by=by, **how)
            with self._audit.together():
                self._note(by, "plan-decide", plan, {"row": row, "choice": choice})
                self.plans.keep(plan)
        return plan

    def _note(self, by: str, action: str, plan: Plan, detail: dict[str, Any]) -> None:
        self._audit.note(Event(self._now(), by, action, f"plan {plan.id}", detail))
