"""Reference pages made from the code when the site is built: they cannot go stale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from sphinx.application import Sphinx


def settings() -> Iterator[str]:
    """Every ``KGTOOL_*`` variable with its default and what it is for."""
    from kgtool.settings import Settings

    yield "# Settings\n"
    yield "All are environment variables. Nothing else is read, no file and no other variable.\n"
    yield "| variable | default | what |\n| --- | --- | --- |"
    for one in fields(Settings):
        default = one.default if one.name != "home" else ""
        shown = f"`{default}`" if default not in ("", None) else ""
        secret = " *Secret: no log or error shows it.*" if one.metadata.get("secret") else ""
        yield f"| `KGTOOL_{one.name.upper()}` | {shown} | {one.metadata['help']}{secret} |"


def measures() -> Iterator[str]:
    """What the shapes expect of each kind of item, as measures."""
    from kgtool.checks.expectations import kinds

    yield "# What is expected of which items\n"
    yield "Made from the annotations in `shapes/*.shex` ([how](../shapes.md)). A measure that is"
    yield "expected and does not hold is a gap; [Coverage](../coverage.md) explains how measures"
    yield "are written.\n"
    for kind in kinds():
        yield f"## {kind.shape}\n"
        classes = ", ".join(f"`{one}`" for one in sorted(kind.classes, key=lambda q: int(q[1:])))
        below = " or a class below" if kind.below else ""
        yield f"For items that are (P31) {classes}{below}.\n" if classes else "Chosen by hand.\n"
        yield "| measure | severity | name | only where |\n| --- | --- | --- | --- |"
        for one in kind.expectations:
            when = f"`{one.when}`" if one.when else ""
            yield f"| `{one.measure}` | {one.severity} | {one.labels.get('en', '')} | {when} |"
        yield ""


def routes() -> Iterator[str]:
    """Every route of the API with its parameters, from its own OpenAPI description."""
    from kgtool.api.app import create_app
    from kgtool.settings import Settings

    with TemporaryDirectory() as home:
        described = create_app(Settings(home=Path(home))).openapi()
    yield "# Routes\n"
    yield "Made from the OpenAPI description, which a running service gives at `/openapi.json`."
    yield "Errors are `application/problem+json` (RFC 9457) outside the protocols that define"
    yield "their own; the description says for every answer when it is given.\n"
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            tag = (route.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append((method.upper(), path, route))
    for tag, found in sorted(by_tag.items()):
        yield f"## {tag}\n"
        for method, path, route in found:
            yield f"### `{method} {path}`\n"
            text = (route.get("description") or route.get("summary") or "").split("\n:", 1)[0]
            yield f"{text.strip()}\n"
            given = route.get("parameters", [])
            if given:
                yield "| parameter | in | what |\n| --- | --- | --- |"
            for one in given:
                what = " ".join((one.get("description") or "").replace("|", "\\|").split())
                must = " (needed)" if one.get("required") and one["in"] != "path" else ""
                yield f"| `{one['name']}` | {one['in']} | {what}{must} |"
            yield f"\nFor: {_who(route)}. Answers: {', '.join(route['responses'])}.\n"


def _who(route: dict[str, Any]) -> str:
    if route["x-role"] == "anyone":
        return "anyone"
    scope = route.get("x-scope")
    return f"{route['x-role']} and up" + (f" (scope `{scope}`)" if scope else "")


PAGES = {"settings": settings, "measures": measures, "routes": routes}


def _write(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        text = "\n".join(page()) + "\n"
        target = folder / f"{name}.md"
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def _plain(app: Sphinx, context: click.Context, lines: list[str]) -> None:
    """Help texts are plain text: a star in them is a star."""
    lines[:] = [line.replace("*", r"\*") for line in lines]


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages before anything is read."""
    app.connect("builder-inited", _write)
    for part in ("description", "epilog"):
        app.connect(f"sphinx-click-process-{part}", _plain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
