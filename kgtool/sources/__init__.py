"""Everything that reads from outside: dump files, wikis, SPARQL endpoints."""
