"""The cube, the classes and the labels: what lies where."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kgtool.views.classes import Classes
from kgtool.views.cube import STATES, Cube
from kgtool.views.labels import Labels
from tests.builders import item, statement
from tests.coverage.worlds import World

MUSEUM, PART, OTHER = "Q190804", "Q900000001", "Q900000002"
_quick = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
_ids = st.integers(910_000_000, 910_000_400)


def opened(world: World) -> Cube:
    return Cube.open(world.snapshots.current().generation)


@_quick
@given(
    st.dictionaries(
        _ids,
        st.tuples(
            st.lists(st.sampled_from([MUSEUM, PART, OTHER]), max_size=3, unique=True),
            st.lists(st.sampled_from(["Q3305213", "Q87167"]), max_size=2, unique=True),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_item_stands_once_in_the_segment_of_its_signature(
    works: dict[int, tuple[list[str], list[str]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        entities = [
            item(f"Q{number}", P195=collections, P31=types)
            for number, (collections, types) in works.items()
        ]
        world = World(Path(folder), [*entities, item(PART, P361=MUSEUM)])
        cube = opened(world)
        numbers = np.array(sorted([*works, int(PART[1:])]), dtype=np.uint32)
        assert np.array_equal(np.sort(cube.items[cube.items > 0]), numbers)
        assert np.array_equal(cube.items[cube.places(numbers)], numbers)
        assert int(np.bitwise_count(cube.present).sum()) == len(numbers) == cube.sizes.sum()
        for number, (collections, types) in works.items():
            place = int(cube.places(np.array([number], dtype=np.uint32))[0])
            segment = int(cube.segment_of_byte[place >> 3])
            _, held = cube.collections.pairs(cube.collection_set[[segment]])
            _, typed = cube.types.pairs(cube.type_set[[segment]])
            assert {f"Q{one}" for one in held} == set(collections)
            assert {f"Q{one}" for one in typed if one} == set(types)
        for collection, parts in ((MUSEUM, {MUSEUM, PART}), (PART, {PART}), (OTHER, {OTHER})):
            plane = cube.of_segments(cube.nodes.chosen([int(collection[1:])]))
            members = cube.items[np.flatnonzero(np.unpackbits(plane, bitorder="little"))]
            expected = {number for number, (held_by, _) in works.items() if parts & set(held_by)}
            assert set(members.tolist()) == expected


def test_equal_planes_are_kept_once_and_empty_ones_not_at_all(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [item("Q910000001", statement("P170", kind="somevalue"), P18="1.jpg", P217="A")],
        ["P18", "P217", "P170", "P571"],
    )
    cube = opened(world)
    planes = np.load(world.snapshots.current().generation.path / "cube" / "planes.npy")
    assert len(planes) == 1
    by_state = dict(zip(STATES, cube.planes("P170 truthy") or [], strict=True))
    assert by_state["unknown_value"] is not None
    assert by_state["have"] is None
    assert cube.planes("P571 any") == [None, None, None]
    assert cube.planes("P1 truthy") is None


def test_a_workspace_without_items_has_an_empty_cube(tmp_path: Path) -> None:
    from kgtool.entities import Property

    world = World(tmp_path, [Property("string", id="P1")], ["P18"])
    assert opened(world).width == 0
    assert opened(world).places(np.array([5], dtype=np.uint32)).tolist() == []


def test_classes_above_and_below_with_a_cycle(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        [
            item("Q910000001", P279="Q910000002"),
            item("Q910000002", P279=["Q910000003", "Q910000001"]),
            item("Q910000004", P279="Q910000003"),
        ],
    )
    classes = Classes.open(world.snapshots.current().generation)
    assert classes.below([910000003]).tolist() == [910000001, 910000002, 910000003, 910000004]
    assert classes.above([910000001]).tolist() == [910000001, 910000002, 910000003]
    assert classes.below([7]).tolist() == [7]


@_quick
@given(
    st.dictionaries(
        _ids,
        st.dictionaries(st.sampled_from(["sv", "en", "mul", "ar"]), st.text(min_size=1)),
        min_size=1,
        max_size=20,
    )
)
def test_labels_are_found_in_the_nearest_language(works: dict[int, dict[str, str]]) -> None:
    chain = ["sv", "mul", "en"]
    with tempfile.TemporaryDirectory() as folder:
        world = World(
            Path(folder), [item(f"Q{number}", labels=texts) for number, texts in works.items()]
        )
        labels = Labels.open(world.snapshots.current().generation)
        numbers = [*works, 5]
        for number, found in zip(numbers, labels.of(numbers, chain), strict=True):
            texts = works.get(number, {})
            nearest = next((texts[code] for code in chain if code in texts), None)
            assert found == (nearest or texts.get("ar") or f"Q{number}")
