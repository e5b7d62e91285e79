"""The registry and the journal in a database."""
