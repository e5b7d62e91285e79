"""The service takes up a new index between two batches; the workspace is asked where none is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kgtool.cli import root
from kgtool.errors import NotFound, WorkspaceError
from kgtool.reconcile.protocol import Cell, ExtendRequest, PropertyRequest
from kgtool.reconcile.query import Failure, Query
from kgtool.settings import Settings
from kgtool.views.names.record import NameRecord
from kgtool.wiring import Kgtool, build

from .world import candidates


@pytest.fixture
def tool(tmp_path: Path) -> Kgtool:
    return build(Settings(home=tmp_path))


def _entity(id: str, label: str, class_: str, property: str = "P31") -> bytes:
    value = {"value": {"entity-type": "item", "id": class_}, "type": "wikibase-entityid"}
    snak = {"snaktype": "value", "property": property, "datavalue": value}
    return json.dumps(
        {
            "type": "item",
            "id": id,
            "labels": {"en": {"language": "en", "value": label}},
            "claims": {property: [{"mainsnak": snak, "type": "statement", "rank": "normal"}]},
        },
        separators=(",", ":"),
    ).encode()


def test_without_anything_says_what_to_do(tool: Kgtool) -> None:
    with pytest.raises(WorkspaceError, match="load"):
        tool.reconcile.match([Query(name="x")])
    with pytest.raises(NotFound):
        tool.reconcile.forget_names()


def test_a_new_index_takes_over(tool: Kgtool) -> None:
    service = tool.reconcile
    service.index_names([NameRecord("Q1", {"en": "first"})], "one")
    assert candidates(service.match([Query(name="first")])[0])[0].id == "Q1"
    service.index_names([NameRecord("Q2", {"en": "first"})], "two")
    assert candidates(service.match([Query(name="first")])[0])[0].id == "Q2"
    assert service.suggest("entity", "fir", 5)[0].id == "Q2"
    service.forget_names()
    with pytest.raises(WorkspaceError):
        service.match([Query(name="first")])


def test_a_workspace_is_not_complete(tool: Kgtool) -> None:
    tool.loading.load(enumerate([_entity("Q190804", "Rijksmuseum", "Q33506")], start=1))
    found, missing = tool.reconcile.match([Query(name="Rijksmuseum"), Query(name="Zzyzx")])
    assert candidates(found)[0].id == "Q190804"
    assert isinstance(missing, Failure)


def test_columns_come_from_an_index_of_names_alone(tool: Kgtool) -> None:
    museum = NameRecord(
        "Q190804",
        {"en": "Rijksmuseum"},
        types=["Q33506"],
        country=["Q55"],
        ids={"P791": ["NL-AsdRM"], "P131": ["Q727"]},
    )
    city = NameRecord("Q727", {"en": "Amsterdam"}, country=["Q55"])
    named = [NameRecord("Q33506", {"en": "museum"}), NameRecord("Q55", {"en": "Netherlands"})]
    tool.reconcile.index_names([museum, city, *named], "a table")
    wanted = ("P31", "P17", "P131/P17", "P791", "Len")
    request = ExtendRequest(["Q190804"], [PropertyRequest(path) for path in wanted])
    row = tool.cards.extend(request, "en").rows["Q190804"]
    assert row["P31"] == [Cell(id="Q33506", name="museum")]
    assert row["P17"] == row["P131/P17"] == [Cell(id="Q55", name="Netherlands")]
    assert row["P791"] == [Cell(text="NL-AsdRM")]
    assert row["Len"] == [Cell(text="Rijksmuseum")]


def test_a_load_brings_the_index_up_to_date(tool: Kgtool) -> None:
    first = [_entity("Q190804", "Rijksmuseum", "Q33506"), _entity("Q296", "Claude Monet", "Q5")]
    tool.loading.load(enumerate(first, start=1))
    assert candidates(tool.reconcile.match([Query(name="Claude Monet")])[0])[0].match
    tool.loading.load(enumerate([_entity("Q296", "Oscar Quillfeather", "Q5")], start=1))
    found = candidates(tool.reconcile.match([Query(name="Oscar Quillfeather")])[0])
    assert found[0].id == "Q296"
    assert len(tool.reconcile.reconciler().index) == 2


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGTOOL_HOME", str(tmp_path / "home"))
    table = tmp_path / "museums.csv"
    table.write_text("id,name,type\nQ190804,Rijksmuseum,Q33506\n")
    asked = tmp_path / "asked.csv"
    asked.write_text("museum\nRijksmuzeum\n")
    runner = CliRunner()
    done = runner.invoke(root, ["names", str(table)], catch_exceptions=False)
    assert "1 entities with 1 names" in done.output
    done = runner.invoke(
        root, ["reconcile", str(asked), "--column", "museum", "--type", "Q33506"],
        catch_exceptions=False,
    )  # fmt: skip
    assert done.exit_code == 0
    assert "Q190804" in (tmp_path / "asked.reconciled.csv").read_text()


def test_a_dump_cut_by_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGTOOL_HOME", str(tmp_path / "home"))
    lines = [
        _entity("Q207694", "art museum", "Q33506", "P279"),
        _entity("Q190804", "Rijksmuseum", "Q207694"),
        _entity("Q296", "Claude Monet", "Q5"),
    ]
    dump = tmp_path / "dump.json.gz"
    dump.write_bytes(gzip.compress(b"[\n" + b",\n".join(lines) + b"\n]\n"))
    done = CliRunner().invoke(
        root, ["names", str(dump), "--type", "Q33506", "--json"], catch_exceptions=False
    )
    assert '"entities": 1' in done.output


def test_names_cut_by_type_and_an_index_that_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGTOOL_HOME", str(tmp_path / "home"))
    table = tmp_path / "things.csv"
    table.write_text("id,name,type\nQ1,Rijksmuseum,Q207694\nQ2,Claude Monet,Q5\nQ3,Louvre,Q33506\n")
    classes = tmp_path / "subclass_of.tsv"
    classes.write_text("child\tparent\nQ207694\tQ33506\n")
    runner = CliRunner()
    done = runner.invoke(root, ["names", str(table), str(classes), "--type", "Q33506", "--json"])
    assert json.loads(done.output)["entities"] == 2
    for nothing in (["--type", "Q11424"], []):
        empty = tmp_path / "empty.csv"
        empty.write_text("id,name,type\n")
        done = runner.invoke(root, ["names", str(table if nothing else empty), *nothing])
        assert done.exit_code != 0
        assert "nothing to index" in str(done.exception)
    index = build(Settings(home=tmp_path / "home")).reconcile.reconciler().index
    assert len(index) == 2


def test_what_names_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGTOOL_HOME", str(tmp_path / "home"))
    table = tmp_path / "people.csv"
    rows = [f"Q{n},Name {n},{90_000 + max(n, 2)}" for n in range(1, 30)]
    table.write_text("id,name,P214\n" + "\n".join(rows) + "\n")
    runner = CliRunner()
    runner.invoke(root, ["names", str(table)], catch_exceptions=False)
    done = runner.invoke(root, ["names", "--doubles"], catch_exceptions=False)
    assert done.output == "property,value,ids\nP214,90002,Q1|Q2\n"
    done = runner.invoke(root, ["names", "--doubles", "--json"], catch_exceptions=False)
    assert json.loads(done.output) == [{"property": "P214", "value": "90002", "ids": ["Q1", "Q2"]}]
