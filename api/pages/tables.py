"""Tables that go out as CSV, piece by piece."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from fastapi.responses import StreamingResponse

from kgtool.partners.table import harmless


def csv_answer(
    columns: tuple[str, ...], rows: Iterator[tuple[object, ...]], filename: str
) -> StreamingResponse:
    """Rows under *columns*, as a file to keep; no cell is a formula."""

    def lines() -> Iterator[str]:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(columns)
        for number, row in enumerate(rows):
            writer.writerow(harmless(cell) if isinstance(cell, str) else cell for cell in row)
            if number % 500 == 499:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
        yield out.getvalue()

    return StreamingResponse(
        lines(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
