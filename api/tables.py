"""Tables that go out as CSV, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fastapi.responses import StreamingResponse

from kgtool.spreadsheet import csv_pieces


def csv_answer(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    filename: str = "",
    headers: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """Rows under *columns*; with a *filename*, as a file to keep."""
    kept = {"Content-Disposition": f'attachment; filename="{filename}"'} if filename else {}
    return StreamingResponse(
        csv_pieces(columns, rows),
        media_type="text/csv; charset=utf-8",
        headers={**kept, **(headers or {})},
    )
