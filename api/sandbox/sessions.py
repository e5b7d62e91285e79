"""Sessions and their tokens. They live in memory: a restart signs everybody out."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, field

ANONYMOUS_TOKEN = "+\\"  # noqa: S105 (the constant that MediaWiki gives to everybody)


@dataclass
class Session:
    """One cookie jar of one client; ``name`` is empty until somebody signed in.

    ``refused`` is the session of an access token that is not good: it may do nothing.
    """

    id: str
    name: str = ""
    app: str = ""
    refused: bool = False
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def token(self, kind: str, now: float) -> str:
        """A token of a kind (``csrf``, ``login``, …): 32 digits, the time, ``+\\``."""
        if not self.name and kind != "login":
            return ANONYMOUS_TOKEN
        return self._token(kind, f"{int(now):08x}")

    def _token(self, kind: str, stamp: str) -> str:
        message = f"{kind}:{stamp}:{self.name}".encode()
        return hmac.new(self.secret, message, "md5").hexdigest() + stamp + "+\\"

    def accepts(self, kind: str, token: str) -> bool:
        """Whether a token is of this session and kind."""
        if not self.name and kind != "login":
            return token == ANONYMOUS_TOKEN
        made = self._token(kind, token[32:40])
        return hmac.compare_digest(made.encode(), token.encode())

    def renew_secret(self) -> None:
        """Make every token given out so far worthless."""
        self.secret = secrets.token_bytes(16)


class Sessions:
    """All sessions of a server."""

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}
        self._lock = threading.Lock()

    def get(self, id: str | None) -> Session | None:
        """The session of a cookie, if it is still known."""
        return self._by_id.get(id or "")

    def new(self, name: str = "", app: str = "") -> Session:
        """Begin a session."""
        session = Session(secrets.token_hex(16), name, app)
        with self._lock:
            self._by_id[session.id] = session
        return session

    def of_bearer(self, token: str, name: str) -> Session:
        """The session of an OAuth 2 access token: one a token, and always the same."""
        with self._lock:
            found = self._by_id.get(f"bearer {token}")
            if found is None:
                found = self._by_id[f"bearer {token}"] = Session(f"bearer {token}", name)
        return found

    def forget(self, session: Session) -> None:
        """End a session."""
        with self._lock:
            self._by_id.pop(session.id, None)
