"""All that kgtool answers, taken in as OpenRefine does: nothing hangs, shifts, wraps or is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.reconcile.asking import LOUVRE, MUSEUM, NIGHT_WATCH, PAINTING, RIJKSMUSEUM, new, old
from tests.reconcile.simulator import Hangs, Lost, Refine, Transport, rows_of

VERSIONS = [(3, 6), (3, 8), (3, 9)]
SERVICE = "http://testserver/reconcile/en"
PROPERTIES = ["P17", "P571", "P31", "P791", "P9999999", "P625@lat", "P131/P17", "Lfr", "not a path"]


def over(service: TestClient) -> Transport:
    def asked(method: str, address: str, form: bytes | None) -> tuple[int, dict[str, str], bytes]:
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        answer = service.request(
            method, address, content=form, headers=headers if form else {}, follow_redirects=False
        )
        return answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.content

    return asked


def saying(*answers: Any, status: int = 200) -> Transport:
    """A service that gives these answers, the last of them again and again."""
    given = list(answers)

    def asked(method: str, address: str, form: bytes | None) -> tuple[int, dict[str, str], bytes]:
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, int):
            return answer, {"retry-after": "7"} if answer == 429 else {}, b""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return status, {"access-control-allow-origin": "*"}, body

    return asked


@pytest.fixture(params=VERSIONS, ids=str)
def refine(request: pytest.FixtureRequest, service: TestClient) -> Refine:
    made = Refine(request.param, over(service), SERVICE)
    made.add_service()
    return made


def one(**more: Any) -> dict[str, Any]:
    return {"id": "Q1", "name": "a", "type": [], "score": 1.0, "match": True, **more}


def test_the_simulator_falls_into_the_traps_of_reconciling() -> None:
    def judged(answer: Any, version: tuple[int, int] = (3, 8)) -> list[str | None]:
        cells = Refine(version, saying(answer), SERVICE).reconcile(["a", "b"])
        return [cell.judgment if cell else None for cell in cells]

    good = {"result": [one()]}
    for types in (None, "T"):
        with pytest.raises(Hangs):
            judged({"q0": {"result": [one(type=types)]}, "q1": good})
    assert judged({"q0": good, "q1": {"result": []}}) == ["matched", "none"]
    assert judged({"q0": good, "q1": {"error": "x"}}) == ["matched", "error"]
    assert judged({"q0": good}) == ["matched", "error"]
    assert judged({"q0": good}, (3, 6)) == ["matched", "unreconciled"]
    for broken in (b"\xef\xbb\xbf{}", b'{"q0": {"result": [{"score": NaN}]}}', b"[]", b"", 500):
        assert judged(broken) == ["error", "error"]
    strings = {"result": [one(type=["T"]), one(id="Q2", score=2, match=False)]}
    assert judged({"q0": strings, "q1": strings}) == ["none", "none"]  # the second is the first


def test_the_simulator_asks_again_only_where_openrefine_does() -> None:
    good = {"q0": {"result": [one()]}}
    patient = Refine((3, 8), saying(503, 429, good), SERVICE)
    assert [cell and cell.judgment for cell in patient.reconcile(["a"])] == ["matched"]
    assert patient.waits == [0.2, 7.0]
    refused = Refine((3, 8), saying(502, good), SERVICE)
    assert [cell and cell.judgment for cell in refused.reconcile(["a"])] == ["error"]
    never = Refine((3, 8), saying(503), SERVICE)
    assert [cell and cell.judgment for cell in never.reconcile(["a"])] == ["error"]
    assert len(never.waits) == 3


def test_the_simulator_falls_into_the_traps_of_extending() -> None:
    meta = [{"id": id, "name": id} for id in ("P1", "P2")]

    def values(row: Any) -> list[Any]:
        answer = {"meta": meta, "rows": {"Q1": row}}
        columns = Refine((3, 8), saying(answer), SERVICE).extend(["Q1"], [])
        return [column.values[0] for column in columns]

    assert values({"P1": [], "P2": [{"str": "x"}]}) == [[], ["x"]]
    assert values({"P2": [{"str": "x"}]}) == [["x"], []]  # in the column of P1
    assert values({"P1": None, "P2": [{"str": "x"}]}) == [["x"], []]
    assert values({"P1": [{"int": 9999999999}], "P2": [{}]}) == [[1410065407], [None]]
    assert values({"P1": [{"id": "Q2"}], "P2": [{"str": "x"}]}) == [[], []]  # without a word
    with pytest.raises(Lost):
        Refine((3, 8), saying(500), SERVICE)._asked("extend", {})


def test_a_service_that_no_page_may_read_is_added_by_jsonp(service: TestClient) -> None:
    open_to_all = over(service)

    def closed(method: str, address: str, form: bytes | None) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = open_to_all(method, address, form)
        return status, headers if "callback=" in address else {}, body

    refine = Refine((3, 8), closed, SERVICE)
    refine.add_service()
    assert refine.manifest["name"].startswith("kgtool")


def test_a_whole_project(refine: Refine) -> None:
    names = ["Rijksmuseum", "Louvre", "", "Rijksmuseum", "Nationalmusuem", "x" * 2500]
    guessed = refine.guess_types(names)
    assert all(id and name for id, name in guessed)
    country: list[dict[str, Any]] = [
        {"P17": value} for value in ("Netherlands", "France", "", "Netherlands", "SE", "")
    ]
    country[0]["P571"] = 1800  # numbers stay numbers
    country[1]["P131"] = {"id": "Q90", "name": "Paris"}  # a cell that is matched already
    cells = refine.reconcile(names, MUSEUM, country)
    rijks, louvre, blank, again, typo, long = cells
    assert rijks and louvre and again and typo and long
    assert blank is None
    assert louvre.match and louvre.match.id == LOUVRE
    assert again.match and again.match.id == RIJKSMUSEUM
    assert again.facets == {"typeMatch": True, "nameMatch": True}
    assert typo.candidates[0].id == "Q842858"
    assert long.judgment in ("error", "unreconciled")
    for cell in cells:
        for candidate in cell.candidates if cell else ():
            assert candidate.name and 0 <= candidate.score <= 100
    page = refine.page(RIJKSMUSEUM)
    assert page == f"https://www.wikidata.org/wiki/{RIJKSMUSEUM}"
    assert "national museum in Amsterdam" in refine.preview(RIJKSMUSEUM)


def test_what_a_person_picks_from(refine: Refine) -> None:
    for kind, prefix, expected in (
        ("type", "mus", MUSEUM),
        ("property", "creat", "P170"),
        ("entity", "Rijksmusuem", RIJKSMUSEUM),
    ):
        found, _ = refine.suggest(kind, prefix)
        assert expected in [one["id"] for one in found]
        assert expected in refine.flyout(kind, expected)
    _, more = refine.suggest("entity", "")
    assert more
    assert refine.suggest("entity", "x " * 2000)[0] == []  # a whole cell, however long
    assert "P17" in [one["id"] for one in refine.proposals(MUSEUM)]
    assert refine.proposals("")
    shown = refine.settings()
    assert {one["name"] for one in shown} >= {"limit", "rank", "references", "count", "lang"}
    for setting in shown:
        chosen = [value for value, _ in setting["choices"]] or [
            {"number": "2", "checkbox": "on", "text": "fr"}[setting["type"]]
        ]
        for value in chosen:
            wanted = {"id": "P31", "settings": {setting["name"]: value}}
            (column,) = refine.extend([RIJKSMUSEUM], [wanted])
            assert column.id == "P31" and len(column.values) == 1


def test_added_columns_stand_where_they_belong(refine: Refine) -> None:
    ids = [RIJKSMUSEUM, NIGHT_WATCH, "Q999999999", LOUVRE, "nonsense"]
    columns = refine.extend(ids, [{"id": id} for id in PROPERTIES])
    assert [column.id for column in columns] == PROPERTIES
    assert {len(column.values) for column in columns} == {len(ids)}
    by_id = {column.id: column.values for column in columns}
    assert by_id["P17"][0] == [("Q55", "Netherlands")]
    assert by_id["P625@lat"][0] == [52.36]
    assert len(by_id["P31"][0]) == 2
    assert [by_id[id][2] for id in PROPERTIES] == [[]] * len(PROPERTIES)
    assert by_id["not a path"] == [[]] * len(ids)
    assert len(rows_of(columns, 0)) == max(len(column.values[0]) for column in columns)


cells = st.one_of(
    st.sampled_from(
        ["Rijksmuseum", "The Night Watch", "Louvre", "Amsterdam", "van Gogh", "Q219831"]
    ),
    st.text(max_size=30),
)
given_values = st.one_of(
    st.text(max_size=20),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just("1642-01-01T00:00:00Z"),
    st.just({"id": "Q55", "name": "Netherlands"}),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(cells, max_size=12),
    st.sampled_from(["", MUSEUM, PAINTING, "no type"]),
    st.lists(
        st.dictionaries(st.sampled_from(["P17", "P571", "P131/P17", "Len", "("]), given_values),
        max_size=12,
    ),
    st.sampled_from(VERSIONS),
)
def test_any_table_is_taken_in(
    service: TestClient,
    names: list[str],
    type: str,
    columns: list[dict[str, Any]],
    version: tuple[int, int],
) -> None:
    refine = Refine(version, over(service), SERVICE)
    refine.add_service()
    found = refine.reconcile(names, type, columns)
    assert len(found) == len(names)
    for name, cell in zip(names, found, strict=True):
        assert (cell is None) == (not name.strip())
        if cell is None:
            continue
        if (
            cell.judgment == "none"
        ):  # an index that is not complete never says that nothing is there
            assert cell.candidates
        if name == "Rijksmuseum" and cell.candidates:
            assert RIJKSMUSEUM in [candidate.id for candidate in cell.candidates]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([RIJKSMUSEUM, NIGHT_WATCH, LOUVRE, "Q55", "Q0", "x"]), max_size=25),
    st.lists(st.sampled_from(PROPERTIES), min_size=1, max_size=5, unique=True),
    st.dictionaries(
        st.sampled_from(["limit", "rank", "references", "count", "lang", "content"]),
        st.sampled_from(["0", "1", "on", "any", "referenced", "fr", "id", "nonsense"]),
    ),
)
def test_any_columns_can_be_added(
    service: TestClient, ids: list[str], properties: list[str], chosen: dict[str, str]
) -> None:
    wanted = [{"id": id, "settings": chosen} for id in properties]
    columns = Refine((3, 8), over(service), SERVICE).extend(ids, wanted)
    different = list(dict.fromkeys(ids))
    assert [column.id for column in columns] == (properties if ids else [])
    # The draft answers the same by names, not by places.
    answer = service.post("/reconcile/v1/en/extend", json={"ids": ids, "properties": wanted})
    rows = {row["id"]: row["properties"] for row in answer.json()["rows"]}
    for place, column in enumerate(columns):
        for row, id in enumerate(different):
            told = rows[id][place]
            assert told["id"] == column.id
            assert len(told["values"]) == len(column.values[row])


def in_the_draft(query: dict[str, Any]) -> dict[str, Any]:
    """A query of 0.2, said in 1.0-draft."""
    conditions = (
        [{"matchType": "name", "propertyValue": query["query"]}] if "query" in query else []
    )
    conditions += [
        {"matchType": "property", "propertyId": one["pid"], "propertyValue": one["v"]}
        for one in query.get("properties", [])
    ]
    return {key: query[key] for key in ("type", "limit") if key in query} | {
        "conditions": conditions
    }


def as_before(query: dict[str, Any]) -> dict[str, Any]:
    """A query of 1.0-draft that says nothing which is new there, said in 0.2."""
    said: dict[str, Any] = {key: query[key] for key in ("type", "limit") if key in query}
    for one in query["conditions"]:
        if one["matchType"] == "name":
            said["query"] = one["propertyValue"]
        else:
            property = {"pid": one["propertyId"], "v": one["propertyValue"]}
            said.setdefault("properties", []).append(property)
    return said


queries = st.fixed_dictionaries(
    {"query": cells.filter(str.strip)},
    optional={
        "type": st.sampled_from([MUSEUM, PAINTING, f"!{MUSEUM}"]),
        "limit": st.integers(1, 10),
        "properties": st.lists(
            st.fixed_dictionaries(
                {"pid": st.sampled_from(["P17", "P571", "P195/P17", "P217"]), "v": given_values}
            ),
            min_size=1,
            max_size=2,
        ),
    },
)


@settings(max_examples=40, deadline=None)
@given(st.lists(queries, min_size=1, max_size=5))
def test_both_dialects_answer_the_same(service: TestClient, asked: list[dict[str, Any]]) -> None:
    assert [as_before(in_the_draft(query)) for query in asked] == asked
    before = old(service, {f"q{n}": query for n, query in enumerate(asked)}, "/reconcile/en")
    now = new(service, *map(in_the_draft, asked))
    for n, answer in enumerate(now):
        told = before[f"q{n}"]
        assert ("error" in answer) == ("error" in told)
        assert answer.get("error") == told.get("error")
        for one, other in zip(answer["candidates"], told.get("result", []), strict=True):
            assert [{**f, "name": ""} for f in one.pop("features")] == [
                {**f, "name": ""} for f in other.pop("features")
            ]
            assert one == other
