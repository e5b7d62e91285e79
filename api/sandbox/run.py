"""``kgtool sandbox``: sets up a wiki, says how to reach it, and serves it."""

from __future__ import annotations

import json
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import msgspec

from kgtool import sample
from kgtool.entities import Profile, load_profile
from kgtool.errors import UsageError
from kgtool.sources.dump import read_entities

from .faults import Schedule
from .rules import Limit, Rules
from .server import SandboxServer

APP = "kgtool"


@dataclass(frozen=True)
class Plan:
    """What a sandbox is to be."""

    host: str = "127.0.0.1"
    port: int = 8181
    home: Path | None = None
    files: Sequence[str] = ()
    with_sample: bool = False
    account: str = "Rehearsal"
    password: str = ""
    like: str = "wikidata"
    edits_per_minute: int | None = None
    rates: dict[str, float] = field(default_factory=dict)
    fault_reads: bool = False
    seed: int = 0
    late_seconds: float = 5.0
    hang_seconds: float = 60.0


def run(plan: Plan, tell: Callable[[str], None], *, as_json: bool = False) -> None:
    """Serve a sandbox until a signal ends it.

    Without ``home`` it is forgotten then. ``tell`` gets what people need to know.

    :raises UsageError: a fault is not known, or the rates are above 1.
    :raises Busy: the port is taken.
    """
    with _home(plan) as home:
        server, password = prepared(plan, home, tell)
        token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        server.wiki.tokens[token] = plan.account
        server.wiki.clients[APP] = (secret, plan.account)
        profile = home / "profile.toml"
        profile.write_text(profile_toml(server.wiki.profile), encoding="utf-8")
        said = {
            "address": server.address,
            "user": f"{plan.account}@{APP}",
            "password": password,
            "token": token,
            "client": APP,
            "client_secret": secret,
            "sign_in": f"{server.address}/w/rest.php/oauth2",
            "account": plan.account,
            "control": server.sandbox.control,
            "profile": str(profile),
        }
        tell(json.dumps(said) if as_json else _words(said, home if plan.home else None))
        server.serve()


@contextmanager
def _home(plan: Plan) -> Iterator[Path]:
    """The folder of the wiki while the block runs; without a home, one that is gone afterwards."""
    if plan.home:
        yield plan.home
        return
    # SIGTERM as an exception: the server passes it on once it has stopped, and by itself it would
    # end the process without removing anything.
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        with tempfile.TemporaryDirectory(prefix="kgtool-sandbox-") as folder:
            yield Path(folder)
    finally:
        signal.signal(signal.SIGTERM, before)


def prepared(plan: Plan, home: Path, tell: Callable[[str], None]) -> tuple[SandboxServer, str]:
    """A sandbox with its content and account, not yet serving; and the account's password."""
    try:
        schedule = Schedule(
            rates=plan.rates,
            seed=plan.seed,
            reads=plan.fault_reads,
            late_seconds=plan.late_seconds,
            hang_seconds=plan.hang_seconds,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    limit = Limit(plan.edits_per_minute) if plan.edits_per_minute else None
    server = SandboxServer(
        home,
        host=plan.host,
        port=plan.port,
        like=load_profile(plan.like),
        schedule=schedule,
        rules=Rules(edits=limit),
    )
    password = plan.password or secrets.token_urlsafe(12)
    server.wiki.accounts.add(plan.account, password, groups=("bot",))
    server.wiki.accounts.add_bot_password(plan.account, APP, password)

    def broken(where: str, problem: str) -> None:
        tell(f"{where}: passed over: {problem}")

    given = read_entities(plan.files, on_broken=broken)
    server.wiki.load(chain(sample.entities() if plan.with_sample else (), given))
    return server, password


def profile_toml(profile: Profile) -> str:
    """A profile as the TOML that ``KGTOOL_WIKIBASE`` reads."""
    plain = msgspec.to_builtins(profile)
    tables = {name: value for name, value in plain.items() if isinstance(value, dict)}
    lines = [f"{name} = {json.dumps(plain[name])}" for name in plain if name not in tables]
    for name, table in tables.items():
        lines += [
            "",
            f"[{name}]",
            *(f"{key} = {json.dumps(value)}" for key, value in table.items()),
        ]
    return "\n".join(lines) + "\n"


def _words(said: dict[str, str], home: Path | None) -> str:
    kept = f"kept in {home}" if home else "forgotten when it ends"
    return "\n".join(
        [
            f"A Wikibase to rehearse on: {said['address']} ({kept}). Ctrl-C ends it.",
            "To work with it:",
            f"  export KGTOOL_WIKIBASE={said['profile']}",
            f"  export KGTOOL_WIKI_USER={said['user']}",
            f"  export KGTOOL_WIKI_PASSWORD={said['password']}",
            "or, in place of user and password, with OAuth 2:",
            f"  export KGTOOL_OAUTH2_TOKEN={said['token']}",
            f"Other programs ask for a token as client {said['client']}, secret "
            f"{said['client_secret']}.",
            f"People sign in as {said['account']} with the same password; for that:",
            f"  export KGTOOL_OAUTH_BASE={said['sign_in']}",
            "  export KGTOOL_OAUTH_CLIENT_ID=kgtool KGTOOL_OAUTH_CLIENT_SECRET=any",
            f"Key to set faults at {said['address']}/_sandbox/faults: {said['control']}",
        ]
    )
