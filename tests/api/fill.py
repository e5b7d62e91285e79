"""Forms as a browser would send them: every field that the page has, with what stands in it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from starlette.testclient import TestClient


class _Form(HTMLParser):
    """Reads the form that leads to an address."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self._action = action
        self._inside = False
        self._name = ""  # of the area or list whose content is read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._inside = told.get("action", "").endswith(self._action)
        if not self._inside:
            return
        name, value = told.get("name", ""), told.get("value", "")
        match tag:
            case "input" if told.get("type") == "checkbox":
                if "checked" in told:
                    self.fields.setdefault(name, []).append(value)
            case "input":
                self.fields[name] = value
            case "textarea" | "select":
                self._name, self.fields[name] = name, ""
            case "option" if self._name and ("selected" in told or not self.fields[self._name]):
                self.fields[self._name] = value

    def handle_data(self, data: str) -> None:
        if self._inside and self._name and self.get_starttag_text().startswith("<textarea"):  # type: ignore[union-attr]  # there was one
            self.fields[self._name] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self._name = ""
        elif tag == "form":
            self._inside = False


def fields(page: str, action: str) -> dict[str, Any]:
    """The fields of the form on a page (its HTML) that leads to the path *action*."""
    reader = _Form(action)
    reader.feed(page)
    assert reader.fields, f"no form leads to {action}"
    return reader.fields


def send(browser: TestClient, action: str, **typed: Any) -> Any:
    """What comes of opening a record's page, typing something into a form, and sending it."""
    page = action if action.startswith("/partners/") else action.rpartition("/")[0]
    return browser.post(action, data={**fields(browser.get(page).text, action), **typed})
