"""Digital Scriptorium's manuscripts: coverage says what counting the rows says.

Data: Digital Scriptorium (digital-scriptorium.org), CC BY 4.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from kgtool.drafts.build import build_drafts
from kgtool.drafts.draft import entity_of
from kgtool.drafts.mapping import load_mapping
from kgtool.drafts.table import Row, read_table
from kgtool.entities import load_profile
from tests.coverage.worlds import World


def _has(*columns: str) -> Callable[[Row], bool]:
    return lambda row: any(row.text(column).strip() for column in columns)


# A measure, and what a row must have for the item made of it to have the measure.
CELLS: dict[str, Callable[[Row], bool]] = {
    "P31": _has("instance_of"),
    "P31=Q87167": lambda row: "Q87167" in row.text("instance_of").split("|"),
    "P186=Q11472": lambda row: "ds:Q31" in row.text("material_ds").split("|"),
    "P571": lambda row: len(row.text("earliest")) > 2,  # the year “1” is refused as a date
    "P407": _has("language_qids"),
    "P407=Q397": lambda row: "Q397" in row.text("language_qids").split("|"),
    "P127": _has("owner_qids"),
    "P110": _has("artist_qids"),
    "P11603": _has("scribe_qids"),
    "P195": _has("holder_qid"),
    "P217": _has("shelfmark", "institutional_id"),
    "P217.P195": _has("shelfmark", "institutional_id"),
    "P217.P195=@partner": _has("shelfmark", "institutional_id"),
    "P6108": _has("iiif_manifest"),
    "P973": _has("link"),
    "P528.P972": _has("ds_id"),
    "P195.ref": _has("holder_qid"),
    "P195.ref=P854": _has("holder_qid"),
    "P18": lambda row: False,
    "Len": _has("signature"),
    "Den": _has("description"),
    "Aen": _has("title_as_recorded"),
    "Lsv": lambda row: False,
}


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    return list(read_table(shared / "partners" / "ds_manuscripts_on_wikidata.csv.gz"))


@pytest.fixture(scope="module")
def world(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> World:
    drafts = build_drafts(rows, load_mapping("ds-manuscripts"), load_profile("wikidata"))
    items = [entity_of(draft, f"Q{930_000_000 + n}") for n, draft in enumerate(drafts)]
    kept = [measure for measure in CELLS if "@" not in measure]
    return World(tmp_path_factory.mktemp("manuscripts"), items, kept)


@pytest.mark.long
def test_every_cell_of_every_partner_is_what_the_rows_say(world: World, rows: list[Row]) -> None:
    partners = Counter(row.text("holder_qid") for row in rows)
    assert len({row.text("partner") for row in rows}) == 40
    matrices = world.coverage.totals(list(partners), list(CELLS))
    for matrix in matrices:
        total = matrix.groups[0]
        own = [row for row in rows if row.text("holder_qid") == matrix.partner]
        assert total.items == len(own)
        counted = {measure: sum(map(holds, own)) for measure, holds in CELLS.items()}
        # A date that is known only as a span of centuries is an unknown value with its bounds.
        stated = {
            measure: total.measures[measure].have + total.measures[measure].unknown_value
            for measure in CELLS
        }
        assert stated == counted, matrix.partner
        assert all(
            total.measures[measure].missing == len(own) - have for measure, have in counted.items()
        )


@pytest.mark.long
def test_groups_by_language_are_what_the_rows_say(world: World, rows: list[Row]) -> None:
    holder = Counter(row.text("holder_qid") for row in rows).most_common(1)[0][0]
    own = [row for row in rows if row.text("holder_qid") == holder]
    by_language: Counter[str] = Counter()
    with_manifest: Counter[str] = Counter()
    for row in own:
        for language in {one for one in row.text("language_qids").split("|") if one} or {""}:
            by_language[language] += 1
            with_manifest[language] += bool(row.text("iiif_manifest").strip())
    matrix = world.coverage.matrix(holder, by="P407", measures=["P6108"])
    groups = {group.group or "": group for group in matrix.groups[1:]}
    assert {language: group.items for language, group in groups.items()} == by_language
    assert {
        language: group.measures["P6108"].have for language, group in groups.items()
    } == with_manifest
    assert matrix.groups[0].items == len(own)  # distinct, though groups overlap


def test_the_worklist_behind_a_cell_has_its_items(world: World, rows: list[Row]) -> None:
    holder = Counter(row.text("holder_qid") for row in rows).most_common(1)[0][0]
    wanted = [
        f"Q{930_000_000 + n}"
        for n, row in enumerate(rows)
        if row.text("holder_qid") == holder
        and not row.text("iiif_manifest").strip()
        and row.text("language_qids")
    ]
    listed: list[str] = []
    after = None
    while True:
        page = world.coverage.gaps(holder, ["P6108"], ["P407"], after=after, limit=700)
        assert page.count == len(wanted)
        listed += [one.id for one in page.items]
        after = page.next
        if after is None:
            break
    assert listed == wanted
