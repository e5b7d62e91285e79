"""What commands share: the wired kgtool, selections as arguments, and how rows are written."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kgtool.errors import UsageError

if TYPE_CHECKING:
    from kgtool.coverage.selection import Selection
    from kgtool.wiring import Kgtool

F = TypeVar("F", bound=Callable[..., Any])


class Right(str):
    """A text that stands right in its column, as numbers do."""


def kgtool() -> Kgtool:
    """The kgtool that the environment describes; closed when the command ends."""
    from kgtool.settings import Settings
    from kgtool.wiring import build

    made = build(Settings.from_environment())
    click.get_current_context().call_on_close(made.close)
    return made


def selection_options(command: F) -> F:
    """Let a command take a selection; it arrives as ``selection``, or none if none was given."""
    role = click.option(
        "--role",
        default="collection",
        show_default=True,
        metavar="ROLE",
        help="collection, located, owned, archives, identified or former.",
    )
    return role(selection_words(command))


def selection_words(command: F) -> F:
    """The same without ``--role``, for a command to which roles are something of their own."""

    @click.argument("words", metavar="[SELECTION]…", nargs=-1)
    @click.option(
        "--items", "items_file", metavar="FILE", help="Item ids, one a line; - reads stdin."
    )
    @click.option("--query", metavar="NAME|FILE.rq", help="The column ?item of a query.")
    @click.option("--focus", metavar="QID", help="What is on a project's focus list (P5008).")
    @click.option("--pagepile", metavar="N", type=int, help="The items of a PagePile.")
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        words: tuple[str, ...],
        items_file: str | None,
        query: str | None,
        focus: str | None,
        pagepile: int | None,
        role: str = "collection",
        **others: Any,
    ) -> Any:
        chosen = _selection(words, items_file, query, focus, pagepile, role)
        return command(*args, selection=chosen, **others)

    return wrapped  # type: ignore[return-value]  # click reads its options from the wrapper


def needed(selection: Selection | None) -> Selection:
    """The selection of a command that cannot do without.

    :raises UsageError: none was given.
    """
    if selection is None:
        raise UsageError(
            "Which items? No selection was given.",
            hint="Give QIDs, a saved selection, --items, --query, --focus or --pagepile.",
        )
    return selection


def items(number: int) -> str:
    """How many items, in words."""
    return f"{number:,} item{'' if number == 1 else 's'}"


def output_options(*formats: str) -> Callable[[F], F]:
    """Let a command take ``--format`` (the first is the default) and ``--json``, as ``format``."""

    def decorate(command: F) -> F:
        @click.option(
            "--format",
            "format",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="How to write the answer.",
        )
        @click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
        @functools.wraps(command)
        def wrapped(*args: Any, format: str, as_json: bool, **others: Any) -> Any:
            return command(*args, format="json" if as_json else format, **others)

        return wrapped  # type: ignore[return-value]  # click reads its options from the wrapper

    return decorate


json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
rank_option = click.option(
    "--rank",
    type=click.Choice(["truthy", "any"]),
    default="truthy",
    show_default=True,
    help="Which statements count: those of best rank, or all but deprecated ones.",
)
language_option = click.option(
    "--language", metavar="CODE", default="en", show_default=True, help="For labels and texts."
)


def utf8_text(file: Path) -> str:
    """The text of a file, or of standard input for ``-``.

    :raises InputError: it is not UTF-8.
    :raises UsageError: there is no such file.
    """
    from kgtool.errors import InputError

    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"The table is not UTF-8 (byte {error.start}).") from None


def warn(texts: Iterable[str]) -> None:
    """Write warnings where they do not come between the answers, each once."""
    for text in dict.fromkeys(texts):
        click.echo(f"Warning: {text}", err=True)


def write_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows as an aligned table; numbers stand right. Control characters are left out."""
    written = [list(columns), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*written, strict=True)]
    right = [
        bool(rows) and all(_is_right(row[place]) for row in rows) for place in range(len(columns))
    ]
    for line in written:
        cells = (
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(line, widths, right, strict=True)
        )
        click.echo("  ".join(cells).rstrip())


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV with a head line."""
    from kgtool.spreadsheet import csv_pieces

    for piece in csv_pieces(columns, rows, end="\n"):
        click.echo(piece, nl=False)


def write_rows(format: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows in a format: ``json`` (a list of objects), ``csv`` or ``table``."""
    if format == "json":
        write_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif format == "csv":
        write_csv(columns, rows)
    else:
        write_table(columns, rows)


def write_json(value: object) -> None:
    """Write a value as JSON, indented; structs as objects."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def _selection(
    words: tuple[str, ...],
    items_file: str | None,
    query: str | None,
    focus: str | None,
    pagepile: int | None,
    role: str,
) -> Selection | None:
    from kgtool.coverage import selection as selections

    given = [bool(words), items_file is not None, query is not None]
    if sum([*given, focus is not None, pagepile is not None]) > 1:
        raise UsageError("More than one selection was given.", hint="Give one of them.")
    if items_file is not None:
        return selections.OfItems(
            selections.ids_in(_read(items_file)),
            name="items" if items_file == "-" else Path(items_file).name,
        )
    if query is not None:
        if query.endswith(".rq"):
            return selections.OfQuery(_read(query), name=Path(query).name)
        return selections.OfQuery(query, name=query)
    if focus is not None:
        return selections.OfFocusList(*selections.checked_ids([focus]))
    if pagepile is not None:
        return selections.OfPagePile(pagepile)
    return selections.of(words, role) if words else None


def _read(file: str) -> str:
    from kgtool.errors import InputError, NotFound

    try:
        with click.open_file(file, encoding="utf-8") as opened:
            text: str = opened.read()
            return text
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from None


def _is_right(value: object) -> bool:
    return isinstance(value, Right) or not isinstance(value, str)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return "".join(c for c in text if c.isprintable())
