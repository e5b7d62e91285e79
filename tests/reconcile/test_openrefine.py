"""A real OpenRefine works with the service: types, matches, candidates, columns, export."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kgtool.api.app import create_app
from kgtool.settings import Settings
from kgtool.views.names.record import record
from kgtool.wiring import build
from tests.reconcile.openrefine import ENGINE, HOME, OpenRefine, running
from tests.servers import free_port, served

SPACES = {
    "identifierSpace": "http://www.wikidata.org/entity/",
    "schemaSpace": "http://www.wikidata.org/prop/direct/",
}
TABLE = """museum,country,city
Rijksmuseum,Netherlands,Amsterdam
Museo del Prado,Spain,Madrid
Nationalmusuem,Sweden,Stockholm
Rijksmuseum,Netherlands,Amsterdam
,nowhere,
Zzyzzx Qqqq,XX,
"""


@pytest.fixture(scope="module")
def address(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served index of all names of the sample, declared complete."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(sample_home, home)
    port = free_port()
    options = Settings(home=home, public_url=f"http://127.0.0.1:{port}")
    tool = build(options)
    entities = tool.snapshots.current().entities
    tool.reconcile.index_names((record(one, tool.profile) for one in entities), "the sample")
    with served(create_app(options), port) as base:
        yield base


@pytest.fixture(scope="module")
def refine(
    need_program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenRefine]:
    """OpenRefine from Debian's package."""
    need_program(str(HOME / "server"), package="openrefine")
    need_program("java", package="default-jre")
    with running(tmp_path_factory.mktemp("openrefine")) as started:
        yield started


def judged(refine: OpenRefine, project: str) -> list[dict[str, Any] | None]:
    rows, recons = refine.rows(project)
    cells = [row["cells"][0] for row in rows]
    return [recons.get(cell["r"]) if cell and "r" in cell else None for cell in cells]


def test_openrefine_reconciles_and_extends(refine: OpenRefine, address: str) -> None:
    service = f"{address}/reconcile/en"
    project = refine.create(TABLE)

    guessed = refine.do("guess-types-of-column", project, columnName="museum", service=service)[
        "types"
    ]
    assert "Q207694" in [one["id"] for one in guessed[:2]]

    columns = [
        {"column": "country", "property": {"id": "P17", "name": "country"}},
        {"column": "city", "property": {"id": "P131", "name": "located in"}},
    ]
    config = {
        "mode": "standard-service",
        "service": service,
        **SPACES,
        "type": {"id": "Q33506", "name": "museum"},
        "autoMatch": True,
        "batchSize": 10,
        "columnDetails": columns,
        "limit": 0,
    }
    refine.do("reconcile", project, columnName="museum", config=config, engine=ENGINE)
    found = judged(refine, project)
    assert [one and one["j"] for one in found[:2]] == ["matched", "matched"]
    assert found[0] and found[0]["m"]["id"] == "Q190804"
    assert found[1] and found[1]["m"]["id"] == "Q160112"
    typo = found[2]
    assert typo and (typo.get("m") or typo["c"][0])["id"] == "Q842858"
    assert found[3] and found[3]["m"]["id"] == "Q190804"
    assert found[4] is None
    assert found[5] and found[5]["j"] == "none"

    extension = {
        "properties": [
            {"id": "P791", "name": "ISIL"},
            {"id": "P31", "name": "instance of"},
            {"id": "P571", "name": "inception"},
        ]
    }
    preview = refine.do(
        "preview-extend-data",
        project,
        columnName="museum",
        rowIndices=[0, 1],
        extension=extension,
    )
    assert [column["id"] for column in preview["columns"]] == ["P791", "P31", "P571"]
    refine.do(
        "extend-data",
        project,
        baseColumnName="museum",
        endpoint=service,
        **SPACES,
        columnInsertIndex="1",
        extension=extension,
        engine=ENGINE,
    )
    lines = refine.export(project).splitlines()
    assert lines[0] == "museum,ISIL,instance of,inception,country,city"
    assert lines[1].startswith("Rijksmuseum,NL-RIJ,")
    prado = next(line for line in lines if line.startswith("Museo del Prado"))
    assert prado.split(",")[1] == ""
    assert "1819-11-19T00:00:00Z" in prado
    several = lines[lines.index(prado) + 1].split(",")
    assert several[0] == ""
    assert several[2] == "national museum"


