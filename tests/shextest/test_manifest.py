"""The runner of validation manifests, on a small one in both of its forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shextest.__main__ import answer, main
from tests.shextest.manifest import read_manifest

SCHEMAS = {
    "dot.shex": "<http://a.example/S1> { <http://a.example/p1> . }",
    "two.shex": "IMPORT <dot.shex>\n"
    "<http://a.example/S2> { <http://a.example/p2> @<http://a.example/S1> }",
    "literal.shex": "start = @<http://a.example/S1>\n<http://a.example/S1> LITERAL",
    "external.shex": "<http://a.example/S1> EXTERNAL",
}
DATA = {
    "one.ttl": "<http://a.example/s1> <http://a.example/p1> 1 ."
    " <http://a.example/s2> <http://a.example/p2> <http://a.example/s1> .",
    "blank.ttl": '_:abcd <http://a.example/p1> "x"@fr-be-fbcl .',
}
S1, S2 = "http://a.example/s1", "http://a.example/s2"
NUMBER = {"@value": "1", "@type": "http://www.w3.org/2001/XMLSchema#integer"}
# name, schema, data, focus, shape, whether it conforms
ENTRIES = [
    ("dot-pass", "dot.shex", "one.ttl", S1, "http://a.example/S1", True),
    ("dot-fail", "dot.shex", "one.ttl", S2, "http://a.example/S1", False),
    ("blank", "dot.shex", "blank.ttl", "_:abcd", "http://a.example/S1", True),
    ("import", "two.shex", "one.ttl", S2, "http://a.example/S2", True),
    ("literal", "literal.shex", "one.ttl", NUMBER, None, True),
    ("external", "external.shex", "one.ttl", S1, "http://a.example/S1", True),
]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "validation").mkdir()
    for name, text in SCHEMAS.items():
        (tmp_path / "schemas" / name).write_text(text)
    (tmp_path / "schemas" / "all.shextern").write_text(SCHEMAS["dot.shex"])
    for name, text in DATA.items():
        (tmp_path / "validation" / name).write_text(text)
    pairs = [{"node": S1, "shape": "http://a.example/S1"}, {"node": S2, "shape": "START"}]
    (tmp_path / "validation" / "map.json").write_text(json.dumps(pairs[:1]))
    entries, turtle = [], []
    for name, schema, data, focus, shape, conforms in ENTRIES:
        action = {"schema": f"../schemas/{schema}", "data": data, "focus": focus}
        if shape:
            action["shape"] = shape
        if schema.startswith("external"):
            action["shapeExterns"] = "../schemas/all.shextern"
        kind = "sht:ValidationTest" if conforms else "sht:ValidationFailure"
        entries.append({"@id": f"#{name}", "@type": kind, "name": name, "action": action})
        said = "; ".join(f"sht:{key} {_turtle(key, value)}" for key, value in action.items())
        turtle.append(f'<#{name}> a {kind}; mf:name "{name}"; mf:action [ {said} ] .')
    entries.append(
        {
            "@id": "#map",
            "@type": "sht:ValidationTest",
            "action": {"schema": "../schemas/dot.shex", "data": "one.ttl", "map": "map.json"},
        }
    )
    folder = tmp_path / "validation"
    (folder / "manifest.jsonld").write_text(json.dumps({"@graph": [{"entries": entries}]}))
    (folder / "manifest.ttl").write_text(
        "@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .\n"
        "@prefix sht: <http://www.w3.org/ns/shacl/test-suite#> .\n"
        f"<> mf:entries ({' '.join(f'<#{entry[0]}>' for entry in ENTRIES)}) .\n" + "\n".join(turtle)
    )
    return folder


def _turtle(key: str, value: object) -> str:
    if isinstance(value, dict):
        return f'"{value["@value"]}"^^<{value["@type"]}>'
    return str(value) if str(value).startswith("_:") else f"<{value}>"


@pytest.mark.parametrize("form", ["jsonld", "ttl"])
def test_every_case_is_right(suite: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(suite / f"manifest.{form}")]) == 0
    right = len(ENTRIES) + (form == "jsonld")
    assert f"{right} of {right} right" in capsys.readouterr().out


def test_what_the_compiler_covers_it_answers(suite: Path) -> None:
    engines = {case.name: answer(case).engine for case in read_manifest(suite / "manifest.ttl")}
    assert engines["dot-pass"] == engines["blank"] == engines["literal"] == "compiled"
    assert engines["external"] == "pyrudof"


def test_a_wrong_verdict_is_told(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = suite / "manifest.jsonld"
    path.write_text(path.read_text().replace("sht:ValidationFailure", "sht:ValidationTest"))
    assert main([str(path)]) == 1
    assert "wrong  dot-fail (compiled)" in capsys.readouterr().out
