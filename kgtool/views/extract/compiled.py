"""Functions that are compiled to machine code when they are first called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

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


def _eight_bytes(_: Any, data: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        return builder.load(builder.bitcast(place, cgutils.intp_t.as_pointer()), align=1)

    return types.uint64(data, types.int64), generate


def _zeros_below(_: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.true_bit)

    return types.int64(types.uint64), generate


# Bytes ``at`` to ``at + 7``, which must be there, as one number, the first byte the lowest.
eight_bytes: Any = intrinsic(_eight_bytes)
# How many bits of a number, which is not 0, are 0 below its lowest one.
zeros_below: Any = intrinsic(_zeros_below)
