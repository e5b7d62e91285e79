"""All settings, read once from ``KGTOOL_*`` and passed on. Nothing else reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kgtool.errors import UsageError


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


def _secret(help: str) -> Any:
    """A setting that no log, error or test report may show."""
    return field(default="", metadata={"help": help, "secret": True}, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting; a field ``home`` is read from ``KGTOOL_HOME``, and so on.

    Tests make their own: ``Settings(home=tmp_path)``.
    """

    home: Path = _setting(Path(), "workspace folder; default: the user data folder + kgtool")
    wikibase: str = _setting("wikidata", "wiki profile: a name or the path of a .toml file")
    sparql: str = _setting("", "SPARQL endpoint to ask instead of the embedded graph")
    database_url: str = _secret("database of the registry; default: SQLite in the workspace")
    public_url: str = _setting(
        "http://127.0.0.1:8000", "address under which the service is reached"
    )
    contact: str = _setting(
        "",
        "mail address or user page, sent in the user agent; "
        "without one, only this machine is asked",
    )
    query_seconds: float = _setting(30.0, "seconds that one SPARQL query may take")
    query_megabytes: int = _setting(2048, "memory that one SPARQL query may take")
    query_rows: int = _setting(50_000, "rows that one SPARQL query may return")
    graph_entities: int = _setting(
        1_000_000, "no graph for SPARQL is made of a workspace with more entities than this"
    )
    http_timeout: float = _setting(60.0, "seconds to wait for another server")
    requests_per_second: float = _setting(5.0, "highest rate of requests to one other server")
    requests_at_once: int = _setting(3, "requests to one other server at the same time")
    sync_minutes: int = _setting(
        0, "how often the worker syncs what was synced before; 0: only when asked to"
    )
    maxlag: int = _setting(5, "replication lag in seconds beyond which a wiki refuses us")
    edits_per_minute: int = _setting(60, "highest rate of edits")
    quiet_seconds: float = _setting(
        120.0, "how long to wait before looking up a write whose answer was lost"
    )
    bot_above: int = _setting(
        250, "batches above this many edits need a bot account or a link to their approval"
    )
    measures: str = _setting(
        "Lar; Lde; Len; Les; Lfr; Lja; Lsv",
        "measures to keep ready besides those that the shapes name, separated by semicolons",
    )
    keep_generations: int = _setting(3, "generations kept by gc")
    wiki_user: str = _setting("", "account that writes, for a bot password Name@app")
    wiki_password: str = _secret("its bot password")
    oauth2_token: str = _secret("OAuth 2 access token of the account, instead of a password")
    write_as: str = _setting(
        "bot",
        "who writes batches: bot, the account above, or approver, whoever lets them be written",
    )
    mend: bool = _setting(
        False, "whether people who signed in mend single rows, under their own accounts"
    )
    secret_key: str = _secret("signs sessions; needed to serve with sign-in")
    data_key: str = _secret("encrypts personal fields at rest")
    oauth_client_id: str = _setting("", "OAuth 2 client of the service, for signing in")
    oauth_client_secret: str = _secret("its secret")
    oauth_base: str = _setting(
        "https://meta.wikimedia.org/w/rest.php/oauth2", "where people sign in"
    )
    run_folder: Path = _setting(
        Path(),
        "folder on a local disk in which the processes of one service count together; "
        "kgtool serve makes one",
    )
    cache_folder: Path = _setting(
        Path(),
        "folder on a local disk to which generations are copied to be read, for a workspace on a "
        "disk that machines share (NFS)",
    )
    peers_python: Path = _setting(
        Path(".venv-peers/bin/python"), "interpreter with the peers that benchmarks compare with"
    )
    requests_per_minute: int = _setting(
        600, "requests that one address may make without signing in; 0: no limit"
    )
    trusted_proxies: str = _setting(
        "127.0.0.1",
        "addresses of web servers in front, separated by commas, that are believed when they say "
        "whose request it is (X-Forwarded-For)",
    )
    sparql_sign_in: bool = _setting(False, "whether /sparql asks people to sign in")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read ``KGTOOL_*``.

        :raises UsageError: a value is not of its kind; names the variable.
        """
        environ = os.environ if environ is None else environ
        given: dict[str, Any] = {}
        for known in fields(cls):
            variable = f"KGTOOL_{known.name.upper()}"
            if environ.get(variable):
                given[known.name] = _parse(variable, environ[variable], known.type)
        if "home" not in given:
            from platformdirs import user_data_path

            given["home"] = user_data_path("kgtool", appauthor=False)
        return cls(**given)

    @property
    def user_agent(self) -> str:
        """What we say of ourselves to other servers (Wikimedia user-agent policy)."""
        from kgtool import __version__

        contact = self.contact or "no contact set; set KGTOOL_CONTACT"
        return f"kgtool/{__version__} ({contact})"


def unknown(environ: Mapping[str, str] | None = None) -> list[str]:
    """Variables ``KGTOOL_*`` that are no setting: misspelt, or of another version."""
    environ = os.environ if environ is None else environ
    known = {f"KGTOOL_{one.name.upper()}" for one in fields(Settings)} | {"KGTOOL_REQUIRE_ALL"}
    return sorted(name for name in environ if name.startswith("KGTOOL_") and name not in known)


def _parse(variable: str, text: str, type_name: object) -> Any:
    try:
        match type_name:
            case "Path":
                return Path(text).expanduser()
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return {
                    "1": True,
                    "true": True,
                    "yes": True,
                    "0": False,
                    "false": False,
                    "no": False,
                }[text.lower()]
            case _:
                return text
    except (ValueError, KeyError):
        raise UsageError(
            f"{variable} is “{text}”, which is not a value of type {type_name}."
        ) from None
