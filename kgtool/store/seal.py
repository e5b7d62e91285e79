"""Encryption of personal fields at rest."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from kgtool.errors import UsageError, WorkspaceError
from kgtool.messages.words import Words


class Seal:
    """Closes and opens texts with ``KGTOOL_DATA_KEY``.

    The setting holds one Fernet key or several with commas between: the first closes, all open, so
    that a key can be changed without losing what an older one closed.
    """

    def __init__(self, keys: str) -> None:
        self._keys = [key.strip() for key in keys.split(",") if key.strip()]

    @staticmethod
    def new_key() -> str:
        """A new key, for ``KGTOOL_DATA_KEY``."""
        return Fernet.generate_key().decode()

    @property
    def available(self) -> bool:
        """Whether there is a key, so that personal fields can be kept."""
        return bool(self._keys)

    def close(self, text: str) -> bytes:
        """*text*, unreadable without the key.

        :raises UsageError: there is no key, so that nothing personal can be kept.
        """
        if not self._keys:
            raise UsageError(
                Words("error-addresses-key"),
                operator=Words("operator-data-key-new", ("KGTOOL_DATA_KEY", "kgtool doctor")),
            )
        return self._fernet().encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text that was closed.

        :raises WorkspaceError: none of the keys opens it.
        """
        if not self._keys:
            return ""
        try:
            return self._fernet().decrypt(sealed).decode()
        except InvalidToken:
            raise WorkspaceError(
                Words("error-closed-other-key"),
                operator=Words("operator-data-key-former", ("KGTOOL_DATA_KEY",)),
            ) from None

    def _fernet(self) -> MultiFernet:
        try:
            return MultiFernet([Fernet(key) for key in self._keys])
        except ValueError:
            raise UsageError(
                "KGTOOL_DATA_KEY is not a key.",
                operator=Words("operator-data-key-form"),
            ) from None
