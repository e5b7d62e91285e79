"""A table reconciled: what is written, and that a kill loses nothing."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from kgtool.errors import InputError, NotFound, UsageError
from kgtool.reconcile.query import Answer, Failure, Query
from kgtool.service.reconcile_table import read_job
from kgtool.settings import Settings
from kgtool.wiring import build

from .world import RECORDS, reconciler


class Killed(BaseException):
    """What a kill looks like from inside."""


def table(tmp_path: Path, rows: int = 130) -> Path:
    path = tmp_path / "in.csv"
    names = ["Monet, Claude", "Rijksmuseum", "Zzyzx qqq", "", "Gogh,\nVincent van"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["no", "name", "born"])
        for n in range(rows):
            writer.writerow([n, names[n % 5], "1840" if n % 5 == 0 else ""])
    return path


def test_writes_decisions(tmp_path: Path) -> None:
    matcher = reconciler(tmp_path / "index")
    job = read_job(table(tmp_path, 5), "name", ["Q5"], ["P569=born"])
    counts = job.run(matcher.match, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["no"] for row in rows] == list("01234")
    assert (rows[0]["decision"], rows[0]["id"]) == ("match", "Q296")
    assert "P569 agrees (1)" in rows[0]["features"]
    assert "Q900009001 Claude Monet" in rows[0]["candidates"]
    assert [rows[2]["decision"], rows[3]["decision"]] == ["none", "none"]
    assert sum(counts.values()) == 5
    assert not (tmp_path / "out.csv.part").exists()


@pytest.mark.parametrize("torn", [0, 1, 40])
def test_goes_on_where_it_was_killed(tmp_path: Path, torn: int) -> None:
    matcher = reconciler(tmp_path / "index")
    job = read_job(table(tmp_path), "name")
    job.run(matcher.match, tmp_path / "whole.csv")
    calls = 0

    def killed(queries: Sequence[Query]) -> list[Answer]:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Killed
        return matcher.match(queries)

    with pytest.raises(Killed):
        job.run(killed, tmp_path / "out.csv")
    part = tmp_path / "out.csv.part"
    part.write_bytes(part.read_bytes()[: -torn or None])
    asked: list[Query] = []

    def counting(queries: Sequence[Query]) -> list[Answer]:
        asked.extend(queries)
        return matcher.match(queries)

    job.run(counting, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert len(asked) < 104  # the 130 rows have 104 names


@pytest.mark.long
def test_a_killed_process_is_gone_on_with(tmp_path: Path) -> None:
    tool = build(Settings(home=tmp_path / "home"))
    tool.reconcile.index_names(RECORDS, "a test")
    asked = table(tmp_path, 4000)
    out, part = tmp_path / "out.csv", tmp_path / "out.csv.part"
    command = [sys.executable, "-m", "kgtool", "reconcile", str(asked), "--column", "name"]
    command += ["--out", str(out)]
    environment = {**os.environ, "KGTOOL_HOME": str(tmp_path / "home")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not part.exists() or part.stat().st_size < 20_000:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.005)
    finally:
        process.kill()  # SIGKILL
        process.wait()
    assert not out.exists()
    written = part.read_bytes()
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert not part.exists()
    job = read_job(asked, "name")
    counts = job.run(tool.reconcile.match, tmp_path / "whole.csv")
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert f"{counts['match']:,} matched, {counts['choose']:,} to choose" in done.stdout
    head = written.split(b"\n", 1)[1][:15_000]
    assert out.read_bytes().startswith(head)  # what was written stands


def test_other_options_do_not_go_on(tmp_path: Path) -> None:
    def fails(queries: Sequence[Query]) -> list[Answer]:
        raise Killed

    with pytest.raises(Killed):
        read_job(table(tmp_path), "name").run(fails, tmp_path / "out.csv")
    with pytest.raises(UsageError, match="other options"):
        read_job(table(tmp_path), "name", ["Q5"]).run(fails, tmp_path / "out.csv")
    again = read_job(table(tmp_path, 3), "name")
    again.run(lambda qs: [Failure("no")] * len(qs), tmp_path / "out.csv", restart=True)
    assert "error" in (tmp_path / "out.csv").read_text()


def test_tells_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_job(tmp_path / "none.csv", "name")
    path = table(tmp_path)
    with pytest.raises(UsageError, match="no column “title”"):
        read_job(path, "title")
    with pytest.raises(UsageError, match="PID=COLUMN"):
        read_job(path, "name", (), ["P569"])
    path.write_text("a,b\n1\n")
    with pytest.raises(InputError, match="line 2"):
        read_job(path, "a")
