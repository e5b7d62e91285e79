"""Which entity is meant: retrieval, scoring, explanation."""
