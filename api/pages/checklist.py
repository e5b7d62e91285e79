"""The committee's checklist as a form has it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kgtool.partners import ASPECTS, RequestCheck


class Checklist(Struct, frozen=True):
    """What the committee finds on each aspect: verdict and note, parted by a line's end."""

    technical: str = "\n"
    legal_ethical: str = "\n"
    risk: str = "\n"
    sustainability: str = "\n"

    @classmethod
    def of(cls, checks: Iterable[RequestCheck]) -> Checklist:
        """From findings on some of the aspects."""
        return cls(
            **{
                one.aspect.replace("-", "_"): f"{one.verdict}\n{' '.join(one.note.split())}"
                for one in checks
            }
        )

    def found(self) -> list[RequestCheck]:
        """The findings, on all aspects."""
        return [RequestCheck(aspect, *self.at(aspect)) for aspect in ASPECTS]

    def at(self, aspect: str) -> tuple[str, str]:
        """Verdict and note on one aspect."""
        verdict, _, note = getattr(self, aspect.replace("-", "_")).partition("\n")
        return verdict, note
