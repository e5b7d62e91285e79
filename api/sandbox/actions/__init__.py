"""The modules of the Action API, one noun a file."""
