"""Questions to a served kgtool in each dialect; every answer is held against its schema."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft7Validator
from starlette.testclient import TestClient

from tests.reconcile.schemas import NEW, OLD, Schema

NIGHT_WATCH, RIJKSMUSEUM, LOUVRE = "Q219831", "Q190804", "Q19675"
PAINTING, MUSEUM = "Q3305213", "Q33506"


def valid(schema: Schema, content: Any) -> Any:
    Draft7Validator.check_schema(schema)
    errors = [error.message for error in Draft7Validator(schema).iter_errors(content)]
    assert errors == []
    return content


def old(service: TestClient, queries: Any, root: str = "/reconcile") -> dict[str, Any]:
    answer = service.post(root, data={"queries": json.dumps(queries)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = valid(OLD["results"], answer.json())
    return found


def new(service: TestClient, *queries: Any) -> list[dict[str, Any]]:
    answer = service.post("/reconcile/v1/match", json={"queries": list(queries)})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = valid(NEW["results"], answer.json())["results"]
    assert len(found) == len(queries)
    return found


def condition(kind: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"matchType": kind, "propertyValue": value, **more}


def extended(service: TestClient, ids: list[str], *properties: Any) -> dict[str, Any]:
    wanted = [{"id": p} if isinstance(p, str) else p for p in properties]
    request = json.dumps({"ids": ids, "properties": wanted})
    answer = service.post("/reconcile/en", data={"extend": request})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = valid(OLD["extend"], answer.json())
    return found