def test_a_failed_query_is_not_shown_as_none(refine: OpenRefine, address: str) -> None:
    project = refine.create("name\n" + "x" * 2500 + "\nRijksmuseum\n")
    config: dict[str, Any] = {
        "mode": "standard-service",
        "service": f"{address}/reconcile/en",
        **SPACES,
        "type": None,
        "autoMatch": True,
        "batchSize": 10,
        "columnDetails": [],
        "limit": 0,
    }
    refine.do("reconcile", project, columnName="name", config=config, engine=ENGINE)
    failed, good = judged(refine, project)
    assert failed is None or failed["j"] != "none"
    assert good and good["m"]["id"] == "Q190804"


def test_a_saved_history_runs_with_another_address(refine: OpenRefine, address: str) -> None:
    """What was recorded with the service of Wikidata: a column by a path, new columns by paths."""
    service = f"{address}/reconcile/en"
    project = refine.create("museum,country\nRijksmuseum,Netherlands\nMuseo del Prado,Spain\n")
    rows = {"facets": [], "mode": "row-based"}
    paths = ["P131/P17", "P17/Lfr", "P625@lat", "(P571|P580)@year", "P856@netloc", "Sfrwiki", "qid"]
    reconciled = {
        "op": "core/recon",
        "description": "Reconcile cells in column museum to type Q33506",
        "engineConfig": rows,
        "columnName": "museum",
        "config": {
            "mode": "standard-service",
            "service": service,
            **SPACES,
            "type": {"id": "Q33506", "name": "museum"},
            "autoMatch": True,
            "batchSize": 10,
            "columnDetails": [
                {"column": "country", "property": {"id": "P131/P17|P17", "name": "country"}}
            ],
            "limit": 0,
        },
    }
    extended = {
        "op": "core/extend-reconciled-data",
        "description": "Extend data at index 1 based on column museum",
        "engineConfig": rows,
        "baseColumnName": "museum",
        "endpoint": service,
        **SPACES,
        "columnInsertIndex": 1,
        "extension": {"properties": [{"id": path, "name": path} for path in paths]},
    }
    refine.do("apply-operations", project, operations=[reconciled, extended])
    found = judged(refine, project)
    assert [one and one["j"] for one in found[:1]] == ["matched"]
    heading, *lines = refine.export(project).splitlines()
    assert heading == ",".join(["museum", *paths, "country"])
    row = next(line for line in lines if line.startswith("Rijksmuseum")).split(",")
    assert row[-2] == "Q190804"
    assert "www.rijksmuseum.nl" in row
    assert "Pays-Bas" in row


def test_a_worklist_opens_with_its_items_matched(refine: OpenRefine, address: str) -> None:
    """The export for OpenRefine, as the page says: its column of ids is taken as matches."""
    table = httpx2.get(f"{address}/worklists.openrefine?of=Q190804&missing=P18").text
    ids = [line.split(",")[0] for line in table.splitlines()[1:]]
    project = refine.create(table)
    refine.do(
        "recon-use-values-as-identifiers",
        project,
        columnName="item",
        service=f"{address}/reconcile/en",
        engine=ENGINE,
        **SPACES,
    )
    found = judged(refine, project)
    assert len(ids) > 5
    assert [one and (one["j"], one["m"]["id"]) for one in found] == [("matched", id) for id in ids]
    columns = [{"property": {"id": "P31", "name": "instance of"}}["property"]]
    extended = refine.do(
        "preview-extend-data",
        project,
        columnName="item",
        rowIndices=[0],
        extension={"properties": columns},
    )
    assert extended["code"] == "ok" and "painting" in str(extended["rows"])
