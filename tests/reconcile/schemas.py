"""JSON schemas of what the Reconciliation Service API allows, written from its specifications.

``OLD`` is 0.1 and 0.2, ``NEW`` is 1.0-draft; each maps the name of an answer to its schema. They
are stricter than the specifications where clients need it: types are lists, nothing is null.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
URL: Schema = {"type": "string", "pattern": "^https?://"}
KINDS = ("entity", "property", "type")
SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 100}


def obj(required: Schema, optional: Schema | None = None, *, closed: bool = False) -> Schema:
    made: Schema = {
        "type": "object",
        "required": sorted(required),
        "properties": required | (optional or {}),
    }
    return made | ({"additionalProperties": False} if closed else {})


def several(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def each(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


NAMED = obj({"id": TEXT, "name": {"type": "string", "minLength": 1}}, {"broader": {}})
NAMED["properties"]["broader"] = several(obj({"id": TEXT}, {"name": TEXT}))

_service = obj(
    {"service_url": URL, "service_path": TEXT},
    {
        "flyout_service_url": URL,
        "flyout_service_path": {"type": "string", "pattern": r"\$\{id\}"},
    },
)


def _setting(id: str, help: str) -> Schema:
    return obj(
        {
            id: TEXT,
            ("label" if id == "name" else "name"): TEXT,
            "type": {"enum": ["number", "text", "checkbox", "select"]},
        },
        {
            "default": {},
            help: TEXT,
            "choices": several(obj({"value": TEXT, "name": TEXT}, closed=True)),
        },
    )


_manifest = {
    "name": TEXT,
    "defaultTypes": several(NAMED),
    "documentation": URL,
    "logo": URL,
    "serviceVersion": TEXT,
    "batchSize": {"type": "integer", "minimum": 1},
}
_candidate = {
    "id": TEXT,
    "name": {"type": "string", "minLength": 1},
    "type": several(NAMED),
    "score": SCORE,
    "match": {"type": "boolean"},
    "description": TEXT,
}
_feature_value = {"type": ["number", "boolean"]}

CELL: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "id": TEXT,
        "name": TEXT,
        "description": TEXT,
        "str": TEXT,
        "int": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
        "float": {"type": "number"},
        "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"},
    },
    "oneOf": [
        {"maxProperties": 0},
        {"required": ["id", "name"]},
        *({"required": [form], "maxProperties": 1} for form in ("str", "int", "float", "date")),
    ],
}
_suggestion = obj(
    {"id": TEXT, "name": {"type": "string", "minLength": 1}},
    {
        "description": TEXT,
        "notable": several({"anyOf": [TEXT, NAMED]}),
        "broader": several(NAMED),
        "matchQualifiers": several(NAMED),
    },
)
_suggest = obj({"result": several(_suggestion)}, {"cursor": {"type": "integer", "minimum": 1}})
_propose = obj(
    {"properties": several(NAMED)}, {"type": TEXT, "limit": {"type": "integer", "minimum": 1}}
)
_meta = several(obj({"id": TEXT, "name": TEXT}, {"type": NAMED}))

OLD: dict[str, Schema] = {
    "manifest": obj(
        {
            **_manifest,
            "versions": {"type": "array", "contains": {"const": "0.2"}, "items": TEXT},
            "identifierSpace": URL,
            "schemaSpace": URL,
            "view": obj({"url": {"type": "string", "pattern": r"\{\{id\}\}"}}),
            "preview": obj(
                {
                    "url": {"type": "string", "pattern": r"\{\{id\}\}"},
                    "width": {"type": "integer"},
                    "height": {"type": "integer"},
                }
            ),
            "suggest": obj(dict.fromkeys(KINDS, _service)),
            "extend": obj(
                {
                    "propose_properties": _service,
                    "property_settings": several(_setting("name", "help_text")),
                }
            ),
            "feature_view": obj({"url": {"type": "string", "pattern": r"\{\{id\}\}"}}),
        }
    ),
    "results": each(
        {
            "oneOf": [
                obj(
                    {
                        "result": several(
                            obj(
                                {
                                    **_candidate,
                                    "features": several(
                                        obj({"id": TEXT, "value": _feature_value}, closed=True)
                                    ),
                                }
                            )
                        )
                    },
                    closed=True,
                ),
                obj({"error": TEXT}, closed=True),
            ]
        }
    ),
    "suggest": _suggest,
    "flyout": obj({"id": TEXT, "html": TEXT}),
    "propose": _propose,
    "extend": obj({"meta": _meta, "rows": each(each(several(CELL)))}, closed=True),
}

NEW: dict[str, Schema] = {
    "manifest": obj(
        {
            **_manifest,
            "versions": {"type": "array", "contains": {"const": "1.0-draft"}, "items": TEXT},
            "view": obj({"url": {"type": "string", "pattern": r"\{id\}"}}),
            "preview": obj({"width": {"type": "integer"}, "height": {"type": "integer"}}),
            "suggest": obj({kind: {"type": "boolean"} for kind in KINDS}),
            "extend": obj(
                {
                    "proposeProperties": {"type": "boolean"},
                    "propertySettings": several(_setting("id", "helpText")),
                }
            ),
            "standardizedScore": {"const": True},
        }
    ),
    "results": obj(
        {
            "results": several(
                obj(
                    {
                        "candidates": several(
                            obj(
                                {
                                    **_candidate,
                                    "features": several(
                                        obj({"id": TEXT, "name": TEXT, "value": _feature_value})
                                    ),
                                }
                            )
                        )
                    },
                    {"error": TEXT},
                    closed=True,
                )
            )
        },
        closed=True,
    ),
    "suggest": _suggest,
    "propose": _propose,
    "extend": obj(
        {
            "meta": _meta,
            "rows": several(
                obj(
                    {
                        "id": TEXT,
                        "properties": several(obj({"id": TEXT, "values": several(CELL)})),
                    }
                )
            ),
        },
        closed=True,
    ),
}
