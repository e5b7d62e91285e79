"""Records on their way into a segment: on disk, those of one id merged, in the order of ids."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import BinaryIO, NamedTuple

import msgspec
import numpy as np

from kgtool.views.names.arrays import Array
from kgtool.views.names.record import NameRecord, merge

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NameRecord).decode


class Places(NamedTuple):
    """Where each record lies in a spool, in the order of ids."""

    ids: list[str]
    starts: Array
    lengths: Array


def spool_records(
    records: Iterable[NameRecord], spool: BinaryIO, progress: Callable[[int], None]
) -> Places:
    """Each record once in *spool*."""
    numbers: dict[str, int] = {}
    starts, lengths = array("Q"), array("I")
    end = count = 0
    for count, record in enumerate(records, 1):
        number = numbers.get(record.id)
        if number is None:
            number = numbers[record.id] = len(starts)
            starts.append(0)
            lengths.append(0)
        else:
            spool.seek(starts[number])
            record = merge(_decode(spool.read(lengths[number])), record)
            spool.seek(end)
        data = _encode(record)
        spool.write(data)
        starts[number], lengths[number] = end, len(data)
        end += len(data)
        if count % 10_000 == 0:
            progress(count)
    progress(count)
    ids = sorted(numbers, key=lambda id: (len(id), id))
    order = np.fromiter((numbers[id] for id in ids), np.int64, len(ids))
    return Places(ids, np.asarray(starts)[order], np.asarray(lengths)[order].astype(np.int64))
