"""Compressed files as a stream of plain blocks; what kind it is, the first bytes tell."""

from __future__ import annotations

from bz2 import BZ2Decompressor
from collections.abc import Iterator
from typing import BinaryIO, Protocol, cast

from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor, IsalError
from zstandard import ZstdDecompressor, ZstdError

from kgtool.errors import InputError

_READ = 1 << 17
# Small enough to stay in the processor's cache until it is searched, and for the allocator to keep.
_BLOCK = 100_000
# isal's type hints call its error class an instance.
_DAMAGED = (OSError, EOFError, cast(type[Exception], IsalError), ZstdError)


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Zstd:
    """zstandard's object in the form of the others; it gives all that its input holds."""

    needs_input = True

    def __init__(self) -> None:
        self._inner = ZstdDecompressor().decompressobj()

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(data)


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
    try:
        while data:
            plain = inflater.decompress(data, _BLOCK)
            while plain:
                yield position, plain
                plain = (
                    b""
                    if inflater.needs_input or inflater.eof
                    else inflater.decompress(b"", _BLOCK)
                )
            data = b""
            if inflater.eof:
                data = inflater.unused_data
                # Zeros after the last member are padding, as on tapes.
                data = data.lstrip(b"\0") if kind == "gz" else data
            if not data:
                data = stream.read(_READ)
                position += len(data)
            if data and inflater.eof:
                inflater = _new(kind)
    except _DAMAGED as error:
        raise InputError(
            f"{name} is damaged near byte {position:,} ({error}).",
            hint="Nothing of it was loaded. Copy or download it again.",
        ) from None
    if not inflater.eof:
        raise InputError(
            f"{name} ends too early, at byte {position:,}: it is not complete.",
            hint="Nothing of it was loaded. Copy or download it again.",
        )


def _new(kind: str) -> _Inflater:
    if kind == "gz":
        inflater: _Inflater = IgzipDecompressor(flag=DECOMP_GZIP)
        return inflater
    return BZ2Decompressor() if kind == "bz2" else _Zstd()
