"""Kinds of columns that the tables have in common."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, String, TypeDecorator
from sqlalchemy.dialects.mysql import DATETIME, LONGBLOB


class Moment(TypeDecorator[datetime.datetime]):
    """A point in time: aware and in UTC outside, without zone in the database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        # MariaDB drops fractions of seconds unless it is asked to keep them.
        kind = DATETIME(fsp=6) if dialect.name in ("mysql", "mariadb") else DateTime()
        return dialect.type_descriptor(kind)

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        return None if value is None else value.astimezone(datetime.UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        return None if value is None else value.replace(tzinfo=datetime.UTC)


QID = String(16)
NAME = String(120)
WORD = String(40)
SEALED = LargeBinary  # bytes that only KGTOOL_DATA_KEY opens
BLOB = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")
