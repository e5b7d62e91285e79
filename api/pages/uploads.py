"""Tables that people send → rows, within limits: a small file can unpack to a very large one."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zipfile
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

from fastapi import UploadFile

from kgtool.drafts import Mapping, Row, read_table
from kgtool.errors import InputError, TooLarge, UsageError
from kgtool.messages.words import Words

MOST_ROWS = 50_000
_MOST_BYTES = 100_000_000  # unpacked
_MOST_TEXT = 5_000_000  # of tables that are read whole


def rows_of(sent: UploadFile) -> list[Row]:
    """The rows of a table; what it is shows in its name, as :func:`read_table` says.

    :raises UsageError: there is no file, or its name does not say what it is.
    :raises InputError: it is broken.
    :raises TooLarge: it has more rows, or unpacks to more, than may be.
    """
    name = PurePosixPath((sent.filename or "").replace("\\", "/")).name
    if not name:
        raise UsageError(Words("error-no-file"), hint=Words("error-choose-table"))
    packed = name.lower().endswith(".gz")
    suffix = Path(name[:-3] if packed else name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="kgtool-table-") as folder:
        path = Path(folder) / f"table{suffix}"  # the sender's name is never one of ours
        with path.open("wb") as file:
            _unpack(sent.file, file, name, packed=packed)
        if suffix in (".xlsx", ".xlsm"):
            _check_archive(path, name)
        rows = list(islice(read_table(path), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise TooLarge(
            Words("error-table-rows", (name, MOST_ROWS)),
            hint=Words("error-split"),
            operator=Words("operator-plan-command", ("kgtool draft plan",)),
        )
    if not rows:
        raise InputError(Words("error-table-empty", (name,)))
    return rows


def uploaded_text(sent: UploadFile) -> str:
    """The text of a small table.

    :raises InputError: it is not UTF-8.
    :raises TooLarge: it is larger than may be.
    """
    content = sent.file.read(_MOST_TEXT + 1)
    if len(content) > _MOST_TEXT:
        raise TooLarge(
            Words("error-file-large", (str(sent.filename), str(_MOST_TEXT // 1_000_000)))
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Words("error-not-utf8", (str(sent.filename),)), hint=Words("error-save-utf8")
        ) from error


def lookups_of(mapping: Mapping, sent: list[UploadFile]) -> dict[str, dict[str, str]]:
    """The second tables that a mapping names, from the files sent with it; no other is read.

    :raises UsageError: one is missing.
    """
    by_name = {one.filename: one for one in sent if one.filename}
    found = {}
    for name, rule in mapping.lookups.items():
        if rule.file not in by_name:
            raise UsageError(
                Words("error-second-table", (rule.file,)),
                hint=Words("error-choose-second"),
            )
        rows = rows_of(by_name[rule.file])
        found[name] = {row.text(rule.key): row.text(rule.value) for row in rows}
    return found


def text_of_upload(sent: UploadFile, most: int) -> str:
    """A small text file.

    :raises TooLarge, InputError: it has more bytes than ``most``, or is not UTF-8.
    """
    content = sent.file.read(most + 1)
    if len(content) > most:
        raise TooLarge(Words("error-file-large", (str(sent.filename), f"{most / 1e6:g}")))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(Words("error-not-utf8", (str(sent.filename),))) from error


def _unpack(source: IO[bytes], to: IO[bytes], name: str, *, packed: bool) -> None:
    if not packed:
        shutil.copyfileobj(source, to)  # the service bounds what is sent
        return
    written = 0
    try:
        with gzip.open(source) as unpacked:
            while block := unpacked.read(1 << 20):
                written += len(block)
                _check_size(written, name)
                to.write(block)
    except (OSError, EOFError) as error:
        raise InputError(Words("error-unpack", (name, str(error)))) from None


def _check_archive(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(sum(part.file_size for part in archive.infolist()), name)
    except zipfile.BadZipFile as error:
        raise InputError(Words("error-not-excel", (name, str(error)))) from None


def _check_size(size: int, name: str) -> None:
    if size > _MOST_BYTES:
        raise TooLarge(Words("error-unpacks-large", (name, f"{_MOST_BYTES / 1e6:g}")))
