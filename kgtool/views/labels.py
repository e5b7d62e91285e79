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
        self._items = np.load(folder / "items.npy", mmap_mode="r")
        self._runs = np.load(folder / "runs.npy", mmap_mode="r")
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
        first = np.searchsorted(self._items, items, side="left").tolist()
        last = np.searchsorted(self._items, items, side="right").tolist()
        known = {code: number for number, code in enumerate(self._codes)}
        wanted = {
            known[one]: at for at, one in reversed(list(enumerate(languages))) if one in known
        }
        labels = []
        for item, begin, end in zip(items, first, last, strict=True):
            best, chosen = len(wanted) + 2**16, -1
            for run in range(begin, end):
                start, stop = self._runs[:, run].tolist()
                for row, code in enumerate(self._languages[start:stop].tolist(), start):
                    rank = wanted.get(code, len(wanted) + code)
                    if rank < best:
                        best, chosen = rank, row
            labels.append(
                (self._text(chosen), self._codes[int(self._languages[chosen])])
                if chosen >= 0
                else (f"Q{item}", "")
            )
        return labels

    def _text(self, row: int) -> str:
        start = int(self._ends[row - 1]) if row else 0
        return self._texts[start : int(self._ends[row])].tobytes().decode()


def _mapped(path: Path, kind: type[np.generic]) -> np.typing.NDArray[np.generic]:
    if not path.stat().st_size:
        return np.zeros(0, kind)
    return np.memmap(path, dtype=kind, mode="r")
