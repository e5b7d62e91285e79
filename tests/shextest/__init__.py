"""Validation manifests in the form of the public ShEx suite (github.com/shexSpec/shexTest)."""
