"""What is wrong with an installation, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from kgtool import __version__, settings
from kgtool.disk import filesystem, is_shared
from kgtool.entities import Profile
from kgtool.errors import KgtoolError
from kgtool.service.backup import newest
from kgtool.settings import Settings
from kgtool.store import Database, Seal
from kgtool.views.generation import Workspace
from kgtool.views.query_worker import SparqlRunner

State: TypeAlias = Literal["good", "look", "wrong"]

_LIBRARIES = ("duckdb", "pyoxigraph", "pyrudof", "sqlalchemy", "wikibaseintegrator", "fastapi")
_STALE = timedelta(days=7)
_SECONDS = 10.0  # that a server may take here


class Finding(Struct, frozen=True):
    """One thing examined: ``wrong`` must be mended, ``look`` deserves a look."""

    what: str
    state: State
    said: str
    hint: str = ""


class Doctor:
    """Examines settings, disk, data and servers; changes nothing."""

    def __init__(
        self,
        settings: Settings,
        profile: Callable[[], Profile],
        workspace: Workspace,
        database: Database,
        seal: Seal,
        graph: Callable[[], SparqlRunner],
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._data = workspace
        self._registry = database
        self._seal = seal
        self._graph = graph

    def examine(self, *, offline: bool = False) -> list[Finding]:
        """All findings, in the order in which one would mend them. Asks no server if *offline*."""
        examinations: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
            ("versions", self._versions),
            ("configuration", self._configuration),
            ("disk", self._disk),
            ("workspace", self._workspace),
            ("database", self._database),
            ("backups", self._backups),
        ]
        if not offline:
            examinations += [("wiki", self._wiki), ("SPARQL endpoint", self._endpoint)]
        return [one for what, examine in examinations for one in _safely(what, examine)]

    def _versions(self) -> Iterator[Finding]:
        known = [f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES]
        said = [f"kgtool {__version__}", f"Python {platform.python_version()}"]
        said += [f"SQLite {sqlite3.sqlite_version}", *known]
        yield Finding("versions", "good", ", ".join(said))

    def _configuration(self) -> Iterator[Finding]:
        here = self._settings
        for name in settings.unknown():
            yield Finding("configuration", "wrong", f"{name} is not a setting.", "Is it misspelt?")
        yield Finding("configuration", "good", f"the wiki profile is {self._profile().name}")
        if not here.contact:
            yield Finding(
                "configuration",
                "look",
                "no contact is set, as Wikimedia asks for: no other machine is asked",
                "Set KGTOOL_CONTACT to a mail address or user page.",
            )
        if not self._seal.available:
            yield Finding(
                "configuration",
                "look",
                "addresses of people cannot be kept: there is no key to encrypt them",
                f"Set KGTOOL_DATA_KEY, for example {self._seal.new_key()} (made just now).",
            )
        else:
            self._seal.close("")
        url = urlsplit(here.public_url)
        local = url.hostname in ("127.0.0.1", "localhost", "::1")
        if url.scheme not in ("http", "https") or not url.hostname:
            yield Finding("configuration", "wrong", "KGTOOL_PUBLIC_URL is not a web address.")
        elif url.scheme == "http" and not local:
            yield Finding(
                "configuration",
                "look",
                f"{here.public_url} is not encrypted",
                "Serve behind a proxy with https, and set KGTOOL_PUBLIC_URL to that.",
            )
        if not here.oauth_client_id and not local:
            yield Finding(
                "configuration",
                "look",
                "people cannot sign in with a Wikimedia account",
                "Register an OAuth 2 client and set KGTOOL_OAUTH_CLIENT_ID.",
            )

    def _disk(self) -> Iterator[Finding]:
        home = self._settings.home
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".doctor"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            yield Finding("disk", "wrong", f"{home} cannot be written: {error.strerror}.")
            return
        kind = filesystem(home) or "unknown"
        if is_shared(home):
            yield from self._shared_disk(kind)
        elif self._settings.cache_folder.parts:
            yield Finding(
                "disk",
                "look",
                f"generations are copied to {self._settings.cache_folder}; {home} is on {kind}",
                "Leave KGTOOL_CACHE_FOLDER out, if no other machine shares that disk.",
            )
        free = shutil.disk_usage(home).free
        # A load builds the next generation beside the present one.
        used = sum(f.stat().st_size for f in (home / "generations").rglob("*") if f.is_file())
        said = f"{free / 1e9:,.1f} GB free in {home} ({kind})"
        if free < max(used, 500_000_000):
            yield Finding("disk", "wrong", said, "Make space, or run: kgtool gc")
        else:
            yield Finding("disk", "good", said)

    def _shared_disk(self, kind: str) -> Iterator[Finding]:
        home, copies = self._settings.home, self._settings.cache_folder
        if not self._settings.database_url:
            yield Finding(
                "disk",
                "wrong",
                f"{home} is on {kind}, where SQLite loses data",
                "Set KGTOOL_DATABASE_URL to PostgreSQL or MariaDB.",
            )
        if not copies.parts:
            yield Finding(
                "disk",
                "look",
                f"{home} is on {kind}: answers are slow, and there is no graph",
                "Set KGTOOL_CACHE_FOLDER to a folder on a disk of this machine.",
            )
        elif is_shared(copies):
            yield Finding(
                "disk",
                "wrong",
                f"the copies in {copies} would be on {filesystem(copies)}, which machines share",
                "Set KGTOOL_CACHE_FOLDER to a folder on a disk of this machine.",
            )
        else:
            copies.mkdir(parents=True, exist_ok=True)
            free, needed = shutil.disk_usage(copies).free, _size_of(self._data)
            said = f"{home} is on {kind}; {free / 1e9:,.1f} GB free for copies in {copies}"
            # The next one is made while the last one is read.
            enough = free > needed
            hint = f"A generation takes {needed / 1e9:,.1f} GB: make space."
            yield Finding("disk", "good" if enough else "wrong", said, "" if enough else hint)

    def _workspace(self) -> Iterator[Finding]:
        if (self._settings.home / "restore.unfinished").exists():
            yield Finding("workspace", "wrong", "a restore was cut short", "Run it once more.")
        if not self._data.current():
            yield Finding(
                "workspace", "look", "nothing is loaded", "Run kgtool sync or kgtool load."
            )
            return
        with self._data.reading() as generation:
            meta = generation.meta
            graph = (generation.path / "graph").is_dir()
        said = f"generation {meta.number} with {meta.items:,} items, as of {meta.as_of}"
        old = datetime.now(UTC) - datetime.fromisoformat(meta.as_of) > _STALE
        yield Finding(
            "workspace", "look" if old else "good", said, "Run: kgtool sync" if old else ""
        )
        if graph:
            self._graph().select("SELECT ?s WHERE { ?s ?p ?o } LIMIT 1")
            yield Finding("graph", "good", "answers queries")

    def _database(self) -> Iterator[Finding]:
        revision = self._registry.check()
        url = self._registry.url.render_as_string(hide_password=True)
        broken = self._registry.damage()
        if broken:
            yield Finding("database", "wrong", broken, "Restore a backup: kgtool restore FILE")
        else:
            yield Finding("database", "good", f"{url} answers, schema {revision}")

    def _backups(self) -> Iterator[Finding]:
        last = newest(self._settings.home)
        if last is None:
            yield Finding("backups", "look", "there are none in reach", "Run: kgtool backup FOLDER")
        else:
            old = datetime.now(UTC) - last > _STALE
            hint = "Run: kgtool backup FOLDER" if old else ""
            yield Finding("backups", "look" if old else "good", f"last on {last:%Y-%m-%d}", hint)

    def _wiki(self) -> Iterator[Finding]:
        from kgtool.sources.budget import budget_of
        from kgtool.sources.http import HttpClient
        from kgtool.sources.wikibase import Wikibase
        from kgtool.writes.account import account_of, check_account

        here, address = self._settings, self._profile().action_api
        budget = budget_of(here)
        client = HttpClient(here.user_agent, timeout=_SECONDS, attempts=1, budget=budget)
        try:
            wiki = Wikibase.of(here, self._profile(), client)
            if not wiki.has_account:
                next(wiki.query(meta="siteinfo", siprop="general"))
                yield Finding("wiki", "good", f"{address} answers")
                yield Finding(
                    "rights",
                    "look",
                    "no account is set: nothing can be written",
                    "Set KGTOOL_WIKI_USER and KGTOOL_WIKI_PASSWORD, or KGTOOL_OAUTH2_TOKEN, "
                    "if it should be.",
                )
                return
            about = "rights|ratelimits|blockinfo|groups"
            answer = next(wiki.query(meta="userinfo", uiprop=about))
            yield Finding("wiki", "good", f"{address} answers")
            account = account_of(answer["userinfo"])
            check_account(account, edits=1, creations=1, limit=here.bot_above, approval="")
            bot = "a bot" if account.is_bot else f"no bot: {here.bot_above} edits a batch at most"
            yield Finding("rights", "good", f"the account may edit and create items; it is {bot}")
        finally:
            client.close()

    def _endpoint(self) -> Iterator[Finding]:
        from kgtool.sources.budget import budget_of
        from kgtool.sources.sparql import SparqlEndpoint

        here = self._settings
        for address in [here.sparql] if here.sparql else self._profile().sparql:
            endpoint = SparqlEndpoint(
                address,
                here.user_agent,
                timeout=_SECONDS,
                budget=budget_of(here),
                attempts=1,
            )
            endpoint.select("SELECT ?s WHERE { ?s ?p ?o } LIMIT 1")
            yield Finding("SPARQL endpoint", "good", f"{address} answers")


def _size_of(workspace: Workspace) -> int:
    """Bytes of the current generation."""
    if not workspace.current():
        return 0
    with workspace.reading() as generation:
        return sum(f.stat().st_size for f in generation.path.rglob("*") if f.is_file())


def _safely(what: str, examine: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from examine()
    except KgtoolError as error:
        yield Finding(
            what, "wrong", error.message, " ".join(filter(None, (error.hint, error.operator)))
        )
