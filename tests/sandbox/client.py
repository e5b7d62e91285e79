"""A plain client of the Action API, signed in, that shows everything as it comes."""

from __future__ import annotations

import json
from typing import Any

import httpx2


class Client:
    """Signed in to a wiki as ``name`` (empty: as nobody)."""

    def __init__(self, address: str, name: str = "", password: str = "") -> None:
        self.http = httpx2.Client(base_url=address, timeout=10)
        self.csrf = "+\\"
        if name:
            token = self.get(action="query", meta="tokens", type="login")
            said = self.post(
                action="login",
                lgname=name,
                lgpassword=password,
                lgtoken=token["query"]["tokens"]["logintoken"],
            )
            assert said["login"]["result"] == "Success", said
            self.csrf = self.get(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *of: object) -> None:
        self.close()

    def get(self, **parameters: str) -> dict[str, Any]:
        """A read."""
        given = {"format": "json", "formatversion": "2", **parameters}
        answer: dict[str, Any] = self.http.get("/w/api.php", params=given).json()
        return answer

    def post(self, **parameters: str) -> dict[str, Any]:
        """A write; adds the token."""
        given = {"format": "json", "formatversion": "2", "token": self.csrf, **parameters}
        answer: dict[str, Any] = self.http.post("/w/api.php", data=given).json()
        return answer

    def edit(self, data: Any, **parameters: str) -> dict[str, Any]:
        """``wbeditentity``."""
        return self.post(action="wbeditentity", data=json.dumps(data), **parameters)

    def new_item(self, label: str, description: str = "", **more: Any) -> str:
        """Make an item; gives its id."""
        data: dict[str, Any] = {"labels": {"en": {"language": "en", "value": label}}, **more}
        if description:
            data["descriptions"] = {"en": {"language": "en", "value": description}}
        answer = self.edit(data, new="item")
        assert "entity" in answer, answer
        return str(answer["entity"]["id"])

    def new_property(self, datatype: str, label: str) -> str:
        """Make a property; gives its id."""
        data = {"datatype": datatype, "labels": {"en": {"language": "en", "value": label}}}
        return str(self.edit(data, new="property")["entity"]["id"])

    def entity(self, id: str) -> dict[str, Any]:
        """One entity."""
        answer: dict[str, Any] = self.get(action="wbgetentities", ids=id)["entities"][id]
        return answer


def claim(property: str, value: Any, type: str = "string", **more: Any) -> dict[str, Any]:
    """A statement as an edit sends it."""
    datavalue = {"value": value, "type": type}
    mainsnak = {"snaktype": "value", "property": property, "datavalue": datavalue}
    return {"mainsnak": mainsnak, "type": "statement", "rank": "normal", **more}
