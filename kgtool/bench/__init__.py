"""Benchmarks: the same questions to kgtool and to its peers, side by side in one run."""
