"""The ``kgtool`` command: one line a command, each loaded only when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from kgtool.errors import (
    Busy,
    KgtoolError,
    RemoteError,
    TimedOut,
    WorkspaceError,
)

# name → (where its click command is, what `kgtool --help` says of it)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("kgtool.cli.demo:demo", "Try everything on a sample, with a wiki to rehearse on."),
    "load": ("kgtool.cli.workspace:load", "Load entity JSON lines or a dump into the workspace."),
    "coverage": ("kgtool.cli.coverage:coverage", "Say what a selection has and lacks."),
    "gaps": ("kgtool.cli.gaps:gaps", "List the items that lack something."),
    "check": ("kgtool.cli.check:check", "Judge items, a file or live items by a shape."),
    "sync": ("kgtool.cli.sync:sync", "Bring entities from the wiki, only what is new or changed."),
    "history": ("kgtool.cli.history:history", "Say how the gaps opened and closed over time."),
    "changes": ("kgtool.cli.changes:changes", "Say what happened to a partner's data, by whom."),
    "report": ("kgtool.cli.report:report", "Say what a month brought, for a newsletter."),
    "mend": ("kgtool.cli.mend:mend", "Add one value that one item lacks."),
    "publish": ("kgtool.cli.publish:publish", "Renew a table on a wiki page."),
    "status": ("kgtool.cli.workspace:status", "Say what the workspace holds."),
    "gc": ("kgtool.cli.workspace:gc", "Remove old generations that nobody reads."),
    "draft": ("kgtool.cli.draft:draft", "Create and complete items from a partner's table."),
    "query": ("kgtool.cli.query:query", "List the questions in SPARQL, or run one."),
    "names": ("kgtool.cli.names:names", "Index names to reconcile against."),
    "reconcile": ("kgtool.cli.reconcile:reconcile", "Reconcile a table with what is known."),
    "sandbox": ("kgtool.cli.sandbox:sandbox", "Serve a Wikibase to rehearse on."),
    "partners": ("kgtool.cli.partners:partners", "The registry of partners."),
    "requests": ("kgtool.cli.requests:requests", "The helpdesk's requests."),
    "doctor": ("kgtool.cli.doctor:doctor", "Say what is wrong here and how to mend it."),
    "backup": ("kgtool.cli.backup:backup", "Save everything that cannot be made again."),
    "restore": ("kgtool.cli.backup:restore", "Bring a backup back."),
    "db": ("kgtool.cli.db:db", "The database's schema."),
    "people": ("kgtool.cli.people:people", "What is kept about a person; forgetting them."),
    "user": ("kgtool.cli.user:user", "Who signed in, and their roles."),
    "token": ("kgtool.cli.token:token", "Tokens for programs and staff."),
    "serve": ("kgtool.cli.serve:serve", "Serve the pages, the API and the protocols."),
    "worker": ("kgtool.cli.worker:worker", "Do what is asked for in the background."),
    "bench": ("kgtool.cli.bench:bench", "Measure how fast kgtool is, beside its peers."),
}

# Exit codes of the contract; the first class that fits decides. Anything else of ours is wrong use.
EXIT_CODES: list[tuple[type[KgtoolError], int]] = [
    (RemoteError, 3),
    (WorkspaceError, 3),
    (Busy, 3),
    (TimedOut, 3),
    (KgtoolError, 2),
]
_NOBODY_READS = 141  # as a shell tells that a program ended by SIGPIPE: 1 would be a finding


class _LazyGroup(click.Group):
    """Knows every command by name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # such as by `| head`
            # What is still to be written when the process ends goes nowhere, without a complaint.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(_NOBODY_READS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean “{near[0]}”?" if near else ""
            ctx.fail(f"There is no command “{args[0]}”.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kgtool", message="kgtool %(version)s")
def root() -> None:
    """Find what a partner's collection lacks on Wikidata, close the gaps, measure again."""


def main() -> None:
    """Run the command line; errors of ours become one message and an exit code."""
    try:
        root.main(prog_name="kgtool")
    except KgtoolError as error:
        click.echo(f"kgtool: {error.message}", err=True)
        for advice in filter(None, (error.hint, error.operator)):
            click.echo(advice, err=True)
        sys.exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind)))
    except OSError as error:
        from kgtool.disk import is_full

        if not is_full(error):
            raise
        click.echo(f"kgtool: The disk is full: {error}. Make space and try again.", err=True)
        sys.exit(3)
