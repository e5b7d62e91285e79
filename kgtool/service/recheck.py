"""Recheck: rows of a worklist are read again from the wiki, and what was mended is dropped."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from kgtool.coverage.columns import Columns
from kgtool.coverage.planes import Planes
from kgtool.coverage.selection import checked_ids
from kgtool.coverage.worklist import page
from kgtool.entities import Entity, Item, to_json
from kgtool.errors import TooLarge, UsageError
from kgtool.messages.words import Words
from kgtool.service.measuring import Measuring, selected
from kgtool.sources.wikibase import BATCH, Fetched
from kgtool.store import MendedStore
from kgtool.views.classes import Classes, ClassesView, Numbers
from kgtool.views.cube import Cube
from kgtool.views.cube_build import CubeView
from kgtool.views.generation import Generation, Meta
from kgtool.views.segment import blocks_of, write_segment
from kgtool.views.snapshot import Snapshots
from kgtool.views.tables import connect


class Rechecked(Struct, frozen=True):
    """What the wiki says now: ``checked`` rows, of which some are ``mended``, ``gone`` (deleted or
    merged), or still there (``left``).
    """

    checked: int
    mended: list[str]
    gone: list[str]
    left: int


class Recheck:
    """Asks the wiki in one request, measures the answer as the workspace would, and remembers.

    The workspace itself stays as it is: the next sync brings what was read here.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        measuring: Measuring,
        read: Callable[[Sequence[str]], Fetched],
        store: Callable[[], MendedStore],
        clock: Callable[[], datetime.datetime],
        conforming: Callable[[str, str, Sequence[Entity]], Numbers],
    ) -> None:
        self._snapshots = snapshots
        self._measuring = measuring
        self._read = read
        self._store = store
        self._clock = clock
        self._conforming = conforming

    def recheck(
        self,
        selection: str,
        missing: Sequence[str],
        having: Sequence[str],
        ids: Sequence[str],
    ) -> Rechecked:
        """Read rows of a worklist again, up to 50, and drop those that do not belong any more.

        :raises TooLarge: there are more than 50.
        :raises UsageError: there are none, or nothing is to be missing.
        :raises NotFound: a measure names a shape that there is not.
        :raises RemoteError: the wiki does not answer.
        """
        wanted = checked_ids(ids)
        if not wanted:
            raise UsageError(Words("error-no-rows"))
        if len(wanted) > BATCH:
            raise TooLarge(Words("error-many-rows", (BATCH,)))
        if not missing and not having:
            raise UsageError(Words("error-nothing-missing"))
        found = self._read(wanted)
        here = {one.id: one for one in found.entities if isinstance(one, Item)}
        here = {id: one for id, one in here.items() if id in wanted}
        still = self._still(selection, missing, having, list(here.values()))
        mended = [id for id in wanted if id in here and id not in still]
        gone = [id for id in wanted if id not in here]
        condition = condition_of(missing, having)
        dropped = {id: here[id].lastrevid or 0 for id in mended} | dict.fromkeys(gone, _GONE)
        self._store().add(condition, dropped, self._clock())
        self._store().drop(condition, sorted(still))
        return Rechecked(len(wanted), mended, gone, len(still))

    def dropped(self, missing: Sequence[str], having: Sequence[str]) -> set[int]:
        """Numbers of the items that were found mended and that the workspace has as they were.

        What it has in that revision or a later one, it knows itself.
        """
        condition = condition_of(missing, having)
        marks = self._store().of(condition)
        if not marks:
            return set()
        snapshot = self._snapshots.current()
        numbers = {int(id[1:]): revision for id, revision in marks.items()}
        rows = (
            snapshot.tables()
            .execute(
                "SELECT item, coalesce(revision, 0) FROM items WHERE item IN (SELECT unnest(?))",
                [list(numbers)],
            )
            .fetchall()
        )
        standing = {item for item, revision in rows if revision < numbers[item]}
        known = [f"Q{item}" for item in numbers.keys() - standing]
        if known:
            self._store().drop(condition, known)
        return standing

    def _still(
        self,
        selection: str,
        missing: Sequence[str],
        having: Sequence[str],
        items: Sequence[Entity],
    ) -> set[str]:
        """Those of the items, as they are now, that still belong on the list."""
        snapshot, opened = self._measuring.current()
        chosen = self._measuring.find(snapshot, opened, selected(selection))
        profile = self._measuring.profile
        if not items:
            return set()
        with TemporaryDirectory(prefix="kgtool-recheck-") as folder:
            lines = enumerate((to_json(one) for one in items), start=1)
            segment = Path(folder) / "segments" / "0000"
            segment.parent.mkdir()
            write_segment(segment, profile, blocks_of(lines))
            small = Generation(Path(folder), Meta(1, ""))
            ClassesView().build(small, None, None)
            CubeView(profile, lambda tables, classes: iter(())).build(small, None, None)
            # Of the classes above them, the workspace knows more than these few items.
            classes = Classes.open(snapshot.generation)
            with connect(small) as tables:
                columns = Columns(
                    tables.cursor,
                    classes,
                    profile,
                    lambda shape, property: self._conforming(shape, property, items),
                )
                planes = Planes(Cube.open(small), columns, profile)
                bits = planes.cube.present
                for text in missing:
                    measure = self._measuring.read(text, partners=bool(chosen.partners))
                    bits = bits & planes.missing(measure, "truthy", chosen.partners)
                for text in having:
                    measure = self._measuring.read(text, partners=bool(chosen.partners))
                    bits = bits & planes.holds(measure, "truthy", chosen.partners)
                return {f"Q{number}" for number in page(planes.cube, bits, 0, None).items.tolist()}


# Later than any revision that a workspace can have of an item that is not there any more.
_GONE = 1 << 62


def condition_of(missing: Sequence[str], having: Sequence[str]) -> str:
    """What makes two worklists ask the same of an item."""
    return json.dumps([sorted(missing), sorted(having)])
