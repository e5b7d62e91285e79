"""``kgtool requests``: the helpdesk."""

from __future__ import annotations

from pathlib import Path

import click

from kgtool.cli.common import (
    kgtool,
    language_option,
    output_options,
    utf8_text,
    write_json,
    write_rows,
    write_table,
)


@click.group()
def requests() -> None:
    """The helpdesk's requests."""


@requests.command("list")
@click.option("--state", help="new, information, agenda, approved, …")
@click.option("--late", is_flag=True, help="Only those that wait too long.")
@output_options("table", "json")
def list_(state: str | None, late: bool, format: str) -> None:
    """List requests by state, those who wait longest first."""
    from kgtool.service.callers import OPERATOR

    board = kgtool().requests.board(OPERATOR)
    found = [
        (one, days)
        for column, entries in board.items()
        if state in (None, column)
        for one, days in entries
        if days or not late
    ]
    columns = ("id", "state", "title", "country", "made", "late_days")
    rows = [
        (one.id, one.state, one.title, one.country or "", f"{one.made:%Y-%m-%d}", days)
        for one, days in found
    ]
    write_rows(format, columns, rows)


@requests.command()
@click.argument("number", type=int)
@output_options("table", "json")
def show(number: int, format: str) -> None:
    """Show one request; without its contact, which only the web page shows."""
    import msgspec

    from kgtool.service.callers import OPERATOR

    one = msgspec.to_builtins(kgtool().requests.get(number, OPERATOR))
    del one["contact"], one["contact_delete_after"]
    if format == "json":
        write_json(one)
        return
    events = one.pop("events")
    checks = one.pop("checks")
    facts = [(name, str(value)) for name, value in one.items() if value]
    facts += [("check", f"{c['aspect']}: {c['verdict']} {c['note']}".rstrip()) for c in checks]
    facts += [("event", f"{e['at'][:10]} {e['kind']} {e['text']}".rstrip()) for e in events]
    write_table(("field", "value"), facts)


@requests.command()
@click.argument("number", type=int)
@click.argument("to")
@click.option("--note", default="", help="Why; goes into the history.")
def move(number: int, to: str, note: str) -> None:
    """Bring a request to another state."""
    from kgtool.service.callers import OPERATOR

    one = kgtool().requests.move(number, to, OPERATOR, note=note)
    click.echo(f"Request {one.id} is in “{one.state}”.")


@requests.command()
@click.option("--format", type=click.Choice(("csv", "wikitext")), default="csv", show_default=True)
@click.option("--state", help="Of wikitext: only this state, for example agenda.")
@click.option("--quarter", metavar="2026Q3", help="Of wikitext: the notes of a quarter instead.")
@language_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: stdout.")
def export(
    format: str, state: str | None, quarter: str | None, language: str, out: Path | None
) -> None:
    """Write the requests as a table, or the board, agenda or a quarter's notes as wikitext."""
    from kgtool.errors import UsageError
    from kgtool.service.callers import OPERATOR

    papers = kgtool().request_papers
    if format == "csv":
        if state or quarter:
            raise UsageError("A table has all requests.", hint="Add: --format wikitext")
        text = papers.csv(OPERATOR)
    elif quarter:
        text = papers.notes(quarter, language)
    else:
        text = papers.wikitext(state, language)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="")


@requests.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def import_(file: Path) -> None:
    """Take in the requests of a CSV table (- reads stdin) as new ones, all or none."""
    from kgtool.service.callers import OPERATOR

    taken = kgtool().requests.import_csv(utf8_text(file), OPERATOR)
    click.echo(f"{taken} requests taken in.")
