"""The names view: find an entity by any of its names, identifiers and other facts."""
