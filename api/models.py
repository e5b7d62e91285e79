"""What the models of several routes have in common. Each model stands beside its route."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

Version = Annotated[
    int | None,
    Field(
        ge=1,
        le=2**31 - 1,
        description="that of the record on which this is decided: if it has another by now, the "
        "answer is 409",
    ),
]


class Page(BaseModel):
    """One page of a list; ``next`` is the token for ``after`` of the next one."""

    next: str | None = Field(None, description="give it as `after` for the next page")
