"""Limits behind a web server: it is believed about whose request it is, and nobody else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx2
import pytest

from kgtool.bench.serving import served
from tests.short import short

BURST = 20  # of the smallest limit


@pytest.mark.parametrize(
    ("trusted", "refused"),
    short(1, [("127.0.0.1", 0), ("203.0.113.1", 5)]),
    ids=["trusted", "a stranger"],
)
def test_clients_are_told_apart_by_whom_we_trust(
    tmp_path: Path, trusted: str, refused: int
) -> None:
    env = {"KGTOOL_REQUESTS_PER_MINUTE": "1", "KGTOOL_TRUSTED_PROXIES": trusted}
    with (
        served(tmp_path, env=env) as address,
        httpx2.Client(base_url=address, trust_env=False, timeout=60) as proxy,
    ):
        seen = Counter(
            proxy.get(
                "/health/live", headers={"X-Forwarded-For": f"198.51.100.{number}"}
            ).status_code
            for number in range(1, BURST + 7)
        )
    assert seen[200] + seen[429] == BURST + 6
    # The one that asked whether the service has begun counts too, where all are one.
    assert seen[429] >= refused and (refused or not seen[429])
