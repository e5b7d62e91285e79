"""Web addresses: what belongs to one website, however it is written."""

from __future__ import annotations

from urllib.parse import urlsplit

# A first part of a path that is no more than a language: /en, /sv-se, /de_DE.
_LANGUAGE_PART = 5


def bare_address(address: str) -> str:
    """Host and path, without scheme and ``www.``; ``""`` if there is no host."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return f"{host}{parts.path}" if host else ""


def site_of(address: str) -> str:
    """The beginning that all addresses of a website share.

    The whole host, if nothing but a language follows; else with the path, since many a small
    institution lives below somebody else's host.
    """
    host, _, path = bare_address(address).partition("/")
    path = path.strip("/")
    return host if len(path) <= _LANGUAGE_PART and "/" not in path else f"{host}/{path}"
