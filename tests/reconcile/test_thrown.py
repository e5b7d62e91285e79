"""The OpenAPI document of the reconciliation service, thrown at it: nothing of ours fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from kgtool.api.app import create_app
from kgtool.settings import Settings


def test_whatever_is_sent_is_answered(sample_home: Path) -> None:
    app = create_app(Settings(home=sample_home, requests_per_minute=0))
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    tried = 0
    for found in described.include(path_regex="^/reconcile(/v1)?(/[a-z]+)*$").get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        tried += 1

        @settings(
            max_examples=6,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def throw(case: schemathesis.Case[Any]) -> None:
            answer = case.call()
            where = (case.method, case.formatted_path, answer.text)
            assert answer.status_code < 500 or answer.status_code == 503, where
            assert answer.headers["access-control-allow-origin"] == ["*"], where

        throw()
    assert tried > 20
    app.state.kgtool.close()
