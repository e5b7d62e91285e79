"""A real OpenRefine signs in to the sandbox, creates items and adds to one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kgtool.api.sandbox.server import SandboxServer
from tests.reconcile.openrefine import ENGINE, OpenRefine, running

from .client import Client
from .running import BOT

SITE = "http://www.wikidata.org/entity/"
TABLE = "name,code,year\nFirst work,NM 1,1901\nSecond work,NM 2,1902\n"


def _column(name: str) -> dict[str, Any]:
    return {"type": "wbstringvariable", "columnName": name}


def _term(kind: str, name: str) -> dict[str, Any]:
    language = {"type": "wblanguageconstant", "id": "en", "label": "en"}
    value = {"type": "wbmonolingualexpr", "language": language, "value": _column(name)}
    return {"type": "wbnamedescexpr", "name_type": kind, "value": value}


def _group(property: str, datatype: str, value: dict[str, Any]) -> dict[str, Any]:
    merging = {"type": "qualifiers", "valueMatcher": {"type": "strict"}, "pids": []}
    statement = {
        "value": value,
        "qualifiers": [],
        "references": [],
        "mode": "add_or_merge",
        "mergingStrategy": merging,
    }
    named = {"type": "wbpropconstant", "pid": property, "label": property, "datatype": datatype}
    return {"property": named, "statements": [statement]}


def _schema(api: str) -> dict[str, Any]:
    edit = {
        "type": "wbitemeditexpr",
        "subject": {"type": "wbentityvariable", "columnName": "name"},
        "statementGroups": [
            _group("P1", "string", _column("code")),
            _group("P2", "time", {"type": "wbdatevariable", "columnName": "year"}),
        ],
        "nameDescs": [_term("LABEL", "name"), _term("DESCRIPTION_IF_NEW", "code")],
    }
    sites = {"item": SITE, "property": SITE}
    return {
        "entityEdits": [edit],
        "siteIri": SITE,
        "entityTypeSiteIRI": sites,
        "mediaWikiApiEndpoint": api,
    }


def _sign_in(refine: OpenRefine, api: str) -> None:
    # A browser always has some cookie, and OpenRefine counts on that.
    cookies = {"host": "127.0.0.1"}
    with httpx2.Client(base_url=refine.address, timeout=60, cookies=cookies) as client:
        token = client.get("/command/core/get-csrf-token").json()["token"]
        form = {"wb-username": BOT[0], "wb-password": BOT[1], "wb-api-endpoint": api}
        answer = client.post("/command/wikidata/login", data={**form, "csrf_token": token})
        assert answer.status_code == 200, answer.text
        assert answer.json()["logged_in"] is True, answer.text


@pytest.mark.long
def test_openrefine_uploads_a_table(
    sandbox: SandboxServer, bot: Client, tmp_path: Path, need_program: Callable[..., str]
) -> None:
    need_program("/usr/share/openrefine", package="openrefine")
    bot.new_property("string", "inventory number")
    bot.new_property("time", "inception")
    api = sandbox.wiki.profile.action_api
    (tmp_path / "refine").mkdir()
    with running(tmp_path / "refine") as refine:
        project = refine.create(TABLE)
        common = {"engineConfig": json.loads(ENGINE), "columnName": "name"}
        spaces = {"service": f"{SITE}reconcile", "identifierSpace": SITE, "schemaSpace": SITE}
        # The first says which wiki the column is about, as reconciling it would.
        known = {"op": "core/recon-use-values-as-identifiers", **common, **spaces}
        new = {"op": "core/recon-mark-new-topics", **common, "shareNewTopics": False}
        refine.do("apply-operations", project, operations=json.dumps([known, new]))
        _sign_in(refine, api)
        upload = {"maxlag": "5", "maxEditsPerMinute": "600", "editGroupsUrlSchema": ""}
        upload |= {"summary": "from a table", "tag": "openrefine-${version}", "engine": ENGINE}
        schema = json.dumps(_schema(api))
        refine.do("../wikidata/save-wikibase-schema", project, schema=schema)
        refine.do("../wikidata/perform-wikibase-edits", project, **upload)
        _, recons = refine.rows(project)
        matched = {recon["m"]["id"] for recon in recons.values() if recon.get("m")}
        # The same again finds everything there.
        refine.do("../wikidata/perform-wikibase-edits", project, **upload)
    assert matched == {"Q1", "Q2"}
    first = bot.entity("Q1")
    assert first["labels"]["en"]["value"] == "First work"
    assert first["claims"]["P1"][0]["mainsnak"]["datavalue"]["value"] == "NM 1"
    year = first["claims"]["P2"][0]["mainsnak"]["datavalue"]["value"]
    assert (year["time"], year["precision"]) == ("+1901-00-00T00:00:00Z", 9)
    made = bot.get(action="query", list="usercontribs", ucuser="KgBot", ucprop="comment|title")
    comments = {row["title"]: row["comment"] for row in made["query"]["usercontribs"]}
    assert comments["Q2"].endswith("from a table")
    assert bot.get(action="wbgetentities", ids="Q3")["entities"]["Q3"] == {
        "id": "Q3",
        "missing": "",
    }
