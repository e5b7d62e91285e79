"""What is said of drafts and rows, so that it can be told in any language later."""

from __future__ import annotations

from kgtool.messages.words import Param, Words


class Unreadable(ValueError):
    """A text that gives no value; ``words`` say why."""

    def __init__(self, key: str, *params: Param) -> None:
        self.words = words(key, *params)
        super().__init__(str(self.words))


def words(key: str, *params: Param) -> Words:
    """Words of the message ``finding-<key>`` with these parameters."""
    return Words(f"finding-{key}", params)
