"""``kgtool demo``: the whole loop on a sample, with a wiki to rehearse on beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from kgtool.errors import WorkspaceError

if TYPE_CHECKING:
    from kgtool.wiring import Kgtool


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, help="Port of the service.")
@click.option("--serve/--no-serve", default=True, help="Whether to serve after building.")
def demo(host: str, port: int, serve: bool) -> None:
    """Build a workspace from the sample and serve it, with a sandbox wiki to write to.

    The sample is an excerpt, written by hand: its gaps are not those of Wikidata. It is kept in
    KGTOOL_HOME, or else in a folder of its own, so that it does not mix with real work.
    """
    import platformdirs

    if not os.environ.get("KGTOOL_HOME"):
        os.environ["KGTOOL_HOME"] = str(platformdirs.user_data_path("kgtool-demo", False))
    home = Path(os.environ["KGTOOL_HOME"])
    _build(home)
    if not serve:
        return
    os.environ.setdefault("KGTOOL_PUBLIC_URL", f"http://{host}:{port}")
    wiki = subprocess.Popen(  # noqa: S603  # our own command
        [
            *(sys.executable, "-m", "kgtool", "sandbox", "--sample", "--json"),
            *("--port", "0", "--home", str(home / "sandbox")),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert wiki.stdout is not None
        _use(wiki.stdout, home)
        click.echo(f"Serving on http://{host}:{port} (Ctrl-C ends it)")
        from kgtool.cli.serve import serve as serve_command

        click.get_current_context().invoke(serve_command, host=host, port=port)
    finally:
        wiki.terminate()
        wiki.wait()


def _build(home: Path) -> None:
    from kgtool import sample
    from kgtool.cli.common import kgtool
    from kgtool.entities import to_json

    tool = kgtool()
    if tool.workspace.current() == 0:
        lines = enumerate((to_json(entity) for entity in sample.entities()), start=1)
        loaded = tool.loading.load(lines, source="the sample", sample=True)
        _register(tool)
        tool.history.record_all(tool.recorded(), "load")
        click.echo(f"Built a sample workspace of {loaded.counts.items} items in {home}.")
        return
    with tool.workspace.reading() as generation:
        if not generation.meta.sample:
            raise WorkspaceError(
                f"The workspace in {home} holds real work, which a demo must not mix with.",
                hint="Set KGTOOL_HOME to another folder.",
            )
    click.echo(f"The sample workspace is in {home}.")


def _register(tool: Kgtool) -> None:
    """Put the sample's institutions into the registry, seen by all."""
    from kgtool import sample
    from kgtool.entities import EntityIdValue
    from kgtool.service.callers import OPERATOR

    museums = sample.institutions()
    known = tool.partners.registered(museums)
    entities = tool.snapshots.current().entities.many(museums)
    for qid in museums:
        if qid in known:
            continue
        country = entities[qid].claims[tool.profile.properties.country][0].mainsnak.datavalue
        assert isinstance(country, EntityIdValue)  # as the sample has it
        tool.partners.add(qid, name=None, kind="museum", country=country.value.id, caller=OPERATOR)
        tool.partners.change(qid, OPERATOR, publish=["listed"])


def _use(told: IO[bytes], home: Path) -> None:
    """Work with the wiki that says how to reach it, and let its account do everything here."""
    from kgtool.cli.common import kgtool
    from kgtool.service.callers import OPERATOR

    said = json.loads(told.readline() or b"{}")
    if "address" not in said:
        raise WorkspaceError("The sandbox wiki did not start.", hint="Try: kgtool sandbox --sample")
    os.environ["KGTOOL_WIKIBASE"] = said["profile"]
    os.environ["KGTOOL_WIKI_USER"] = said["user"]
    os.environ["KGTOOL_WIKI_PASSWORD"] = said["password"]
    os.environ.setdefault("KGTOOL_OAUTH_BASE", said["sign_in"])
    os.environ.setdefault("KGTOOL_OAUTH_CLIENT_ID", "kgtool")
    os.environ.setdefault("KGTOOL_OAUTH_CLIENT_SECRET", "demo")
    os.environ.setdefault("KGTOOL_MEND", "true")
    os.environ.setdefault("KGTOOL_DATA_KEY", _data_key(home))
    accounts = kgtool().accounts
    accounts.sign_in(said["account"])
    accounts.set_role(said["account"], "admin", partner=None, by=OPERATOR)
    click.echo(f"A wiki to rehearse on: {said['address']}")
    click.echo(f"Sign in as {said['account']} with the password {said['password']}")


def _data_key(home: Path) -> str:
    """The key of this demo's personal fields; one that is lost would make them unreadable."""
    from cryptography.fernet import Fernet

    kept = home / "demo.key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_bytes(Fernet.generate_key())
    return kept.read_text(encoding="ascii")
