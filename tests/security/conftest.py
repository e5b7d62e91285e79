"""The service over an empty workspace; see ``tests/api/conftest.py``."""

from tests.api.conftest import app, bearer, client, signed_in, token

__all__ = ["app", "bearer", "client", "signed_in", "token"]
