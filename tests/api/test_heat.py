"""The heat table: its shades can be read, and nothing is said by colour alone."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.api.pages.render import STATIC

_RULE = re.compile(r"\.h(\d+) \{ background: (#[0-9a-f]{6}); color: (#[0-9a-f]{6}); \}")


def shades(dark: bool) -> dict[int, tuple[str, str]]:
    """Step → ground and ink, as the style sheet has them."""
    text = (STATIC / "style.css").read_text(encoding="utf-8")
    begin = text.index(".h0 {")
    night = text.index("@media (prefers-color-scheme: dark)", begin)
    part = text[night : text.index(".hx {")] if dark else text[begin:night]
    return {int(step): (ground, ink) for step, ground, ink in _RULE.findall(part)}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_figures_can_be_read_on_every_shade(dark: bool) -> None:
    found = shades(dark)
    assert sorted(found) == list(range(11))
    poor = {step: contrast(*pair) for step, pair in found.items() if contrast(*pair) < 4.5}
    assert poor == {}


@pytest.mark.parametrize("dark", [False, True])
def test_shades_go_one_way_in_lightness_so_that_no_hue_has_to_be_told(dark: bool) -> None:
    """Whoever sees no colours still sees more and less."""
    light = [luminance(ground) for _, (ground, _) in sorted(shades(dark).items())]
    assert light == sorted(light, reverse=not dark)
    assert all(abs(one - other) > 0.002 for one, other in pairwise(light))


@pytest.mark.parametrize("by", ["type", "P170", "decade"])
def test_a_screen_reader_hears_every_cell(sample_app: FastAPI, by: str) -> None:
    page = TestClient(sample_app).get(f"/en/partners/Q190804?by={by}").text
    tables = re.findall(r'<table class="heat">(.*?)</table>', page, re.S)
    assert len(tables) >= 3
    for table in tables:
        assert re.search(r"<caption>[^<]+</caption>", table)
        head, body = table.split("<tbody>")
        columns = re.findall(r'<th scope="col">(.*?)</th>', head, re.S)
        assert all(re.sub(r"<[^>]+>", "", one).strip() for one in columns)
        rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
        assert rows
        for row in rows:
            assert re.match(r'<th scope="row">\S', row)
            cells = re.findall(r'<td class="h(?:\d+|x)">(.*?)</td>', row, re.S)
            assert len(cells) == len(columns) - 1
            for cell in cells:
                said = " ".join(re.sub(r"<[^>]+>", " ", cell).split())
                assert re.match(r"\d+% \d+ of \d+|–", said), said
                # Where something is missing, the keyboard gets to its worklist.
                counted = re.search(r"(\d+) of (\d+)", said)
                if counted and counted[1] != counted[2] and by != "decade":
                    assert "<a href=" in cell, said


def test_regions_that_scroll_are_reached_by_keyboard(sample_app: FastAPI) -> None:
    page = TestClient(sample_app).get("/en/partners/Q190804?by=P170").text
    scrolling = re.findall(r'<div class="scroll"[^>]*>', page)
    assert scrolling
    for one in scrolling:
        assert 'tabindex="0"' in one and 'role="region"' in one and "aria-label" in one
