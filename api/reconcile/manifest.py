"""What the service says of itself to clients, in both dialects.

One document cannot serve both once suggestions are offered: ``suggest.entity`` is an object in 0.2
and a truth in 1.0-draft. What the public testbench looks for in a 1.0 manifest is added there;
unknown keys are allowed by every version's schema.
"""

from __future__ import annotations

from typing import Any, get_args

import kgtool
from kgtool.entities import Profile
from kgtool.messages import direction
from kgtool.reconcile.extend import settings
from kgtool.reconcile.query import Suggestion
from kgtool.service.cards import About
from kgtool.service.reconcile import Kind

BATCH = 50  # queries that a client should send at a time
PREVIEW = {"width": 430, "height": 300}
KINDS: tuple[Kind, ...] = get_args(Kind)


def old_manifest(
    root: str, home: str, about: About, types: list[Suggestion], profile: Profile, language: str
) -> dict[str, Any]:
    """The manifest of 0.1 and 0.2, with texts in *language*; ``root`` is the endpoint's address,
    ``home`` the service's."""
    return _common(home, about, types) | {
        "versions": ["0.1", "0.2"],
        "identifierSpace": f"{profile.concept_base}entity/",
        "schemaSpace": f"{profile.concept_base}prop/direct/",
        "view": {"url": profile.page_base + "{{id}}"},
        "preview": {"url": f"{root}/preview?id={{{{id}}}}", **PREVIEW},
        "suggest": {
            kind: {
                "service_url": f"{root}/{kind}",
                "service_path": "/suggest",
                "flyout_service_url": f"{root}/{kind}",
                "flyout_service_path": "/flyout?id=${id}",
            }
            for kind in KINDS
        },
        "extend": {
            "propose_properties": {"service_url": root, "service_path": "/propose"},
            "property_settings": settings(language),
        },
        "feature_view": {"url": f"{home}/reconcile/features#{{{{id}}}}"},
    }


def new_manifest(
    root: str, home: str, about: About, types: list[Suggestion], profile: Profile, language: str
) -> dict[str, Any]:
    """The manifest of 1.0-draft; ``lang`` is what texts are in where they do not say."""
    chosen = [
        {
            "id": setting["name"],
            "name": setting["label"],
            "type": setting["type"],
            "default": setting["default"],
            "helpText": setting["help_text"],
            **({"choices": setting["choices"]} if "choices" in setting else {}),
        }
        for setting in settings(language)
    ]
    return _common(home, about, types) | {
        "versions": ["1.0-draft"],
        "lang": language,
        "dir": direction(language),
        "view": {"url": profile.page_base + "{id}"},
        "preview": {"url": f"{root}/preview?id={{{{id}}}}", **PREVIEW},
        "suggest": dict.fromkeys(KINDS, True),
        "extend": {
            "proposeProperties": True,
            "propertySettings": chosen,
            "propose_properties": {"service_url": root, "service_path": "/extend/propose"},
        },
        "featureView": {"url": f"{home}/reconcile/features#{{id}}"},
    }


def _common(home: str, about: About, types: list[Suggestion]) -> dict[str, Any]:
    return {
        "name": f"kgtool: {about.title}",
        "documentation": f"{home}/reconcile/features",
        "logo": f"{home}/static/mark.svg",
        "serviceVersion": kgtool.__version__,
        "defaultTypes": [{"id": one.id, "name": one.name or one.id} for one in types],
        "batchSize": BATCH,
        "standardizedScore": True,
        "index": {
            "entities": about.entities,
            "asOf": about.as_of,
            "complete": about.complete,
            "sources": about.sources,
        },
    }
