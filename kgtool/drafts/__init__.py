"""Drafts: a partner's table and a mapping become a plan of what to create and complete.

Opens no connection and reads no clock; what the wiki has is asked of a :class:`World`.
"""

from kgtool.drafts.build import build_drafts
from kgtool.drafts.commands import write_quickstatements
from kgtool.drafts.decide import Choice, decided
from kgtool.drafts.diff import Addition, Conflict, Diff, diff
from kgtool.drafts.draft import Draft, Finding, entity_of, local_id, local_key, local_keys, resolved
from kgtool.drafts.duplicates import Identity, Near, identify
from kgtool.drafts.exports import (
    plan_csv,
    plan_mismatches,
    plan_quickstatements,
    row_changes,
    row_json,
)
from kgtool.drafts.follow import followed
from kgtool.drafts.mapping import (
    load_mapping,
    mapping_names,
    parse_mapping,
    parse_permission,
    permission_problems,
)
from kgtool.drafts.matching import Found, Matcher, Wanted, no_matcher
from kgtool.drafts.outcome import (
    OUTCOMES,
    Against,
    Complete,
    Conflicting,
    Create,
    Doubtful,
    Outcome,
    Plan,
    Refused,
    Unchanged,
    outcome_name,
    seal,
)
from kgtool.drafts.plan import (
    Check,
    Planner,
    new_findings,
    no_check,
    plan_rows,
    refused_rows,
)
from kgtool.drafts.planfile import find_row, plan_bytes, plan_from, read_plan, write_plan
from kgtool.drafts.proposal import property_proposals
from kgtool.drafts.quickstatements import (
    drafts_of_commands,
    is_quickstatements,
    read_commands,
    read_quickstatements,
)
from kgtool.drafts.rules import Mapping
from kgtool.drafts.table import Row, read_lookups, read_table
from kgtool.drafts.values import is_item_id
from kgtool.drafts.world import MemoryWorld, World

__all__ = [
    "OUTCOMES",
    "Addition",
    "Against",
    "Check",
    "Choice",
    "Complete",
    "Conflict",
    "Conflicting",
    "Create",
    "Diff",
    "Doubtful",
    "Draft",
    "Finding",
    "Found",
    "Identity",
    "Mapping",
    "Matcher",
    "MemoryWorld",
    "Near",
    "Outcome",
    "Plan",
    "Planner",
    "Refused",
    "Row",
    "Unchanged",
    "Wanted",
    "World",
    "build_drafts",
    "decided",
    "diff",
    "drafts_of_commands",
    "entity_of",
    "find_row",
    "followed",
    "identify",
    "is_item_id",
    "is_quickstatements",
    "load_mapping",
    "local_id",
    "local_key",
    "local_keys",
    "mapping_names",
    "new_findings",
    "no_check",
    "no_matcher",
    "outcome_name",
    "parse_mapping",
    "parse_permission",
    "permission_problems",
    "plan_bytes",
    "plan_csv",
    "plan_from",
    "plan_mismatches",
    "plan_quickstatements",
    "plan_rows",
    "property_proposals",
    "read_commands",
    "read_lookups",
    "read_plan",
    "read_quickstatements",
    "read_table",
    "refused_rows",
    "resolved",
    "row_changes",
    "row_json",
    "seal",
    "write_plan",
    "write_quickstatements",
]
