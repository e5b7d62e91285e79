"""Functions that are compiled to machine code when they are first called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

_F = TypeVar("_F", bound=Callable[..., Any])
_njit: Any = njit
# Without counting references to arrays at each call; such functions cannot make any.
_OPTIONS = {"nogil": True, "_nrt": False}


def compiled(function: _F) -> _F:
    """Compile with Numba; what was compiled is kept on disk for the next process.

    Where nothing can be written beside the source or in the user's cache, it is compiled anew in
    each process.
    """
    try:
        made: _F = _njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # Numba found no folder for its cache
        made = _njit(**_OPTIONS)(function)
    return made
