"""``kgtool partners``: the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kgtool.cli.common import (
    json_option,
    kgtool,
    output_options,
    utf8_text,
    write_csv,
    write_json,
    write_table,
)

_LISTED = ("qid", "name", "kind", "status", "country", "affiliate")
_COUNTED = ("items", "size")


@click.group()
def partners() -> None:
    """The institutions that you work with."""


@partners.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option(
    "--keep",
    type=click.Choice(["new", "old"]),
    help="Whose name, kind, status, country and publication count.",
)
@json_option
def merge(old: str | None, new: str | None, keep: Any, as_json: bool) -> None:
    """Make one partner of OLD and NEW, whose items were merged on the wiki.

    Without --keep, shows both records; without OLD and NEW, all pairs that wait. Projects, links,
    collections, contacts and histories of both are kept.
    """
    from kgtool.errors import UsageError
    from kgtool.service.callers import OPERATOR

    merging = kgtool().merging
    if (old is None) != (new is None):
        raise UsageError("Name both partners: the old QID, then the new.")
    if old is not None and new is not None and keep is not None:
        one = merging.merge(old, new, keep, OPERATOR)
        write_json(_plain(one)) if as_json else click.echo(f"{old} and {one.qid} are {one.qid}.")
        return
    pairs = [merging.pair(old, new, OPERATOR)] if old and new else merging.waiting(OPERATOR)
    if as_json:
        write_json([{"old": _plain(first), "new": _plain(second)} for first, second in pairs])
        return
    for first, second in pairs:
        columns = ("qid", "name", "kind", "status", "country", "affiliate", "summary")
        rows = [[c, getattr(first, c) or "", getattr(second, c) or ""] for c in columns]
        for part in ("projects", "links", "collections", "contacts", "history"):
            rows.append([part, len(getattr(first, part)), len(getattr(second, part))])
        write_table(["", "old", "new"], rows)
        click.echo(f"Decide: kgtool partners merge {first.qid} {second.qid} --keep new|old\n")


@partners.command("list")
@click.option("--kind", help="museum, archive, library, … or a word of your own.")
@click.option("--country", metavar="QID", help="QID of a country.")
@click.option("--status", help="prospect, talking, agreement, active, paused or ended.")
@output_options("table", "csv", "json")
def list_(kind: str | None, country: str | None, status: str | None, format: str) -> None:
    """List partners by name.

    items are those in the workspace; size is what the institution or its catalogue counts.
    """
    from kgtool.service.callers import OPERATOR

    tool = kgtool()
    found, _ = tool.partners.find(OPERATOR, kind=kind, country=country, status=status)
    sizes = tool.institutions.sizes(found)
    here = tool.institutions.here([one.qid for one in found])
    counts = {
        one.qid: (here.get(one.qid), sizes[one.qid].count if one.qid in sizes else None)
        for one in found
    }
    columns = (*_LISTED, *_COUNTED)
    rows = [
        [
            *(getattr(one, column) or "" for column in _LISTED),
            *("" if count is None else count for count in counts[one.qid]),
        ]
        for one in found
    ]
    if format == "json":
        write_json(
            [_plain(one) | dict(zip(_COUNTED, counts[one.qid], strict=True)) for one in found]
        )
    elif format == "csv":
        write_csv(columns, rows)
    else:
        write_table(columns, rows)


@partners.command()
@click.argument("qid")
@output_options("table", "json")
def show(qid: str, format: str) -> None:
    """Show one partner; without contacts, which only the web page shows."""
    from kgtool.service.callers import OPERATOR

    tool = kgtool()
    one = tool.partners.get(qid, OPERATOR)
    sizes = tool.institutions.every_size(one.qid, one)
    institution = tool.institutions.of([one.qid]).get(one.qid)
    if format == "json":
        write_json(_plain(one) | {"sizes": sizes, "institution": institution})
        return
    facts = [(column, getattr(one, column) or "") for column in (*_LISTED, "summary")]
    facts += [("published", " ".join(sorted(one.published)))]
    facts += [("since", f"{c.at:%Y-%m-%d} {c.status} {c.note}".rstrip()) for c in one.history]
    facts += [("collection", c.name) for c in one.collections]
    facts += [
        ("size", " ".join(filter(None, (f"{s.count:,}", s.part, s.unit, s.name, s.counted))))
        for s in sizes
    ]
    if institution and institution.gone:
        ended = institution.ended or ("on an unknown day" if institution.closed else "")
        facts += [("ended", ended), ("successors", " ".join(institution.successors))]
    facts += [("project", p.name) for p in one.projects]
    facts += [("link", x.url) for x in one.links]
    write_table(("field", "value"), facts)


@partners.command()
@click.argument("qid")
@click.option("--name", help="Default: the item's label in the workspace.")
@click.option("--kind", default="other", show_default=True)
@click.option("--country", metavar="COUNTRY", help="Its name or QID.")
@click.option("--status", default="prospect", show_default=True)
def add(qid: str, name: str | None, kind: str, country: str | None, status: str) -> None:
    """Register a partner."""
    from kgtool.service.callers import OPERATOR

    one = kgtool().partners.add(
        qid, name=name, kind=kind, country=country, status=status, caller=OPERATOR
    )
    click.echo(f"{one.qid} {one.name} is registered as {one.status}.")


@partners.command("set")
@click.argument("qid")
@click.option("--name")
@click.option("--kind")
@click.option("--status", help="prospect, talking, agreement, active, paused or ended.")
@click.option("--note", default="", help="Why the status changed.")
@click.option("--country", metavar="COUNTRY", help="Its name or QID.")
@click.option("--affiliate")
@click.option("--summary")
@click.option(
    "--publish",
    multiple=True,
    help="What anyone may see; repeat it, and name all: listed, status, affiliate, …",
)
@click.option("--unpublish", is_flag=True, help="Nothing is public any more.")
def set_(qid: str, publish: tuple[str, ...], unpublish: bool, **given: Any) -> None:
    """Change what is given of a partner."""
    from kgtool.service.callers import OPERATOR

    fields = [] if unpublish else (list(publish) or None)
    one = kgtool().partners.change(qid, OPERATOR, publish=fields, **given)
    click.echo(f"{one.qid} {one.name} is {one.status}.")


@partners.command()
@click.argument("qid")
@click.confirmation_option(prompt="Take this partner out of the registry?")
def remove(qid: str) -> None:
    """Take a partner out of the registry."""
    from kgtool.service.callers import OPERATOR

    kgtool().partners.remove(qid, OPERATOR)


@partners.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def import_(file: Path) -> None:
    """Register or renew the partners of a CSV table (- reads stdin), all or none."""
    from kgtool.service.callers import OPERATOR

    taken = kgtool().partners.import_csv(utf8_text(file), OPERATOR)
    click.echo(f"{taken} partners taken in.")


@partners.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: stdout.")
def export(out: Path | None) -> None:
    """Write the registry as a CSV table, without contacts."""
    from kgtool.service.callers import OPERATOR

    text = kgtool().partners.export_csv(OPERATOR)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="")


@partners.command()
@click.option("--project", metavar="QID", help="On the focus list (P5008) of this project.")
@click.option("--country", metavar="COUNTRY", help="Its name or QID.")
@click.option("--kind", metavar="QID", help="Of this class or a subclass, Q33506 for example.")
@output_options("table", "csv", "json")
def discover(project: str | None, country: str | None, kind: str | None, format: str) -> None:
    """Find institutions in the workspace that may become partners."""
    from kgtool.service.callers import OPERATOR

    found = kgtool().partners.discover(OPERATOR, project=project, country=country, kind=kind)
    columns = ("qid", "label", "country", "isil", "registered")
    rows = [
        (one.qid, one.label, one.country or "", one.isil, "yes" if known else "")
        for one, known in found
    ]
    if format == "json":
        write_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif format == "csv":
        write_csv(columns, rows)
    else:
        write_table(columns, rows)


@partners.command()
@click.argument("qid")
@output_options("table", "json")
def collections(qid: str, format: str) -> None:
    """List a partner's collections: as registered, and as the workspace states them (P361)."""
    from kgtool.service.callers import OPERATOR

    wired = kgtool()
    one = wired.partners.get(qid, OPERATOR)
    parts = wired.discovery.parts(one.qid)
    labels = wired.labels.of(parts, "en")
    rows = [
        (c.qid or "", c.name, "" if c.catalogue_size is None else c.catalogue_size, "registered")
        for c in one.collections
    ]
    known = {c.qid for c in one.collections}
    rows += [(q, labels.get(q, (q,))[0], "", "workspace") for q in parts if q not in known]
    columns = ("qid", "name", "catalogue_size", "from")
    if format == "json":
        write_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        write_table(columns, rows)


def _plain(one: Any) -> dict[str, Any]:
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(one)
    del fields["contacts"]
    return fields
