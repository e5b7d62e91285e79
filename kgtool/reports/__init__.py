"""Month reports, tables for wiki pages, charts."""
