"""``python -m tests.checks.long --nodes 100000 --seed 1``: all engines on worlds made by chance."""

from __future__ import annotations

import argparse
import sys
import time

from tests.checks.compare import compare


def main() -> int:
    """Compare until so many nodes were; exit code 1 if engines differ anywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=40, help="nodes for each schema")
    given = parser.parse_args()
    nodes = schemas = compiled = columns = 0
    differences: list[str] = []
    begun = time.perf_counter()
    while nodes < given.nodes:
        outcome = compare(given.seed * 1_000_000 + schemas, given.each)
        nodes += outcome.nodes
        schemas += 1
        compiled += outcome.compiled
        columns += outcome.columns
        differences += outcome.differences
        for difference in outcome.differences[:3]:
            print(difference, flush=True)
        if len(differences) > 200:
            break
    print(
        f"{nodes:,} nodes, {schemas:,} schemas"
        f" ({compiled:,} compiled, {columns:,} over columns too),"
        f" {len(differences):,} differences, {time.perf_counter() - begun:.0f} s"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
