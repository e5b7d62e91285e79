"""NumPy's own files, opened by one thread at a time.

NumPy reads their headers with Python's parser, which in Python 3.11 can fail where threads parse at
once: “AST constructor recursion depth mismatch”.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

_parsing = Lock()


def stored(path: Path, *, mapped: bool = False) -> npt.NDArray[Any]:
    """The array in an ``.npy`` file; ``mapped`` into memory, or read.

    :raises OSError: there is no such file.
    """
    with _parsing:
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None)
    return array
