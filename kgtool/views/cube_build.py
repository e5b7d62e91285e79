"""Columns → cube: sorts items into segments and writes planes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np

from kgtool.entities.profile import Profile
from kgtool.views import membership
from kgtool.views.classes import Classes, Numbers
from kgtool.views.cube import NO_TYPE, UNKNOWN_TYPE, Answer, Cube, Places
from kgtool.views.generation import Generation
from kgtool.views.tables import connect

# Answers every measure that is to be kept ready, by its name.
Evaluate = Callable[[duckdb.DuckDBPyConnection, Classes], Iterable[tuple[str, Answer]]]


class CubeView:
    """Builds the cube of each generation."""

    name = "cube"
    needs: tuple[str, ...] = ("classes",)

    def __init__(self, profile: Profile, evaluate: Evaluate) -> None:
        self._profile = profile
        self._evaluate = evaluate

    def space(self, size: int) -> float:
        """About how many bytes it takes on disk for ``size`` bytes of entity JSON."""
        return 0.01 * size

    def build(
        self, generation: Generation, previous: Generation | None = None, change: object = None
    ) -> None:
        """Write ``cube/``: places, segments, sets and planes."""
        folder = generation.path / self.name
        folder.mkdir()
        with connect(generation) as tables:
            _write_places(folder, tables, self._profile)
            _write_planes(folder, self._evaluate(tables, Classes.open(generation)))


def _write_places(folder: Path, tables: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    items = np.asarray(
        tables.execute("SELECT DISTINCT item FROM items ORDER BY item").fetchnumpy()["item"],
        dtype=np.uint32,
    )
    held = membership.standing(tables, profile, profile.properties.collection)
    collection_of, collection_sets = _grouped(items, held.item, held.value, ())
    typed = _types(tables, profile)
    type_of, type_sets = _grouped(items, typed.item, typed.value, (NO_TYPE,))
    signature = collection_of * len(type_sets) + type_of
    order = np.argsort(signature, kind="stable")  # items are sorted, and stay so in a segment
    found, first, sizes = np.unique(signature[order], return_index=True, return_counts=True)
    widths = -(-sizes // 8)
    starts = np.cumsum(widths) - widths
    places = np.repeat(starts * 8 - first, sizes) + np.arange(len(items))
    by_place = np.zeros(int(widths.sum()) * 8, dtype=np.uint32)
    by_place[places] = items[order]
    place_of = np.zeros(len(items), dtype=np.uint32)
    place_of[order] = places
    np.save(folder / "items.npy", by_place)
    np.save(folder / "sorted.npy", items)
    np.save(folder / "places.npy", place_of)
    segments = [starts, sizes, found // len(type_sets), found % len(type_sets)]
    np.save(folder / "segments.npy", np.stack(segments).astype(np.uint32))
    _write_sets(folder, "collections", collection_sets)
    _write_sets(folder, "types", type_sets)
    above = membership.collections_above(tables, profile, np.unique(held.value))
    known = sorted(above)
    np.save(folder / "known.npy", np.array(known, dtype=np.uint32))
    _write_sets(folder, "above", [tuple(sorted(above[one])) for one in known])


def _write_planes(folder: Path, answers: Iterable[tuple[str, Answer]]) -> None:
    """Write the planes of measures in each scope; equal planes are written once."""
    cube = Cube(folder)
    kept: dict[str, list[int]] = {}
    rows: dict[bytes, int] = {}
    raw = folder / "planes.raw"
    with raw.open("wb") as file:
        for name, answer in answers:
            for scope, planes in cube.states(answer).items():
                numbers = kept[f"{name} {scope}"] = []
                for bits in planes:
                    if bits is None or not bits.any():
                        numbers.append(-1)
                        continue
                    plane = bits.tobytes()
                    digest = sha256(plane).digest()
                    if digest not in rows:
                        rows[digest] = len(rows)
                        file.write(plane)
                    numbers.append(rows[digest])
    _as_npy(raw, folder / "planes.npy", len(rows), cube.width)
    (folder / "planes.json").write_text(json.dumps(kept))


def _write_sets(folder: Path, name: str, sets: list[tuple[int, ...]]) -> None:
    lengths = np.fromiter(map(len, sets), np.int64, len(sets))
    np.save(folder / f"{name}_offsets.npy", np.concatenate([[0], np.cumsum(lengths)]))
    members = np.fromiter((n for one in sets for n in one), np.uint32, int(lengths.sum()))
    np.save(folder / f"{name}_values.npy", members)


def _types(tables: duckdb.DuckDBPyConnection, profile: Profile) -> membership.Pairs:
    found = tables.execute(
        """SELECT DISTINCT item, coalesce(value_item, $unknown)::UINTEGER AS value FROM claims
           WHERE property = $property AND truthy AND (kind = 1 OR value_item IS NOT NULL)
           ORDER BY ALL""",
        {
            "unknown": UNKNOWN_TYPE,
            "property": membership.number(profile.properties.instance_of),
        },
    ).fetchnumpy()
    return membership.Pairs(
        np.asarray(found["item"], dtype=np.uint32), np.asarray(found["value"], dtype=np.uint32)
    )


def _grouped(
    items: Numbers, of: Numbers, values: Numbers, otherwise: tuple[int, ...]
) -> tuple[Places, list[tuple[int, ...]]]:
    """Each item's set of values as a number, and the sets that the numbers stand for.

    ``of`` and ``values`` are pairs sorted by both; an item without any has the set ``otherwise``.
    Sets are numbered in their own order, so that those that begin alike lie side by side.
    """
    first = np.searchsorted(of, items, side="left")
    counts = np.searchsorted(of, items, side="right") - first
    single, several = counts == 1, np.flatnonzero(counts > 1)
    tuples = [
        tuple(values[at : at + count].tolist())
        for at, count in zip(first[several].tolist(), counts[several].tolist(), strict=True)
    ]
    alone = values[first[single]]
    known = {otherwise, *tuples, *((value,) for value in np.unique(alone).tolist())}
    sets = sorted(known)
    number = {one: at for at, one in enumerate(sets)}
    numbers = np.full(len(items), number[otherwise], dtype=np.int64)
    lone, inverse = np.unique(alone, return_inverse=True)
    of_lone = np.fromiter((number[(value,)] for value in lone.tolist()), np.int64, len(lone))
    if len(lone):
        numbers[single] = of_lone[inverse]
    numbers[several] = np.fromiter((number[one] for one in tuples), np.int64, len(tuples))
    return numbers, sets


def _as_npy(raw: Path, target: Path, rows: int, width: int) -> None:
    """Put the head of an array file before bytes that were written row by row."""
    with target.open("wb") as file, raw.open("rb") as data:
        np.lib.format.write_array_header_2_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (rows, width)}
        )
        while block := data.read(1 << 22):
            file.write(block)
    raw.unlink()
