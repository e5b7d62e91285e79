"""Forms over records that somebody else may change meanwhile: nothing is overwritten unseen.

A form brings back the version that it was made from, and marks of the values that it showed. Where
the record has another version by now, nothing is kept: the form is shown again with what was typed,
what was left alone as it is kept now, and both values of each field in which they differ.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from fastapi import Form
from msgspec import Struct

Version: TypeAlias = Annotated[int, Form(ge=1, le=2**31 - 1)]
Marks: TypeAlias = Annotated[str, Form(max_length=500)]
F = TypeVar("F", bound=Struct)


class Difference(Struct, frozen=True):
    """A field of which one value is kept and another was typed."""

    field: str
    kept: Any
    typed: Any


class Filled(Struct, Generic[F], frozen=True):
    """A form's values with what it must bring back, and where they differ from what is kept."""

    values: F
    version: int
    marks: str
    differences: list[Difference] = []

    @classmethod
    def fresh(cls, kept: F, version: int) -> Filled[F]:
        """A form that shows what is kept."""
        return cls(kept, version, " ".join(map(_mark, _values(kept))))

    @classmethod
    def again(cls, kept: F, version: int, typed: F, marks: str) -> Filled[F]:
        """The form of somebody whose *typed* values meet another version than they had seen.

        *marks* are those of the values that they were shown.
        """
        shown = marks.split(" ")
        ours = _values(kept)
        theirs = [
            our if _mark(their) == mark else their
            for our, their, mark in zip(
                ours, _values(typed), shown + [""] * len(ours), strict=False
            )
        ]
        found = [
            Difference(name, our, their)
            for name, our, their in zip(kept.__struct_fields__, ours, theirs, strict=True)
            if _mark(our) != _mark(their)
        ]
        return cls(type(kept)(*theirs), version, cls.fresh(kept, version).marks, found)


def _values(form: Struct) -> list[Any]:
    return [getattr(form, name) for name in form.__struct_fields__]


def _mark(value: Any) -> str:
    """Browsers send the ends of lines as they like, and spaces at the end mean nothing."""
    plain = "\n".join(value.split("\r\n")).strip() if isinstance(value, str) else sorted(value)
    return sha256(repr(plain).encode("utf-8", "replace")).hexdigest()[:16]
