"""The account that writes: who it is, what it may do, how fast."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from kgtool.errors import Forbidden
from kgtool.messages.words import Words


class Account(Struct, frozen=True):
    """An account as the wiki describes it (``meta=userinfo``).

    ``rights`` are those that the password's grants leave; ``edits_per_minute`` is 0 where the wiki
    names no limit.
    """

    name: str
    groups: list[str]
    rights: list[str]
    edits_per_minute: float = 0.0
    blocked: str = ""

    @property
    def is_bot(self) -> bool:
        """Whether edits may carry the bot flag."""
        return "bot" in self.rights


def account_of(userinfo: dict[str, Any]) -> Account:
    """The account of a ``userinfo`` answer.

    :raises Forbidden: nobody is signed in.
    """
    if "anon" in userinfo or "temp" in userinfo or not userinfo.get("id"):
        raise Forbidden(Words("error-anonymous"))
    slowest = 0.0
    for limit in (userinfo.get("ratelimits") or {}).get("edit", {}).values():
        per_minute = 60.0 * float(limit["hits"]) / float(limit["seconds"])
        # A wiki applies the mildest of the limits that fit an account.
        slowest = max(slowest, per_minute)
    rights = list(userinfo.get("rights", []))
    return Account(
        name=str(userinfo["name"]),
        groups=list(userinfo.get("groups", [])),
        rights=rights,
        edits_per_minute=0.0 if "noratelimit" in rights else slowest,
        blocked=str(userinfo.get("blockreason", "")) if "blockid" in userinfo else "",
    )


def check_account(
    account: Account, *, edits: int, creations: int, limit: int, approval: str
) -> None:
    """Refuse a run before its first edit if the account cannot or may not do it.

    :raises Forbidden: it is blocked, lacks a right, or the run is larger than ``limit`` and there
        is neither a bot flag nor a link to an approval.
    """
    if account.blocked:
        raise Forbidden(Words("error-blocked-why", (account.name, account.blocked)))
    wanted = ["edit"] + (["createpage"] if creations else [])
    lacking = [right for right in wanted if right not in account.rights]
    if lacking:
        raise Forbidden(
            Words("error-lacks-right", (account.name, ", ".join(lacking))),
            hint=Words("error-give-rights"),
        )
    if edits > limit and not account.is_bot and not approval:
        raise Forbidden(
            Words("error-large-run", (edits, limit)),
            hint=Words("error-bot-or-link"),
            operator=Words(
                "operator-approval",
                ("kgtool draft export PLAN --format approval", "--approval URL"),
            ),
        )
