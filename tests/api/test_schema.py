"""The OpenAPI document, thrown at the service: whatever is sent, nothing of ours fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from kgtool.api.limits import Limits
from kgtool.service.tally import Tally

PARTS = ("partners", "requests", "claims", "selections", "coverage", "queries", "jobs")


@pytest.mark.parametrize("part", PARTS)
def test_nothing_that_is_sent_makes_it_fail(
    app: FastAPI, bearer: Callable[..., dict[str, str]], part: str
) -> None:
    app.state.limits = Limits(0, Tally(None))
    headers = bearer("admin")
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = described.include(path_regex=f"^/api/v1/{part}").get_all_operations()
    tried = 0
    for found in operations:
        assert isinstance(found, Ok)
        operation = found.ok()
        tried += 1

        @settings(
            max_examples=12,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def throw(case: schemathesis.Case[Any]) -> None:
            answer = case.call(headers=headers)
            kind = answer.headers.get("content-type", [""])[0]
            if answer.status_code == 503:  # this workspace is empty, and coverage says so
                assert kind == "application/problem+json"
                return
            assert answer.status_code < 500, (case.method, case.formatted_path, answer.text)
            if answer.status_code >= 400:
                assert kind == "application/problem+json", (case.formatted_path, kind)

        throw()
    assert tried
