"""What was worked out for one generation and may be asked for again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa

T = TypeVar("T")


class Memory:
    """Keeps what was used last, up to some bytes; safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._known: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, asked only if it is not among what is kept."""
        with self._guard:
            if key in self._known:
                self._known.move_to_end(key)
                found: T = self._known[key][0]  # type: ignore[assignment]  # as it was put in
                return found
        made = make()
        size = _bytes(made)
        with self._guard:
            if key in self._known:
                self._bytes -= self._known.pop(key)[1]
            self._known[key] = made, size
            self._bytes += size
            while self._bytes > self._most and len(self._known) > 1:
                self._bytes -= self._known.popitem(last=False)[1][1]
        return made


def _bytes(value: object) -> int:
    """About how much memory it takes; a word for what is not made of arrays, texts and lists."""
    if isinstance(value, np.ndarray | pa.Array):
        return value.nbytes
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_bytes, value.values())) + 64 * len(value)
    if isinstance(value, list | tuple):
        return sum(map(_bytes, value)) + 8 * len(value)
    if is_dataclass(value):
        return sum(_bytes(getattr(value, one.name)) for one in fields(value))
    return 8
