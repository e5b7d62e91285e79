"""The labels view: every item's labels, found by item in memory-mapped files.

``texts.bin`` holds the labels one after the other, as they lie in the columns; ``ends`` says where
each ends, ``languages`` which language it is in. The labels of an item lie together in *runs*
(one, unless the item was spread over the columns), which ``runs`` lists by item.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from kgtool.views.classes import ranges
from kgtool.views.generation import Generation
from kgtool.views.tables import connect

_BATCH = 1 << 17


class LabelsView:
    """Builds the labels of each generation."""

    name = "labels"

    def build(
        self, generation: Generation, previous: Generation | None = None, change: object = None
    ) -> None:
        """Write ``labels/``, batch by batch: memory does not grow with the number of items."""
        folder = generation.path / self.name
        folder.mkdir()
        codes: dict[str, int] = {}
        starts: list[np.typing.NDArray[np.uint64]] = []
        items: list[np.typing.NDArray[np.uint32]] = []
        rows, end = 0, 0
        with (
            connect(generation) as tables,
            (folder / "texts.bin").open("wb") as texts,
            (folder / "ends.u8").open("wb") as ends,
            (folder / "languages.u2").open("wb") as languages,
        ):
            batches = tables.sql(
                "SELECT item, language::VARCHAR AS language, text FROM terms WHERE kind = 'L'"
            ).to_arrow_reader(_BATCH)
            for batch in batches:
                item = batch.column("item").to_numpy()
                if not len(item):
                    continue
                text = batch.column("text").cast(pa.large_binary())
                offsets = np.frombuffer(text.buffers()[1], np.int64)[text.offset :][: len(item) + 1]
                texts.write(memoryview(text.buffers()[2])[offsets[0] : offsets[-1]])
                ends.write((offsets[1:] - offsets[0] + end).astype(np.uint64).tobytes())
                end += int(offsets[-1] - offsets[0])
                words = batch.column("language").dictionary_encode()
                spelled: list[str] = words.dictionary.to_pylist()
                known = [codes.setdefault(word, len(codes)) for word in spelled]
                spoken = np.array(known, dtype=np.uint16)[words.indices.to_numpy()]
                languages.write(spoken.tobytes())
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

    def __init__(self, folder: Path) -> None:
        self._texts = _mapped(folder / "texts.bin", np.uint8)
        self._ends = _mapped(folder / "ends.u8", np.uint64)
        self._languages = _mapped(folder / "languages.u2", np.uint16)
        self._items = np.asarray(np.load(folder / "items.npy", mmap_mode="r"))
        self._runs = np.asarray(np.load(folder / "runs.npy", mmap_mode="r"))
        self._codes: list[str] = json.loads((folder / "languages.json").read_text())

    @classmethod
    def open(cls, generation: Generation) -> Labels:
        """The labels of a generation; :meth:`Snapshot.once` keeps them open."""
        return cls(generation.path / LabelsView.name)

    def of(self, items: Sequence[int], languages: Iterable[str]) -> list[str]:
        """The label of each item in the first of the languages that it has one in.

        An item without a label in any of them has one in another language, or else its id.
        """
        return [text for text, _ in self.spoken(items, languages)]

    def spoken(self, items: Sequence[int], languages: Iterable[str]) -> list[tuple[str, str]]:
        """The same labels, each with its language; that of an id is ``""``."""
        numbers = np.asarray(items, dtype=np.int64)
        wanted = np.where(numbers < 2**32, numbers, 0).astype(np.uint32)  # none is called Q0
        known = {code: number for number, code in enumerate(self._codes)}
        chain = list(languages)
        ranks = np.arange(len(self._codes)) + len(chain)
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
        labels = [(f"Q{item}", "") for item in numbers.tolist()]
        starts = np.where(chosen > 0, self._ends[chosen - 1], np.uint64(0)).tolist()
        found = zip(
            here.tolist(),
            starts,
            self._ends[chosen].tolist(),
            self._languages[chosen].tolist(),
            strict=True,
        )
        for at, start, stop, code in found:
            labels[at] = self._texts[start:stop].tobytes().decode(), self._codes[code]
        return labels


def _mapped(path: Path, kind: type[np.generic]) -> np.typing.NDArray[np.generic]:
    if not path.stat().st_size:
        return np.zeros(0, kind)
    return np.asarray(np.memmap(path, dtype=kind, mode="r"))
