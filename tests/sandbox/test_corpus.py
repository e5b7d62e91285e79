"""What a real Wikibase keeps of unusual values, the sandbox keeps too, hash for hash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kgtool.api.sandbox.server import SandboxServer

from .client import Client


def _without_ids(entity: dict[str, Any]) -> dict[str, Any]:
    kept = {key: entity[key] for key in ("labels", "descriptions", "aliases", "claims")}
    return json.loads(json.dumps(kept), object_hook=_anonymous)  # type: ignore[no-any-return]  # a dict again


def _anonymous(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") == "statement":
        value.pop("id", None)
    return value


def test_entities_written_to_the_sandbox_come_back_as_the_wiki_gave_them(
    shared: Path, tmp_path: Path
) -> None:
    folder = shared / "wikibase" / "rdf"
    entities = []
    for file in sorted(folder.glob("*.json")):
        if file.name != "INDEX.json":
            raw = json.loads(file.read_text(encoding="utf-8"))
            entities += list(raw["entities"].values()) if "entities" in raw else [raw]
    properties = sorted(
        (e for e in entities if e["type"] == "property"), key=lambda e: int(e["id"][1:])
    )
    items = [e for e in entities if e["type"] == "item"]
    with (
        SandboxServer(tmp_path) as server,
        Client(server.address) as client,
    ):
        for one in properties:
            made = client.new_property(one["datatype"], one["labels"]["en"]["value"])
            assert made == one["id"]
        for number in range(1, 60):
            client.new_item(f"target {number}")
        for one in items:
            data = {key: one[key] for key in ("labels", "descriptions", "aliases", "claims")}
            for statements in data["claims"].values():
                for statement in statements:
                    statement.pop("id")
            answer = client.edit(data, new="item")
            assert "entity" in answer, (one["id"], answer)
            stored = client.entity(answer["entity"]["id"])
            assert _without_ids(stored) == _without_ids(json.loads(json.dumps(one | data)))
    assert len(items) == 36
