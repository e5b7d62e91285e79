"""Fields that many forms have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form

Word = Annotated[str, Form(max_length=250)]
Text = Annotated[str, Form(max_length=20_000)]
