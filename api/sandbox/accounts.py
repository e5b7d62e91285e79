"""Who may do what: accounts, groups, bot passwords with grants, blocks."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from hmac import compare_digest
from typing import NamedTuple

from .store import Store

_READ = ("read",)
_EDIT = (
    "edit",
    "createpage",
    "createtalk",
    "item-term",
    "property-term",
    "item-merge",
    "item-redirect",
    "property-create",
)
_USER = (
    "move",
    "move-subpages",
    "move-rootuserpages",
    "move-categorypages",
    "minoredit",
    "applychangetags",
    "changetags",
    "editcontentmodel",
)
_CONFIRMED = ("autoconfirmed", "editsemiprotected")
_BOT = ("bot", *_CONFIRMED, "nominornewtalk", "autopatrol", "suppressredirect", "apihighlimits")
_ADMIN = (
    "delete",
    "undelete",
    "protect",
    "block",
    "editprotected",
    "apihighlimits",
    "noratelimit",
)

# The rights of each group (MediaWiki's and Wikibase's defaults, of those that matter here).
GROUP_RIGHTS: dict[str, tuple[str, ...]] = {
    "*": (*_READ, *_EDIT),
    "user": _USER,
    "autoconfirmed": _CONFIRMED,
    "bot": _BOT,
    "sysop": _ADMIN,
}

# What a bot password lets through (Special:BotPasswords). Without `editpage` there is no editing.
GRANT_RIGHTS: dict[str, tuple[str, ...]] = {
    "basic": (*_READ, *_CONFIRMED, "nominornewtalk", "autopatrol"),
    "highvolume": ("bot", "apihighlimits", "noratelimit"),
    "editpage": (*_EDIT, *_USER, "suppressredirect"),
    "editprotected": ("editprotected",),
    "delete": ("delete", "undelete"),
    "protect": ("protect",),
    "blockusers": ("block",),
}
ALL_GRANTS = tuple(GRANT_RIGHTS)


class Block(NamedTuple):
    """Keeps an account from editing until ``expiry`` (seconds since 1970)."""

    id: int
    by: str
    reason: str
    start: int
    expiry: int


@dataclass(frozen=True)
class User:
    """Who is asking, with the rights of this sign-in. Number 0 has no account."""

    id: int
    name: str
    groups: tuple[str, ...] = ("*",)
    rights: frozenset[str] = frozenset((*_READ, *_EDIT))
    block: Block | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return self.id == 0

    def may(self, right: str) -> bool:
        """Whether this sign-in has a right."""
        return right in self.rights


def somebody(address: str) -> User:
    """Whoever asks from an IP address without signing in."""
    return User(0, address)


class Accounts:
    """The accounts of a wiki, kept in its store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, name: str, password: str = "", *, groups: tuple[str, ...] = ()) -> int:
        """Make an account; an existing one gets this password and these groups."""
        with self._store.write() as db:
            db.execute(
                "INSERT INTO account (name, password, groups) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET password = excluded.password, "
                "groups = excluded.groups",
                (name, _hashed(password), "|".join(groups)),
            )
        return int(self._store.ask("SELECT id FROM account WHERE name = ?", name)[0][0])

    def add_bot_password(
        self, name: str, app: str, password: str, *, grants: tuple[str, ...] = ALL_GRANTS
    ) -> None:
        """Let ``name@app`` sign in with a password of its own and no more than these grants."""
        account = self._store.ask("SELECT id FROM account WHERE name = ?", name)[0][0]
        with self._store.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO credential VALUES (?, ?, ?, ?)",
                (account, app, _hashed(password), "|".join(grants)),
            )

    def block(self, name: str, *, by: str, reason: str, seconds: int) -> None:
        """Block an account."""
        account = self._store.ask("SELECT id FROM account WHERE name = ?", name)[0][0]
        now = int(self._store.clock())
        with self._store.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO block (account, by, reason, start, expiry) "
                "VALUES (?, ?, ?, ?, ?)",
                (account, by, reason, now, now + seconds),
            )

    def sign_in(self, name: str, password: str) -> tuple[str, str] | None:
        """Account name and app (empty for the main password), or None if the password is wrong."""
        account, _, app = name.partition("@")
        if app:
            rows = self._store.ask(
                "SELECT a.name, c.app, c.password FROM account a JOIN credential c "
                "ON c.account = a.id WHERE a.name = ? AND c.app = ?",
                account,
                app,
            )
        else:
            rows = self._store.ask("SELECT name, '', password FROM account WHERE name = ?", account)
        if rows and _matches(password, rows[0][2]):
            return rows[0][0], rows[0][1]
        return None

    def user(self, name: str, app: str = "") -> User | None:
        """An account as it is now, with what the bot password ``app`` lets through."""
        rows = self._store.ask("SELECT id, name, groups FROM account WHERE name = ?", name)
        if not rows:
            return None
        id, name, listed = rows[0]
        own = [group for group in listed.split("|") if group]
        groups = (*own, "*", "user", "autoconfirmed")
        rights = frozenset(right for group in groups for right in GROUP_RIGHTS.get(group, ()))
        if app:
            granted = self._store.ask(
                "SELECT grants FROM credential WHERE account = ? AND app = ?", id, app
            )
            if not granted:
                return None
            names = ["basic", *granted[0][0].split("|")]
            rights &= frozenset(r for grant in names for r in GRANT_RIGHTS.get(grant, ()))
        blocks = self._store.ask(
            "SELECT id, by, reason, start, expiry FROM block WHERE account = ? AND expiry > ?",
            id,
            int(self._store.clock()),
        )
        return User(id, name, groups, rights, Block(*blocks[0]) if blocks else None)


def _hashed(password: str, salt: str = "") -> str:
    salt = salt or secrets.token_hex(8)
    return f"{salt}${_scrypt(password, salt)}" if password else ""


def _matches(password: str, kept: str) -> bool:
    salt = kept.partition("$")[0]
    return bool(kept) and compare_digest(_hashed(password, salt).encode(), kept.encode())


def _scrypt(password: str, salt: str) -> str:
    # A rehearsal server on this machine: enough to keep passwords out of the file, and quick.
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**10, r=8, p=1).hex()
