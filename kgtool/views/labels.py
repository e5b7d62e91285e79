"""The labels view: every item's labels, found by item in memory-mapped files.

Each segment has a folder of its own, which goes from one generation to the next with the segment.
``texts.bin`` holds the labels one after the other, as they lie in the columns; ``ends`` says where
each ends, ``languages`` which language it is in. The labels of an item lie together in *runs*
(one, unless the item was spread over the columns), which ``runs`` lists by item.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kgtool.views.classes import Numbers, ranges
from kgtool.views.generation import Generation, link_tree
from kgtool.views.kept import PROPERTIES
from kgtool.views.stored import stored

_BATCH = 1 << 17


class LabelsView:
    """Builds the labels of each generation."""

    name = "labels"
    needs: tuple[str, ...] = ()

    def space(self, size: int) -> float:
        """About how many bytes it takes on disk for ``size`` bytes of entity JSON."""
        return 0.03 * size

    def build(
        self, generation: Generation, previous: Generation | None = None, change: object = None
    ) -> None:
        """Write ``labels/``: new segments are read, what is there of the others is linked.

        Memory does not grow with the number of items.
        """
        for segment in generation.segments:
            folder = generation.path / self.name / segment.name
            before = previous and previous.path / self.name / segment.name
            if before and before.is_dir():
                link_tree(before, folder)
            else:
                folder.mkdir(parents=True)
                _write(segment / "columns" / "terms.parquet", folder)


def _write(terms: Path, folder: Path) -> None:
    codes: dict[str, int] = {}
    starts: list[npt.NDArray[np.uint64]] = []
    items: list[Numbers] = []
    rows, end = 0, 0
    with (
        pq.ParquetFile(terms) as file,
        (folder / "texts.bin").open("wb") as texts,
        (folder / "ends.u8").open("wb") as ends,
        (folder / "languages.u2").open("wb") as languages,
    ):
        for every in file.iter_batches(_BATCH, columns=["item", "kind", "language", "text"]):
            batch = every.filter(pc.equal(every.column("kind"), "L"))
            item = batch.column("item").to_numpy()
            if not len(item):
                continue
            text = batch.column("text").cast(pa.large_binary())
            offsets = np.frombuffer(text.buffers()[1], np.int64)[text.offset :][: len(item) + 1]
            texts.write(memoryview(text.buffers()[2])[offsets[0] : offsets[-1]])
            ends.write((offsets[1:] - offsets[0] + end).astype(np.uint64).tobytes())
            end += int(offsets[-1] - offsets[0])
            words = batch.column("language")
            spelled: list[str] = words.dictionary.to_pylist()
            known = [codes.setdefault(word, len(codes)) for word in spelled]
            languages.write(np.array(known, np.uint16)[words.indices.to_numpy()].tobytes())
            first = np.flatnonzero(np.append(True, item[1:] != item[:-1]))
            starts.append((first + rows).astype(np.uint64))
            items.append(item[first])
            rows += len(item)
    run_items = np.concatenate([np.zeros(0, np.uint32), *items])
    run_starts = np.concatenate([np.zeros(0, np.uint64), *starts])
    run_ends = np.append(run_starts[1:], np.uint64(rows))[: len(run_starts)]
    order = np.argsort(run_items, kind="stable")
    np.save(folder / "items.npy", run_items[order])
    np.save(folder / "runs.npy", np.stack([run_starts[order], run_ends[order]]))
    (folder / "languages.json").write_text(json.dumps(list(codes), ensure_ascii=False))


class Labels:
    """Finds labels by the number of an item."""

    def __init__(self, generation: Generation) -> None:
        self._parts = []
        for segment in generation.segments:
            keys = generation.dead(segment)
            dead = np.zeros(0, np.uint64) if keys is None else keys
            self._parts.append(_Part(generation.path / LabelsView.name / segment.name, dead))

    @classmethod
    def open(cls, generation: Generation) -> Labels:
        """The labels of a generation; :meth:`Snapshot.once` keeps them open."""
        return cls(generation)

    def of(self, items: Sequence[int], languages: Iterable[str]) -> list[str]:
        """The label of each item in the first of the languages that it has one in.

        An item without a label in any of them has one in another language, the first by its code,
        or else its id.
        """
        return [text for text, _ in self.spoken(items, languages)]

    def spoken(self, items: Sequence[int], languages: Iterable[str]) -> list[tuple[str, str]]:
        """The same labels, each with its language; that of an id is ``""``."""
        numbers = np.asarray(items, dtype=np.int64)
        wanted = np.where(numbers < 2**32, numbers, 0).astype(np.uint32)  # none is called Q0
        chain = list(languages)
        labels = [(f"Q{item}", "") for item in numbers.tolist()]
        for part in self._parts:
            for at, text, language in part.spoken(wanted, chain):
                labels[at] = text, language
        return labels


class _Part:
    """The labels of one segment, without those of entities that later segments replaced."""

    def __init__(self, folder: Path, dead: npt.NDArray[np.uint64]) -> None:
        self._dead = dead[dead < PROPERTIES].astype(np.uint32)
        self._texts = _mapped(folder / "texts.bin", np.uint8)
        self._ends = _mapped(folder / "ends.u8", np.uint64)
        self._languages = _mapped(folder / "languages.u2", np.uint16)
        self._items = np.asarray(stored(folder / "items.npy", mapped=True))
        self._runs = np.asarray(stored(folder / "runs.npy", mapped=True))
        self._codes: list[str] = json.loads((folder / "languages.json").read_text())

    def spoken(self, wanted: Numbers, chain: Sequence[str]) -> Iterator[tuple[int, str, str]]:
        """Those of the items that have a label here: place among them, label, its language."""
        if len(self._dead):
            wanted = np.where(np.isin(wanted, self._dead), np.uint32(0), wanted)
        known = {code: number for number, code in enumerate(self._codes)}
        ranks = np.empty(len(self._codes), np.int64)
        ranks[np.argsort(np.array(self._codes))] = np.arange(len(chain), len(chain) + len(ranks))
        for rank, code in reversed(list(enumerate(chain))):
            if code in known:
                ranks[known[code]] = rank
        # Every label of all items: whose it is, in which row it stands, how welcome it is.
        first = np.searchsorted(self._items, wanted, side="left")
        last = np.searchsorted(self._items, wanted, side="right")
        begin, end = self._runs[:, ranges(first, last)].astype(np.int64)
        whose = np.repeat(np.repeat(np.arange(len(wanted)), last - first), end - begin)
        rows = ranges(begin, end)
        order = np.lexsort((ranks[self._languages[rows]], whose))
        here, best = np.unique(whose[order], return_index=True)
        chosen = rows[order[best]]
        starts = np.where(chosen > 0, self._ends[chosen - 1], np.uint64(0)).tolist()
        found = zip(
            here.tolist(),
            starts,
            self._ends[chosen].tolist(),
            self._languages[chosen].tolist(),
            strict=True,
        )
        for at, start, stop, code in found:
            yield at, self._texts[start:stop].tobytes().decode(), self._codes[code]


def _mapped(path: Path, kind: type[np.generic]) -> npt.NDArray[np.generic]:
    if not path.stat().st_size:
        return np.zeros(0, kind)
    return np.asarray(np.memmap(path, dtype=kind, mode="r"))
