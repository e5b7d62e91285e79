"""The Reconciliation Service API over HTTP: 0.1 and 0.2 at the root, 1.0-draft below ``v1``."""

from .addresses import router

__all__ = ["router"]
