"""The site builds without a warning and holds every command, setting and route; links lead on."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote, urldefrag

import click
import pytest
from fastapi import FastAPI

from kgtool.api.app import create_app
from kgtool.cli import root
from kgtool.settings import Settings
from tests.conftest import ROOT
from tests.docs.pages import PAGES

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"),
            *("-d", str(folder / "trees"), "docs", str(folder / "html")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return folder / "html"


def test_every_command_and_option_has_its_place(site: Path) -> None:
    page = _text(site / "reference/commands.html")
    for path, command in _commands(root, "kgtool"):
        assert path in page, path
        for option in command.params:
            for name in option.opts if isinstance(option, click.Option) else ():
                assert name in page, f"{path} {name}"


def test_every_setting_has_its_place(site: Path) -> None:
    page = _text(site / "reference/settings.html")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for one in fields(Settings):
        variable = f"KGTOOL_{one.name.upper()}"
        assert variable in page
        assert f"`{variable}`" in readme


def test_every_route_has_its_place_and_says_what_it_is_for(site: Path, app: FastAPI) -> None:
    page = _text(site / "reference/routes.html")
    silent = []
    for path, methods in app.openapi()["paths"].items():
        for method, route in methods.items():
            assert f"{method.upper()} {path}" in page
            if not (route.get("description") or route.get("summary")):
                silent.append(f"{method.upper()} {path}")
            silent += [
                f"{method.upper()} {path}: {one['name']}"
                for one in route.get("parameters", [])
                if one["in"] != "header" and not one.get("description")
            ]
    assert silent == []


def test_links_within_the_site_lead_somewhere(site: Path) -> None:
    ids = {
        page: set(re.findall(r'\bid="([^"]+)"', page.read_text())) for page in site.rglob("*.html")
    }
    broken = []
    for page in ids:
        for link in re.findall(r'\bhref="([^"]+)"', page.read_text()):
            address, anchor = urldefrag(html.unescape(link))
            address = address.partition("?")[0]
            if re.match(r"[a-z]+:", address):
                continue
            target = (page.parent / unquote(address)).resolve() if address else page
            if not target.exists() or (anchor and target in ids and anchor not in ids[target]):
                broken.append(f"{page.relative_to(site)} → {link}")
    assert broken == []


def test_links_of_the_source_lead_somewhere() -> None:
    """As they are followed where the source is read, on the page of the repository."""
    made = re.compile(r"reference/(settings|measures|routes)\.md$")
    broken = []
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", link) or made.search(link):
                continue
            if not (page.parent / link).exists():
                broken.append(f"{page.relative_to(ROOT)} → {link}")
    assert broken == []


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    app: FastAPI = create_app(Settings(home=tmp_path))
    return app


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from _commands(below, f"{path} {name}")


def _text(page: Path) -> str:
    """What a page says, without its mark-up."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.read_text())).split())
