"""Dumps and lines of entities: every form, and what is wrong with them."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from kgtool.entities import Item, OtherKind, Property, statement_count, to_json
from kgtool.entities.bulk import bare
from kgtool.errors import InputError, NotFound
from kgtool.sources.dump import Dump, read_entities
from tests.builders import item

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": zstandard.compress,
}
ENTITIES = [item(f"Q{n}", P31="Q3305213", labels={"en": f"Work {n}"}) for n in range(1, 300)]
LINES = [to_json(entity) for entity in ENTITIES]
ARRAY = b"[\n" + b",\n".join(LINES) + b"\n]\n"


@pytest.fixture(params=COMPRESS)
def compress(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return COMPRESS[str(request.param)]


def failing(where: str, problem: str) -> None:
    raise AssertionError(f"{where}: {problem}")


@pytest.mark.parametrize(
    "text",
    [
        b"\n".join(LINES),
        b"\n".join(LINES) + b"\n",
        b"\r\n".join(LINES) + b"\r\n\r\n",
        ARRAY,
        ARRAY.replace(b"[\n", b"["),
    ],
    ids=["lines", "line end", "windows", "array", "tight array"],
)
def test_every_form_gives_the_same_entities(
    tmp_path: Path, compress: Callable[[bytes], bytes], text: bytes
) -> None:
    path = tmp_path / "dump"
    path.write_bytes(compress(text))
    assert list(read_entities([path], on_broken=failing)) == ENTITIES


def test_members_of_parallel_compressors_are_read_to_the_end(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "dump"
    half = len(ARRAY) // 2
    path.write_bytes(compress(ARRAY[:half]) + compress(ARRAY[half:]))
    assert len(list(read_entities([path], on_broken=failing))) == len(ENTITIES)


@pytest.mark.parametrize("kind", ["gz", "bz2", "zst"])
@pytest.mark.parametrize("part", [0.3, 0.9, 0.999])
def test_a_file_that_ends_too_early_is_an_error(tmp_path: Path, kind: str, part: float) -> None:
    path = tmp_path / "dump"
    whole = COMPRESS[kind](ARRAY)
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(InputError, match=r"ends too early, at byte [\d,]+: .* lines were whole"):
        list(Dump([path]))


@pytest.mark.parametrize("kind", ["gz", "bz2", "zst"])
def test_damage_in_the_middle_is_an_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "dump"
    data = bytearray(COMPRESS[kind](ARRAY))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"is damaged near byte|ends too early"):
        list(Dump([path]))


def test_a_broken_line_is_reported_with_its_place_and_passed_over(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_bytes(LINES[0] + b"\n")
    second.write_bytes(LINES[1] + b'\n{"type":"item","id":\n\n' + LINES[2])
    broken: list[str] = []
    found = list(
        read_entities([first, second], on_broken=lambda where, problem: broken.append(where))
    )
    assert found == ENTITIES[:3]
    assert broken == [f"{second}, line 2"]


def test_standard_input_is_read_once_or_kept_to_be_read_again(tmp_path: Path) -> None:
    dump = Dump(["-"], stdin=io.BytesIO(gzip.compress(ARRAY)))
    with dump.spool(tmp_path):
        first, second = list(dump), list(dump)
    assert [line for _, line in first] == LINES
    assert first == second
    assert list(tmp_path.iterdir()) == []


def test_lines_are_numbered_as_in_an_editor(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(ARRAY)
    lines = ARRAY.split(b"\n")
    for number, line in Dump([path]):
        assert bare(lines[number - 1]) == line


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nothing\.json is not there"):
        Dump([tmp_path / "nothing.json"])
    with pytest.raises(NotFound, match="is a folder"):
        Dump([tmp_path])


def test_empty_files_have_no_lines(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "dump"
    path.write_bytes(compress(b""))
    assert list(Dump([path])) == []


def test_nothing_of_the_real_entities_is_lost(shared: Path) -> None:
    folder = shared / "entities"
    with (folder / "wikidata_entities_index.csv").open(encoding="utf-8", newline="") as file:
        index = {row["id"]: row for row in csv.DictReader(file)}
    others: list[OtherKind] = []
    seen: set[str] = set()
    for entity in read_entities(
        [folder / "wikidata_entities.jsonl.gz"], on_broken=failing, on_other=others.append
    ):
        row = index[entity.id]
        assert statement_count(entity) == int(row["statements"]), entity.id
        assert len(entity.labels) == int(row["labels"]), entity.id
        if isinstance(entity, Item):
            assert len(entity.sitelinks) == int(row["sitelinks"]), entity.id
        else:
            assert isinstance(entity, Property)
        seen.add(entity.id)
    assert [other.kind for other in others] == ["lexemes"] * 3
    assert seen | {other.id for other in others} == set(index)


def test_the_progress_bar_shows_itself_on_a_terminal_only(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dump.json"
    path.write_bytes(ARRAY)
    list(Dump([path], progress=True))
    assert capfd.readouterr().err == ""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    list(Dump([path], progress=True))
    assert "dump.json: 100%" in terminal.getvalue()
