"""A table reconciled row by row, so that it can be stopped at any instant and gone on with.

Rows are written in batches to ``OUT.part``, each batch forced to the disk, after a first line that
says what is being done. When all are written, the part takes the name of the output. A last batch
that a kill cut short is cut off before going on.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kgtool.durable import sync_file
from kgtool.errors import InputError, NotFound, UsageError
from kgtool.reconcile.explanation import feature_name
from kgtool.reconcile.matcher import BATCH
from kgtool.reconcile.query import Answer, Condition, Failure, Query, decision

ADDED = ["decision", "id", "name", "score", "features", "candidates"]
SEPARATOR = "|"  # between several values of one cell
_PROPERTY = re.compile(r"^[A-Za-z.][\w/|@().-]*$")


@dataclass(frozen=True, slots=True)
class Job:
    """A table to reconcile and how."""

    heading: list[str]
    table: list[list[str]]
    column: int
    types: tuple[str, ...]
    properties: tuple[tuple[str, int], ...]
    language: str
    limit: int
    fingerprint: str

    @property
    def rows(self) -> int:
        """How many rows there are to do."""
        return len(self.table)

    def run(
        self,
        match: Callable[[Sequence[Query]], list[Answer]],
        target: Path,
        *,
        restart: bool = False,
        progress: Callable[[int], object] = lambda rows: None,
    ) -> dict[str, int]:
        """Reconcile what is not done yet; gives the number of rows by decision.

        :raises UsageError: the output was begun with other input or options.
        """
        part = target.with_name(f"{target.name}.part")
        counts = dict.fromkeys(("match", "choose", "none", "error"), 0)
        done = 0 if restart else self._done(part, counts)
        progress(done)
        with part.open("r+b" if done or (part.exists() and not restart) else "wb") as file:
            if done == 0:
                file.truncate(0)
                file.write(f"#{self.fingerprint}\n".encode())
                file.write(_lines([[*self.heading, *ADDED]]))
            file.seek(0, os.SEEK_END)
            for start in range(done, len(self.table), BATCH):
                rows = self.table[start : start + BATCH]
                file.write(_lines(self._answered(rows, match, counts)))
                sync_file(file)
                progress(len(rows))
        self._finish(part, target)
        return counts

    def _answered(
        self,
        rows: list[list[str]],
        match: Callable[[Sequence[Query]], list[Answer]],
        counts: dict[str, int],
    ) -> list[list[str]]:
        asked = [i for i, row in enumerate(rows) if row[self.column].strip()]
        answers = dict(zip(asked, match([self._query(rows[i]) for i in asked]), strict=True))
        written = []
        for i, row in enumerate(rows):
            cells = _cells(answers.get(i, []), self.language)
            counts[cells[0]] += 1
            written.append([*row, *cells])
        return written

    def _query(self, row: list[str]) -> Query:
        conditions = []
        for property, column in self.properties:
            values = tuple(v.strip() for v in row[column].split(SEPARATOR) if v.strip())
            if values:
                conditions.append(Condition(property, values))
        return Query(
            name=row[self.column],
            types=self.types,
            properties=tuple(conditions),
            limit=self.limit,
            language=self.language,
        )

    def _done(self, part: Path, counts: dict[str, int]) -> int:
        """Rows that are written whole; what follows them in the file is cut off."""
        if not part.exists():
            return 0
        with part.open("r+b") as file:
            first = file.readline()
            if not first.endswith(b"\n"):
                return 0
            if first.decode(errors="replace").strip() != f"#{self.fingerprint}":
                raise UsageError(
                    f"{part} was begun with another table or other options.",
                    hint="Give another --out, or --restart to begin anew.",
                )
            rest = file.read().decode("utf-8", errors="ignore")
            rows = _whole(rest)
            if not rows:
                return 0
            whole = rows[1:]
            keep = len(whole) - len(whole) % BATCH if len(whole) < self.rows else self.rows
            kept = rows[: keep + 1]
            end = sum(size for _, size in kept)
            file.truncate(len(first) + end)
            for row, _ in kept[1:]:
                counts[row[-len(ADDED)]] += 1
            return keep

    def _finish(self, part: Path, target: Path) -> None:
        temporary = target.with_name(f"{target.name}.new")
        with part.open("rb") as source, temporary.open("wb") as file:
            source.readline()
            while data := source.read(1 << 20):
                file.write(data)
            sync_file(file)
        temporary.replace(target)
        part.unlink()


def read_job(
    file: Path,
    column: str,
    types: Sequence[str] = (),
    properties: Sequence[str] = (),
    *,
    language: str = "",
    limit: int = 3,
) -> Job:
    """Read a table and check what is asked of it.

    :param properties: ``PID=COLUMN`` each.
    :raises UsageError: a column is not there, or an option does not parse.
    :raises InputError: the file is no table; says where.
    """
    try:
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from None
    delimiter = "\t" if file.suffix.lower() in (".tsv", ".tab") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
                if len(row) != len(rows[0]):
                    raise InputError(
                        f"{file}, line {reader.line_num}: {len(row)} cells where the heading has "
                        f"{len(rows[0])}."
                    )
    except csv.Error as error:
        raise InputError(f"{file}, line {reader.line_num}: {error}.") from None
    if not rows:
        raise InputError(f"{file} is empty.")
    heading, table = rows[0], rows[1:]
    asked: list[tuple[str, int]] = []
    for given in properties:
        property, equals, name = given.partition("=")
        if not equals or not _PROPERTY.match(property):
            raise UsageError(f"--property {given} is not of the form PID=COLUMN.")
        asked.append((property, _place(file, heading, name)))
    place = _place(file, heading, column)
    options = [column, list(types), list(properties), language, limit]
    digest = hashlib.sha256(data + json.dumps(options).encode()).hexdigest()
    return Job(heading, table, place, tuple(types), tuple(asked), language, limit, digest)


def _place(file: Path, heading: list[str], name: str) -> int:
    if name not in heading:
        raise UsageError(
            f"{file} has no column “{name}”.",
            hint="It has: " + ", ".join(f"“{cell}”" for cell in heading) + ".",
        )
    return heading.index(name)


def _cells(answer: Answer, language: str) -> list[str]:
    decided = decision(answer)
    if isinstance(answer, Failure):
        return [decided, "", "", "", answer.reason, ""]
    if not answer:
        return [decided, "", "", "", "", ""]
    best = answer[0]
    features = "; ".join(
        f"{feature_name(one.id, one.value, language)} ({one.value:g})" for one in best.features
    )
    candidates = SEPARATOR.join(f"{one.id} {one.name} ({one.score:g})" for one in answer)
    return [
        decided,
        best.id if best.match else "",
        best.name if best.match else "",
        f"{best.score:g}",
        features,
        candidates,
    ]


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _whole(text: str) -> list[tuple[list[str], int]]:
    """Rows that end with a line end, and the bytes of each."""
    rows: list[tuple[list[str], int]] = []
    waiting = ""
    for line in re.findall(r"[^\n]*\n", text):
        waiting += line
        if waiting.count('"') % 2 == 0:  # a cell may hold line ends
            row = next(csv.reader(io.StringIO(waiting, newline="")), [])
            rows.append((row, len(waiting.encode())))
            waiting = ""
    return rows
