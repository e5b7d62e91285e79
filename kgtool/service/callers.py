"""Who asks, and what they may do."""

from __future__ import annotations

from msgspec import Struct

from kgtool.errors import Forbidden
from kgtool.messages.words import Words

# Each role may do what those before it may.
ROLES = ("anyone", "volunteer", "partner", "coordinator", "writer", "admin")

# What a token can be narrowed to.
SCOPES = ("registry", "requests", "claims", "drafts", "operation")


class Caller(Struct, frozen=True):
    """Somebody who asks; ``partner`` is whom they speak for, ``scopes`` narrow a token."""

    name: str = ""
    role: str = "anyone"
    partner: str | None = None
    scopes: tuple[str, ...] = SCOPES
    account: int | None = None

    @property
    def narrowed(self) -> bool:
        """Whether they hold a token that is not good for everything that its role may."""
        return not set(SCOPES) <= set(self.scopes)

    def may(self, role: str) -> bool:
        """Whether they have at least that role."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def need(self, role: str) -> None:
        """Go on only with at least that role.

        :raises Forbidden: they have a lesser one.
        """
        if not self.may(role):
            raise Forbidden(
                Words("error-role", (Words(f"role-{role}"),)),
                hint=Words("error-sign-in-first" if self.role == "anyone" else "error-ask-role"),
            )


ANYONE = Caller()
NOBODY = "(forgotten)"  # stands where somebody acted who was forgotten since
# The command line: whoever can start it on this machine can read the database as well.
OPERATOR = Caller(name="command line", role="admin")


def is_taken(name: str) -> bool:
    """Whether kgtool writes that name for others than an account: nobody may sign in as them."""
    return name in (OPERATOR.name, NOBODY) or name.startswith("token ")
