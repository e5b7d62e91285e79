"""JSON dumps of a Wikibase and files of entities, one a line.

Plain, gz, bz2 or zst; the array form of dumps (``[`` … ``]``, commas at line ends) or bare lines;
from a path or from standard input. Inflating goes at 2–2.5 GB/s for gz (isal); lines are cut, not
decoded.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, NamedTuple

from tqdm import tqdm

from kgtool.entities import Entity, OtherKind, parse_entity
from kgtool.entities.bulk import bare
from kgtool.errors import InputError, NotFound
from kgtool.sources.inflate import inflate, kind_of

Line = tuple[int, bytes]

STDIN = "-"
_LONGEST_LINE = 256 << 20
# How much larger entities are than their compressed form, roughly.
_RATIO = {"plain": 1, "gz": 9, "zst": 11, "bz2": 14}


class Block(NamedTuple):
    """Whole lines: the number of the first one, and their bytes."""

    first: int
    data: bytes


class Dump:
    """One or several files read as one; lines are numbered through, :meth:`where` tells the file.

    May be iterated again and again; standard input only after :meth:`spool`.

    :raises NotFound: one of the files is not there.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        progress: bool = False,
        stdin: BinaryIO | None = None,
    ) -> None:
        self._paths = [path if path == STDIN else Path(path) for path in paths]
        self._progress = progress
        self._stdin = stdin
        self._starts: list[int] = []
        for path in self._paths:
            if isinstance(path, Path) and not path.is_file():
                kind = "is a folder" if path.is_dir() else "is not there"
                raise NotFound(f"The file {path} {kind}.")

    @property
    def name(self) -> str:
        """What people call this: the names of the files."""
        return ", ".join(
            "standard input" if path == STDIN else Path(path).name for path in self._paths
        )

    @property
    def size(self) -> int:
        """Bytes of all files as they are; 0 where standard input is among them."""
        if STDIN in self._paths:
            return 0
        return sum(path.stat().st_size for path in self._paths if isinstance(path, Path))

    @property
    def expected_bytes(self) -> int:
        """Bytes of all lines, estimated from the size and kind of the files; 0 if unknown."""
        total = 0
        for path in self._paths:
            if not isinstance(path, Path):  # standard input
                return 0
            with self._open(path) as stream:
                total += path.stat().st_size * _RATIO[kind_of(stream.read(4))]
        return total

    def __iter__(self) -> Iterator[Line]:
        """Every line that may hold an entity, with its number, without a comma at its end.

        :raises InputError: a file is damaged or not complete; says where.
        """
        for block in self.blocks():
            number = block.first
            for line in block.data.split(b"\n"):
                entity = bare(line)
                if entity:
                    yield number, entity
                number += 1

    def blocks(self) -> Iterator[Block]:
        """The same lines by the megabyte, as they stand in the files.

        :raises InputError: as above.
        """
        self._starts = []
        number = 1
        for path in self._paths:
            self._starts.append(number)
            name = "Standard input" if path == STDIN else str(path)
            with self._open(path) as stream, self._bar(path) as advance:
                carry: list[bytes | memoryview] = []
                held = 0
                try:
                    for position, data in inflate(stream, name):
                        advance(position)
                        end = data.rfind(b"\n") + 1
                        if not end:
                            carry.append(data)
                            held += len(data)
                            if held > _LONGEST_LINE:
                                raise InputError(
                                    f"{name} has a line of more than {_LONGEST_LINE >> 20} MB.",
                                    hint="Expected: one entity a line.",
                                )
                            continue
                        view = memoryview(data)
                        whole = b"".join((*carry, view[:end]))
                        carry, held = [view[end:]], len(data) - end
                        yield Block(number, whole)
                        number += line_ends(whole, 0, len(whole))
                except InputError as error:
                    error.message += f" {number - self._starts[-1]:,} lines were whole."
                    raise
                last = b"".join(carry)
                if last:
                    yield Block(number, last)
                    number += 1

    def where(self, number: int) -> str:
        """Which line of which file a number stands for: ``dump.json.gz, line 17``."""
        for path, start in reversed(list(zip(self._paths, self._starts, strict=False))):
            if number >= start:
                name = "standard input" if path == STDIN else str(path)
                return f"{name}, line {number - start + 1}"
        return f"line {number}"

    @contextmanager
    def spool(self, folder: Path) -> Iterator[None]:
        """Keep standard input in a file below ``folder``, so that it can be read again."""
        if STDIN not in self._paths:
            yield
            return
        place = self._paths.index(STDIN)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="stdin-") as copy:
            copyfileobj(self._stdin or sys.stdin.buffer, copy, 1 << 20)
            copy.flush()
            self._paths[place] = Path(copy.name)
            try:
                yield
            finally:
                self._paths[place] = STDIN

    @contextmanager
    def _open(self, path: str | Path) -> Iterator[BinaryIO]:
        if path == STDIN:
            yield self._stdin or sys.stdin.buffer
            return
        with ExitStack() as stack:
            try:
                stream = stack.enter_context(Path(path).open("rb"))
            except OSError as error:
                raise InputError(f"{path} cannot be read: {error.strerror}.") from None
            yield stream

    @contextmanager
    def _bar(self, path: str | Path) -> Iterator[Callable[[int], None]]:
        # tqdm with disable=None shows itself on a terminal only.
        size = Path(path).stat().st_size if path != STDIN else None
        with tqdm(
            total=size,
            unit="B",
            unit_scale=True,
            desc=Path(path).name if path != STDIN else "stdin",
            disable=None if self._progress else True,
        ) as bar:

            def advance(position: int) -> None:
                bar.update(position - bar.n)

            yield advance


def line_ends(data: bytes, start: int, end: int) -> int:
    """How many lines end in that part. Lines of entities are long: finding beats counting."""
    count = 0
    while (start := data.find(b"\n", start, end) + 1) > 0:
        count += 1
    return count


def read_entities(
    paths: Sequence[str | Path],
    *,
    on_broken: Callable[[str, str], None],
    on_other: Callable[[OtherKind], None] = lambda other: None,
    progress: bool = False,
) -> Iterator[Entity]:
    """The entities of files, fully decoded.

    A line that is no entity goes to ``on_broken`` (where it is, what is wrong) and is passed over;
    lexemes and media go to ``on_other``.

    :raises NotFound: a file is not there.
    :raises InputError: a file is damaged or not complete.
    """
    dump = Dump(paths, progress=progress)
    for number, line in dump:
        try:
            entity = parse_entity(line)
        except InputError as error:
            on_broken(dump.where(number), error.message)
            continue
        if isinstance(entity, OtherKind):
            on_other(entity)
        else:
            yield entity
