"""What OpenRefine makes of a service's answers, written anew from its observed behaviour.

Nothing here is shared with kgtool: not its messages, not the schemas of the tests. What OpenRefine
bears, loses, mixes up or hangs on was measured with 3.6.2 and 3.8.7, and read in 3.9 and 3.10:

- a candidate whose ``type`` is null or a text makes the process wait for ever (:class:`Hangs`);
- a row of an extension without a list for a property shifts what follows into other columns;
- whole numbers are kept in 32 bits, and wrap;
- a value with an id and no name ends the batch (:class:`Lost`), as does what is no JSON object,
  a number that JSON has none of, or a byte order mark;
- a query whose key or ``result`` is missing fails alone; an empty ``result`` means “none”.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any
from urllib.parse import quote, urlencode

# Method, address, body of a form → status, headers in lower case, body.
Transport = Callable[[str, str, bytes | None], tuple[int, dict[str, str], bytes]]

_DATE = re.compile(r"[+-]?\d{4,}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?")


class Hangs(Exception):
    """The process stays at 0 % for ever, without a message."""


class Lost(Exception):
    """A whole batch is lost."""


@dataclass
class Candidate:
    """A candidate as it is kept: what else a service says of it is dropped."""

    id: str
    name: str | None
    types: list[str]
    score: float


@dataclass
class Cell:
    """A reconciled cell. ``judgment``: matched, none, error (since 3.8) or unreconciled."""

    text: str
    judgment: str
    match: Candidate | None = None
    candidates: list[Candidate] = field(default_factory=list)
    facets: dict[str, Any] = field(default_factory=dict)


@dataclass
class Column:
    """A column that an extension added: the values of each row, in their order."""

    id: str
    name: str
    values: list[list[Any]]


class Refine:
    """One OpenRefine, of 3.6 up to 3.9, and one service.

    :param version: ``(3, 6)`` and so on.
    :param waits: seconds that it waited before it sent a batch again.
    """

    def __init__(self, version: tuple[int, int], transport: Transport, service: str) -> None:
        self.version = version
        self._transport = transport
        self.service = service
        self.waits: list[float] = []
        self.manifest: dict[str, Any] = {}

    def add_service(self) -> None:
        """Read the manifest, as “Add standard service” does; by JSONP where that fails."""
        status, headers, body = self._transport("GET", self.service, None)
        if status != 200 or headers.get("access-control-allow-origin") not in ("*", "null"):
            script = urlencode({"callback": "jQuery3510_1", "_": "1764490000000"})
            status, headers, body = self._transport("GET", f"{self.service}?{script}", None)
            text = re.fullmatch(
                r"(?:/\*\*/)?\s*jQuery3510_1\((.*)\);?\s*", body.decode(), re.DOTALL
            )
            assert status == 200 and text, "The service cannot be added."
            body = text[1].encode()
        manifest = _object(body)
        for field_ in ("name", "identifierSpace", "schemaSpace"):
            assert isinstance(manifest[field_], str)
        self.manifest = manifest

    @property
    def batch_size(self) -> int:
        """The size that the manifest asks for; what is no whole number above 0 is passed over."""
        size = self.manifest.get("batchSize")
        return size if type(size) is int and size > 0 else 10

    def guess_types(self, values: Sequence[str]) -> list[tuple[str, str]]:
        """Types of the first ten values, the commonest first: id and name."""
        first = list(dict.fromkeys(value for value in values if value.strip()))[:10]
        queries = {f"q{n}": {"query": value, "limit": 3} for n, value in enumerate(first)}
        counts: dict[str, tuple[int, float, str]] = {}
        for answer in self._asked("queries", queries).values():
            for place, result in enumerate(answer.get("result", [])):
                for type in result.get("type", []):
                    id, name = (type, type) if isinstance(type, str) else (type["id"], type["name"])
                    times, score, _ = counts.get(id, (0, 0.0, ""))
                    counts[id] = times + 1, score + 1 / (1 + place), name
        ranked = sorted(counts, key=lambda id: (-counts[id][1], -counts[id][0]))
        return [(id, counts[id][2]) for id in ranked]

    def reconcile(
        self, rows: Sequence[str], type: str = "", columns: Sequence[dict[str, Any]] = ()
    ) -> list[Cell | None]:
        """Reconcile a column; ``columns`` has, of each row, values by property.

        Rows that ask the same are asked once; blank cells never.
        """
        jobs: dict[str, dict[str, Any]] = {}
        of_row: list[str] = []
        for row, text in enumerate(rows):
            query: dict[str, Any] = {"query": text}
            if type:
                query |= {"type": type, "type_strict": "should"}
            given = columns[row] if row < len(columns) else {}
            if given:
                query["properties"] = [{"pid": pid, "v": v} for pid, v in given.items()]
            key = json.dumps(query)
            of_row.append(key if text.strip() else "")
            if text.strip():
                jobs.setdefault(key, query)
        size = 10
        if self.version >= (3, 8):
            size = min(max(len(rows) // 10, 10), self.batch_size)
        done: dict[str, Cell] = {}
        for some in _parted(list(jobs), size):
            done |= zip(some, self._batch([jobs[key] for key in some], type), strict=True)
        return [done.get(key) for key in of_row]

    def _batch(self, queries: list[dict[str, Any]], type: str) -> Iterator[Cell]:
        failed = "error" if self.version >= (3, 8) else "unreconciled"
        try:
            answers = self._asked("queries", {f"q{n}": query for n, query in enumerate(queries)})
        except Lost:
            yield from [Cell(query["query"], failed) for query in queries]
            return
        for n, query in enumerate(queries):
            answer = answers.get(f"q{n}")
            results = answer.get("result") if isinstance(answer, dict) else None
            if not isinstance(results, list):
                yield Cell(query["query"], failed)
                continue
            yield _judged(query["query"], results, type)

    def extend(self, ids: Sequence[str], properties: Sequence[dict[str, Any]]) -> list[Column]:
        """Add columns for matched rows, ten ids a request."""
        columns: list[Column] = []
        for some in _parted(list(dict.fromkeys(ids)), 10):
            try:
                answer = self._asked("extend", {"ids": some, "properties": list(properties)})
                meta, rows = answer["meta"], answer["rows"]
                if not columns:
                    columns = [Column(one["id"], one["name"], []) for one in meta]
                found = {id: _shifted(rows.get(id) or {}, [c["id"] for c in meta]) for id in some}
            except Lost:
                found = {}
            for id in some:
                values = found.get(id, [])
                for place, column in enumerate(columns):
                    column.values.append(values[place] if place < len(values) else [])
        return columns

    def suggest(self, kind: str, prefix: str) -> tuple[list[dict[str, Any]], bool]:
        """Suggestions while a person types, and whether “view more” is offered."""
        offered = self.manifest["suggest"][kind]
        more = {"spell": "always", "exact": "false", "prefixed": "true"}
        if kind != "entity":
            more["scoring"] = "schema"
        address = offered["service_url"] + offered["service_path"]
        answer = self._got(f"{address}?{urlencode({'prefix': prefix, **more})}")
        for one in answer["result"]:
            assert isinstance(one["id"], str) and isinstance(one["name"], str)
        return answer["result"], "cursor" in answer

    def flyout(self, kind: str, id: str) -> str:
        """The text that hovers over a suggestion."""
        offered = self.manifest["suggest"][kind]
        if self.version < (3, 8):
            path = offered["flyout_service_path"].replace("${id}", quote(id))
            answer = self._got(offered.get("flyout_service_url", offered["service_url"]) + path)
        else:  # what the manifest says of flyouts is left out on the way
            output = "(notable:/client/summary%20(description%20citation%20provenance)%20type)"
            asked = f"filter=(all%20mid:{quote(id)})&output={output}&key=null"
            answer = self._got(f"{offered['service_url']}/search?{asked}")
        assert answer["id"] == id
        html: str = answer["html"]
        return html

    def proposals(self, type: str) -> list[dict[str, Any]]:
        """Properties proposed for a new column."""
        offered = self.manifest["extend"]["propose_properties"]
        address = offered["service_url"] + offered["service_path"]
        assert "?" not in address, "“?type=” is put at its end, whatever it is"
        found: list[dict[str, Any]] = self._got(f"{address}?type={type}")["properties"]
        return found

    def preview(self, id: str) -> str:
        """The page in the frame; scripts, forms and popups of it do nothing."""
        address = self.manifest["preview"]["url"].replace(
            "{{id}}", quote(id, safe=";,/?:@&=+$-_.!~*'()#")
        )
        status, headers, body = self._transport("GET", address, None)
        assert status == 200 and "x-frame-options" not in headers
        assert "frame-ancestors" not in headers.get("content-security-policy", "")
        return body.decode()

    def page(self, id: str) -> str:
        """Where a matched cell leads."""
        address: str = self.manifest["view"]["url"].replace("{{id}}", id)
        return address

    def settings(self) -> list[dict[str, Any]]:
        """The settings that “configure” shows for a column to add."""
        shown = []
        for one in self.manifest["extend"]["property_settings"]:
            assert one["type"] in ("number", "text", "checkbox", "select")
            assert isinstance(one["name"], str) and isinstance(one["label"], str)
            choices = [(choice["value"], choice["name"]) for choice in one.get("choices", [])]
            assert choices or one["type"] != "select"
            shown.append({**one, "choices": choices})
        return shown

    def _asked(self, name: str, content: Any) -> dict[str, Any]:
        """What the root answers to a form; 429 and 503 are asked again, nothing else."""
        form = urlencode({name: json.dumps(content)}).encode()
        for wait in (0.2, 0.4, 0.8, None):
            status, headers, body = self._transport("POST", self.service, form)
            if status == 200:
                return _object(body)
            if status not in (429, 503) or wait is None:
                break
            self.waits.append(float(headers.get("retry-after", wait)))
        raise Lost(f"HTTP error {status}")

    def _got(self, address: str) -> dict[str, Any]:
        status, headers, body = self._transport("GET", address, None)
        assert status == 200 and headers["access-control-allow-origin"] == "*"
        return _object(body)


def _parted(some: list[str], size: int) -> list[list[str]]:
    return [some[start : start + size] for start in range(0, len(some), size)]


def _object(body: bytes) -> dict[str, Any]:
    """A JSON object as Jackson reads it: no byte order mark, no NaN."""

    def number(text: str) -> float:
        raise Lost(f"{text} is no JSON")

    if body.startswith(b"\xef\xbb\xbf"):
        raise Lost("A byte order mark is no JSON.")
    try:
        content = json.loads(body, parse_constant=number)
    except ValueError as error:
        raise Lost(str(error)) from None
    if not isinstance(content, dict):
        raise Lost("This is no JSON object.")
    return content


def _judged(text: str, results: list[dict[str, Any]], type: str) -> Cell:
    """A cell, by its candidates: only the one with the highest score can be a match."""
    found = [(_candidate(one), one.get("match") is True) for one in results]
    found.sort(key=lambda pair: -pair[0].score)
    candidates = [candidate for candidate, _ in found]
    if not candidates:
        return Cell(text, "none")
    best, match = found[0]
    facets = {
        "typeMatch": type in best.types if type else None,
        "nameMatch": (best.name or "").lower() == text.lower(),
    }
    if match:
        return Cell(text, "matched", best, candidates, facets)
    return Cell(text, "none", None, candidates, facets)


def _candidate(raw: dict[str, Any]) -> Candidate:
    types = raw.get("type", [])
    if not isinstance(types, list):
        raise Hangs(f"The type of {raw.get('id')} is {types!r}.")
    score = raw.get("score")
    return Candidate(
        str(raw["id"]),
        raw.get("name"),
        [one if isinstance(one, str) else str(one["id"]) for one in types],
        float(score) if score is not None else 0.0,
    )


def _shifted(row: dict[str, Any], columns: Sequence[str]) -> list[list[Any]]:
    """The values of a row by place: a list that is missing leaves no place for itself."""
    return [[_value(one) for one in row[id]] for id in columns if row.get(id) is not None]


def _value(raw: dict[str, Any]) -> Any:
    if "id" in raw:
        if raw.get("name") is None:
            raise Lost("A value has an id and no name.")
        return raw["id"], raw["name"]
    if "str" in raw:
        return raw["str"]
    if "float" in raw:
        return float(raw["float"])
    if "int" in raw:
        return (int(raw["int"]) + 2**31) % 2**32 - 2**31
    if "date" in raw:
        assert _DATE.fullmatch(raw["date"]), f"{raw['date']} is no date"
        return raw["date"]
    return raw.get("bool")


def rows_of(columns: Sequence[Column], row: int) -> list[tuple[Any, ...]]:
    """A row as the table shows it: several values make several rows."""
    return list(zip_longest(*(column.values[row] or [None] for column in columns)))
