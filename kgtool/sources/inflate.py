"""Compressed files as a stream of plain blocks; what kind it is, the first bytes tell."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol, cast

from isal import isal_zlib
from isal.igzip_lib import IsalError
from zstandard import ZstdDecompressor, ZstdError

from kgtool.errors import InputError

_READ = 1 << 20
# isal's type hints call its error class an instance.
_DAMAGED = (OSError, EOFError, zlib.error, cast(type[Exception], IsalError), ZstdError)


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def kind_of(start: bytes) -> str:
    """``gz``, ``bz2``, ``zst`` or ``plain``, from the first four bytes of a file."""
    if start.startswith(b"\x1f\x8b"):
        return "gz"
    if start.startswith(b"BZh"):
        return "bz2"
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        return "zst"
    return "plain"


def inflate(stream: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Blocks of a file, inflated: (bytes of the file read so far, plain bytes).

    Files of several members, as parallel compressors write them, are read to their end.

    :raises InputError: the file is damaged or ends too early; says at which byte.
    """
    data = stream.read(_READ)
    kind = kind_of(data)
    position = len(data)
    if kind == "plain":
        while data:
            yield position, data
            data = stream.read(_READ)
            position += len(data)
        return
    inflater = _new(kind)
    fed = False
    try:
        while data:
            while data:
                if inflater.eof:
                    # Zeros after the last member are padding, as on tapes.
                    data = data.lstrip(b"\0") if kind == "gz" else data
                    if not data:
                        break
                    inflater = _new(kind)
                plain = inflater.decompress(data)
                fed = True
                data = inflater.unused_data if inflater.eof else b""
                if plain:
                    yield position, plain
            data = stream.read(_READ)
            position += len(data)
    except _DAMAGED as error:
        raise InputError(
            f"{name} is damaged near byte {position:,} ({error}).",
            hint="Nothing of it was loaded. Copy or download it again.",
        ) from None
    if fed and not inflater.eof:
        raise InputError(
            f"{name} ends too early, at byte {position:,}: it is not complete.",
            hint="Nothing of it was loaded. Copy or download it again.",
        )


def _new(kind: str) -> _Inflater:
    if kind == "gz":
        inflater: _Inflater = isal_zlib.decompressobj(wbits=31)
        return inflater
    return bz2.BZ2Decompressor() if kind == "bz2" else ZstdDecompressor().decompressobj()
