"""The HTTP service: pages, JSON, reconciliation, SPARQL. Imported as ``kgtool.api``."""
