"""What the wiki's own property pages ask of statements, and what of a draft goes against it.

Constraints stand on properties as statements; which ids they use says the wiki profile
(``[constraints]``). What OpenRefine also checks is checked, with its severities; a constraint that
the wiki calls mandatory is at least *important*, a suggestion is *info*. What the item has already
counts; constraints of deprecated rank and items excepted from one do not.
"""

from kgtool.drafts.constraints.distinct import Distinct
from kgtool.drafts.constraints.findings import CODES, constraint_findings
from kgtool.drafts.constraints.rules import Constraint, constraints_of

__all__ = ["CODES", "Constraint", "Distinct", "constraint_findings", "constraints_of"]
