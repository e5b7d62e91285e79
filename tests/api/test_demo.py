"""``kgtool demo`` as somebody meets it: start, sign in at its wiki, mend a label, see it gone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import chromium
from tests.conftest import ROOT
from tests.servers import free_port

MUSEUM = "Q190804"  # Rijksmuseum


class Demo(NamedTuple):
    """Where it is, and who may sign in."""

    address: str
    name: str
    password: str


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KGTOOL_")}
    running = subprocess.Popen(
        [sys.executable, "-m", "kgtool", "demo", "--port", str(port)],
        cwd=ROOT,
        env=clean | {"KGTOOL_HOME": str(tmp_path / "demo")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    said = ""
    try:
        for line in running.stdout:
            said += line
            if line.startswith("Serving"):
                break
        found = re.search(r"Sign in as (\S+) with the password (\S+)", said)
        assert found, said
        yield Demo(f"http://127.0.0.1:{port}", found[1], found[2])
    finally:
        running.terminate()
        running.communicate(timeout=60)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_visitor_signs_in_and_mends_a_label(demo: Demo, need_program: Callable[..., str]) -> None:
    with chromium(need_program("chromium", package="chromium")) as browser:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        _when_it_answers(demo)
        page.goto(f"{demo.address}/en/sign-in")
        page.get_by_role("link", name="Sign in with Wikimedia").click()
        page.get_by_label("Name").fill(demo.name)
        page.get_by_label("Password").fill(demo.password)
        page.get_by_role("button").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(demo.name)

        worklist = f"{demo.address}/en/worklists?of={MUSEUM}&missing=Lsv"
        page.goto(worklist)
        row = page.locator("tr", has_text="The Jewish Bride")
        row.locator("a[href*='/mend?']").click()
        _is_accessible(page)
        page.locator("input[name=text]").fill("Judebruden")
        page.locator("main button").first.click()
        page.locator("button[name=write]").click()
        page.wait_for_url("**/mend/*")
        _is_accessible(page)
        page.goto(worklist)
        expect(page.locator("tr", has_text="The Jewish Bride")).to_have_count(0)

        # A value, found by its name, with a reference; what is wrong is told beside what was typed.
        worklist = f"{demo.address}/en/worklists?of={MUSEUM}&missing=P136"
        page.goto(worklist)
        row = page.locator("tr", has_text="The Jewish Bride")
        row.locator("a[href*='/mend?']").click()
        page.locator("input[name=text]").fill("portrait")
        page.locator("form.stack button").first.click()
        _is_accessible(page)
        page.locator("button[name=chosen]").first.click()
        expect(page.get_by_role("alert")).to_contain_text("A reference is needed")
        _is_accessible(page)
        page.locator("input[name=address]").fill("https://museum.example/jewish-bride")
        page.locator("form.stack button").first.click()
        _is_accessible(page)
        page.locator("button[name=write]").click()
        page.wait_for_url("**/mend/*")
        expect(page.get_by_role("status")).to_contain_text("Written.")
        page.goto(worklist)
        expect(page.locator("tr", has_text="The Jewish Bride")).to_have_count(0)


def _is_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, (page.url, found)


def _when_it_answers(demo: Demo) -> None:
    waited = [
        "curl",
        "--silent",
        "--fail",
        "--retry",
        "60",
        "--retry-all-errors",
        "--retry-delay",
        "1",
    ]
    subprocess.run([*waited, f"{demo.address}/health/ready"], check=True, stdout=subprocess.DEVNULL)
