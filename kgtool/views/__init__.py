"""The same entities in shapes that answer fast: rebuilt or patched, published as generations."""
