"""A suite in the form of the public one, written from the specification: every trait, every form.

Each entry has its traits, schema, data, focus and shape, the verdict, and who must answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

A = "http://a.example/"
HEAD = "PREFIX : <http://a.example/>\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
DATA_HEAD = "@prefix : <http://a.example/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
_TEST = "<http://shex.io/extensions/Test/>"


class Entry(NamedTuple):
    """An entry. ``focus`` and ``shape`` are as in the manifest; ``more`` are files beside it."""

    name: str
    traits: str
    schema: str
    data: str
    conforms: bool
    engine: str = "compiled"
    focus: Any = f"{A}s"
    shape: Any = f"{A}S"
    externals: str = ""
    actions: str = ""
    map: Any = None


# Schemas and data that entries name; HEAD or DATA_HEAD comes before each that does not begin
# with a directive of its own.
FILES = {
    "second.shex": "<http://a.example/T> { <http://a.example/q> . }",
    "circle.shex": "IMPORT <circle2>\n<http://a.example/S> { <http://a.example/p> @<http://a.example/T> }",
    "circle2.shex": "IMPORT <circle>\n<http://a.example/T> { <http://a.example/q> . }",
    "starts.shex": "start = @<http://a.example/T>\n<http://a.example/T> { <http://a.example/q> . }",
    "named.shex": "<http://a.example/N> { $<http://a.example/te> <http://a.example/q> . }",
    "external.shextern": "<http://a.example/E> { <http://a.example/q> . }",
    "print.semact": f"%{_TEST}{{ print(o) %}}\n<http://a.example/S> {{}}",
    "fail.semact": f"%{_TEST}{{ fail(o) %}}\n<http://a.example/S> {{}}",
}
GREEDY = ":S { :p @:P ; :p @:T * }\n:P { :x . }\n:T { :y . }"
SPREAD = ":s :p :pt1, :pt2, :p, :t . :pt1 :x 1 ; :y 1 . :pt2 :x 1 ; :y 1 . :p :x 1 . :t :y 1 ."
DOT = ":S { :p . }"
ONE = ":s :p :o ."
INVERSE = ":S { ^:p . }"
GROUP = ":S { (:p . ; :q .) {2,3} }"
ABSTRACT = "ABSTRACT :T { :p . }\n:S { :q @:T }\n:V EXTENDS @:T { :r . }"
SPECIALS = r":S { :p /^\/\t\n\r\-\\a[.]\u0062\U0001D4B8$/ }"

ENTRIES = [
    Entry("empty", "Empty", ":S {}", "", True, focus=f"{A}dummy"),
    Entry("empty-other", "Empty", ":S {}", ONE, True),
    Entry("empty-bnode", "Empty ToldBNode", ":S {}", "_:abcd :p 1 .", True, focus="_:abcd"),
    Entry("dot", "TriplePattern", DOT, ONE, True),
    Entry("dot-missing", "TriplePattern ErrorReport", DOT, ":s :q :o .", False),
    Entry("dot-two", "TriplePattern", DOT, ":s :p 1, 2 .", False),
    Entry("dot-others", "TriplePattern", DOT, ":s :o 1 ; :p 1 ; :q 1 .", True),
    Entry("dot-a", "TriplePattern", ":S { a . }", ":s a :C .", True),
    Entry("inverse", "TriplePattern", INVERSE, ":o :p :s .", True),
    Entry("inverse-fail", "TriplePattern", INVERSE, ":s :p :o .", False),
    Entry("inverse-cardinality", "TriplePattern", ":S { ^:p IRI {2} }", ":a :p :s . :b :p :s .", True),
    Entry("bnode-label", "BNodeShapeLabel TriplePattern", "_:S { :p . }", ONE, True, shape="_:S"),
    Entry("bnode-label-fail", "BNodeShapeLabel", "_:S { :p . }", ":s :q 1 .", False, shape="_:S"),
    Entry("told-bnode", "ToldBNode", ":S BNODE { :p . }", "_:abcd :p 1 .", True, focus="_:abcd"),
    Entry("told-bnode-iri", "ToldBNode", ":S IRI { :p . }", "_:abcd :p 1 .", False, focus="_:abcd"),
    Entry("told-bnode-absent", "ToldBNode", ":S BNODE {}", "", True, focus="_:abcd"),
    Entry("bnode-length", "LexicalBNode LengthFacet", ":S { :p BNODE LENGTH 4 }", ":s :p _:abcd .", True),
    Entry("bnode-length-fail", "LexicalBNode LengthFacet", ":S BNODE LENGTH 5 {}", "_:abcd :p 1 .", False, focus="_:abcd"),
    Entry("focus-length", "FocusConstraint LengthFacet", ":S LENGTH 18 { :p . }", ONE, True),
    Entry("focus-length-fail", "FocusConstraint LengthFacet", ":S MAXLENGTH 17 { :p . }", ONE, False),
    Entry("focus-pattern", "FocusConstraint PatternFacet", ":S /e\\/s$/ { :p . }", ONE, True),
    Entry("focus-set", "FocusConstraint", ":S [:s :t]", "", True),
    Entry("focus-set-fail", "FocusConstraint", ":S [:s :t] AND :dt", "", False),
    Entry("focus-datatype", "FocusConstraint", ":S :dt", "", True, focus={"@value": "ab", "@type": f"{A}dt"}),
    Entry("focus-datatype-fail", "FocusConstraint", ":S :dt", "", False, focus={"@value": "ab", "@type": f"{A}dt9"}),
    Entry("focus-language", "FocusConstraint", ":S [@fr-be~]", "", True, focus={"@value": "ab", "@language": "fr-BE-fbcl"}),
    Entry("focus-text", "FocusConstraint", ":S LITERAL MINLENGTH 2", "", True, focus={"@value": "ab"}),
    Entry("annotation", "Annotation", ":S { :p . // :a 'x' // :b :c } // a :d", ONE, True),
    Entry("annotation-fail", "Annotation", ":S { :p . // :a 'x' }", ":s :q 1 .", False),
    Entry("and", "AndShapeShapeession", ":S { :p MINLENGTH 2 } AND { :p MAXLENGTH 3 }", ":s :p 'abc' .", True),
    Entry("or", "OrValueExpression", ":S { :p IRI OR [1] }", ":s :p 1 .", True),
    Entry("not-or", "NotValueExpression OrValueExpression", ":S NOT { :p . } OR { :p . ; :q . }", ":s :p 1 .", False),
    Entry("not-or-empty", "NotValueExpression OrValueExpression", ":S NOT { :p . } OR { :p . ; :q . }", "", True),
    Entry("not-ref", "NotValueExpression", ":S { :p NOT @:T }\n:T { :q . }", ":s :p :o . :o :q 1 .", False),
    Entry("unsatisfiable", "Unsatisfiable", ":S { :p IRI AND LITERAL }", ONE, False),
    Entry("one-of", "OneOf", ":S { :p . | :q . }", ":s :q 1 .", True),
    Entry("one-of-both", "OneOf", ":S { :p . | :q . }", ":s :p 1 ; :q 1 .", False),
    Entry("repeated-one-of", "RepeatedOneOf EachOf", ":S { (:p . | :q .) {2,3} }", ":s :p 1 ; :q 1 .", True),
    Entry("repeated-one-of-few", "RepeatedOneOf", ":S { (:p . | :q .) {2,3} }", ":s :q 1 .", False),
    Entry("repeated-group", "RepeatedGroup EachOf", GROUP, ":s :p 1, 2 ; :q 1, 2 .", True),
    Entry("repeated-group-odd", "RepeatedGroup EachOf", GROUP, ":s :p 1, 2 ; :q 1 .", False),
    Entry("each-of-twice", "EachOf Exhaustive", ":S { :p .* ; (:p .+ | :p .) ; :p . }", ":s :p 1, 3 .", True),
    Entry("exhaustive", "EachOf Exhaustive", GREEDY, SPREAD, True),
    Entry("greedy", "EachOf Greedy", GREEDY, SPREAD, False),
    Entry("greedy-star", "EachOf Greedy", GREEDY.replace("@:P ; :p @:T *", "@:P * ; :p @:T"), SPREAD, True),
    Entry("relative", "relativeIRI EachOf", "<S1> { <p1> [<o1>] }", "<s1> <p1> <o1> .", True, focus="s1", shape="S1"),
    Entry("relative-base", "relativeIRI", "BASE <http://a.example/b/c>\n<../S> { <../p> [<?z>] }", ":s :p <http://a.example/b/c?z> .", True),
    Entry("two-bases", "relativeIRI", "BASE <http://a.example/>\nPREFIX n: <x/>\nBASE <http://b.example/>\n<http://a.example/S> { n:p . }", ":s <http://a.example/x/p> 1 .", True),
    Entry("focus-relative", "EachOf", DOT, "<x> :p 1 .", True, focus="x"),
    Entry("closed", "Closed", ":S CLOSED { :p . }", ONE, True),
    Entry("closed-fail", "Closed", ":S CLOSED { :p . }", ":s :p 1 ; :q 1 .", False),
    Entry("closed-nested", "Closed", ":S { :p BNODE { :q . } AND CLOSED { :q . ; :r . ? } }", ":s :p [ :q 1 ; :z 2 ] .", False),
    Entry("extra", "Extra IriEquivalence", ":S EXTRA :p { :p [:o] }", ":s :p :o, :o2 .", True),
    Entry("extra-two", "Extra ValueSet", ":S EXTRA :p { :p [:o :o2] }", ":s :p :o, :o2 .", False),
    Entry("extra-vapid", "VapidExtra Extra Closed", ":S EXTRA :q CLOSED { :p [:o] }", ONE, True),
    Entry("value-set", "ValueSet", ":S { :p [:a 1 1.0 1e0 'x' 'x'@fr 'x'^^:dt true] + }", ":s :p :a, 1, 1.0, 1e0, 'x', 'x'@FR, 'x'^^:dt, true .", True),
    Entry("value-set-lexical", "ValueSet LiteralEquivalence", ":S { :p [1.0] }", ":s :p 1.00 .", False),
    Entry("stem", "Stem ValueSet", ":S { :p [:v~ - :v1 - :v2~] }", ":s :p :v3 .", True),
    Entry("stem-excluded", "Stem ValueSet", ":S { :p [:v~ - :v1 - :v2~] }", ":s :p :v21 .", False),
    Entry("stem-literal", "Stem ValueSet", ":S { :p ['v'~ - 'v1'] }", ":s :p 'v2'@en .", True),
    Entry("stem-language", "Stem LanguageTag", ":S { :p [@fr~ - @fr-be] }", ":s :p 'x'@fr-be-fbcl .", True),
    Entry("stem-language-excluded", "Stem LanguageTag", ":S { :p [@fr~ - @fr-be~] }", ":s :p 'x'@fr-be-fbcl .", False),
    Entry("wildcard", "Stem", ":S { :p [. - :v1 - :v2~] }", ":s :p :v2x .", False),
    Entry("numeric", "NumericFacet", ":S { :p MININCLUSIVE 5.0 MAXEXCLUSIVE 6e0 }", ":s :p 5.99 .", True),
    Entry("numeric-text", "NumericFacet", ":S { :p MININCLUSIVE 5 }", ":s :p '5' .", False),
    Entry("digits", "NumericFacet", ":S { :p TOTALDIGITS 5 FRACTIONDIGITS 3 }", ":s :p 12.345 .", True),
    Entry("digits-fail", "NumericFacet", ":S { :p xsd:decimal FRACTIONDIGITS 2 }", ":s :p 12.345 .", False),
    Entry("double-plus-inf", "Datatype", ":S { :p xsd:double }", ":s :p '+INF'^^xsd:double .", False),
    Entry("double-inf", "Datatype", ":S { :p xsd:double }", ":s :p '-INF'^^xsd:double .", True),
    Entry("float-plus-inf", "Datatype", ":S { :p xsd:float }", ":s :p '+INF'^^xsd:float .", False),
    Entry("byte", "Datatype", ":S { :p xsd:byte }", ":s :p '128'^^xsd:byte .", False),
    Entry("date-time", "Datatype", ":S { :p xsd:dateTime }", ":s :p '2012-01-02'^^xsd:dateTime .", False),
    Entry("datatype-own", "Datatype", ":S { :p :dt }", ":s :p 'x'^^:dt .", True),
    Entry("pattern", "PatternFacet", SPECIALS, r':s :p "/\t\n\r-\\a.b𝒸" .', True),
    Entry("pattern-flags", "PatternFacet", ":S { :p /^AB.$/is }", r":s :p 'ab\n' .", True),
    Entry("pattern-flag-x", "PatternFacet", ":S { :p /a b/x }", ":s :p 'ab' .", True, "pyrudof"),
    Entry("pattern-subtraction", "PatternFacet", ":S { :p /^[a-z-[0-9]]$/ }", ":s :p 'b' .", True, "pyrudof"),
    Entry("outside-bmp", "OutsideBMP", ":S { :p ['𝒸'] }", r":s :p '\U0001D4B8' .", True),
    Entry("long-text", "LiteralEquivalence", ":S { :p ['''it's\none'''] }", r':s :p "it\'s\none" .', True),
    Entry("escapes", "TriplePattern", r"<http://a.example/\u0053> { <http://a.example/\U00000070> . }", ONE, True),
    Entry("names", "TriplePattern", "PREFIX ex.a-b: <http://a.example/>\nex.a-b:S { ex.a-b:p\\-1/*comment*/ . }", "<http://a.example/s> <http://a.example/p-1> 1 .", True),
    Entry("reference", "ValueReference", ":S { :p @:T + }\n:T [:a :b~]", ":s :p :a, :bc .", True),
    Entry("include", "Include EachOf", ":T { $:te (:p . ; :q .) }\n:S { &:te ; :r . }", ":s :p 1 ; :q 1 ; :r 1 .", True),
    Entry("include-fail", "Include EachOf", ":T { $_:te :p [1] }\n:S { &_:te ; :r . }", ":s :p 2 ; :r 1 .", False),
    Entry("recursive", "RecursiveData", ":S { :p @:S }", ":s :p :o . :o :p :s .", True),
    Entry("recursive-fail", "RecursiveData", ":S { :p @:S }", ":s :p :o . :o :p 1 .", False),
    Entry("virtual", "VirtualShape", ":T { :p . }\n:S @:T AND { :q . }", ":s :p 1 ; :q 1 .", True),
    Entry("start", "Start", "start = @:S\n:S { :p . }", ONE, True, shape=None),
    Entry("start-inline", "Start", "start = { :p [1] }\n:T {}", ONE, False, shape=None),
    Entry("start-named", "Start", "start = @:S\n:S { :p . }", ONE, True, shape={"@id": "http://www.w3.org/ns/shex#Start"}),
    Entry("map", "ShapeMap", f"start = @:T\n{DOT}\n:T {{}}", ONE, True, map=[{"node": f"{A}s", "shape": f"{A}S"}, {"node": f"{A}o", "shape": "START"}]),
    Entry("map-fail", "ShapeMap", DOT, ONE, False, map=[{"node": f"{A}s", "shape": f"{A}S"}, {"node": f"{A}o", "shape": f"{A}S"}]),
    Entry("import", "Import", "IMPORT <second>\n:S { :p @:T }", ":s :p :o . :o :q 1 .", True, "pyrudof"),
    Entry("import-fail", "Import", "IMPORT <second>\n:S { :p @:T }", ":s :p :o .", False, "pyrudof"),
    Entry("import-suffix", "Import", "IMPORT <second.shex>\n:S { :p @:T }", ":s :p :o . :o :q 1 .", True, "pyrudof"),
    Entry("import-circle", "Import", "IMPORT <circle>", ":s :p :o . :o :q 1 .", True, "pyrudof"),
    Entry("import-include", "Import Include", "IMPORT <named>\n:S { &:te ; :p . }", ":s :p 1 ; :q 1 .", True, "pyrudof"),
    Entry("import-start", "Import Start", f"IMPORT <starts>\nstart = @:S\n{DOT}", ONE, True, "pyrudof", shape=None),
    Entry("extends", "Extends", ":S EXTENDS @:T { :q . }\n:T { :p . }", ":s :p 1 ; :q 1 .", True, "pyrudof"),
    Entry("extends-fail", "Extends", ":S EXTENDS @:T { :q . }\n:T { :p . }", ":s :q 1 .", False, "pyrudof"),
    Entry("extends-closed", "Extends Closed", ":S EXTENDS @:T CLOSED { :q . }\n:T { :p . }", ":s :p 1 ; :q 1 ; :r 1 .", False, "pyrudof"),
    Entry("extends-many", "MultiExtends Extends", ":S EXTENDS @:T EXTENDS @:U { :r . }\n:T { :p . }\n:U { :q . }", ":s :p 1 ; :q 1 ; :r 1 .", True, "pyrudof"),
    Entry("extends-repeated", "Extends Exhaustive", ":S EXTENDS @:T { :p [2] }\n:T { :p [1] }", ":s :p 1, 2 .", True, "pyrudof"),
    Entry("abstract", "Abstract Extends", ABSTRACT, ":s :q :o . :o :p 1 ; :r 1 .", True, "pyrudof"),
    Entry("abstract-fail", "Abstract Extends", ABSTRACT, ":s :q :o . :o :p 1 .", False, "pyrudof"),
    Entry("external", "ExternalShape", ":S { :p @:E }\n:E EXTERNAL", ":s :p :o . :o :q 1 .", True, "pyrudof", externals="external.shextern"),
    Entry("external-fail", "ExternalShape", ":S { :p @:E }\n:E EXTERNAL", ONE, False, "pyrudof", externals="external.shextern"),
    Entry("action", "SemanticAction", f":S {{ :p . %{_TEST}{{ print(o) %}} }}", ONE, True),
    Entry("action-fail", "SemanticAction", f":S {{ :p . %{_TEST}{{ fail(o) %}} }}", ONE, False, "pyrudof"),
    Entry("actions", "OrderedSemanticActions SemanticAction", f":S {{ :p . %{_TEST}{{ print(s) %}} %{_TEST}{{ print(o) %}} }}", ONE, True),
    Entry("action-group", "SemanticAction EachOf", f":S {{ (:p . ; :q .) %{_TEST}{{ print(s) %}} }}", ":s :p 1 ; :q 1 .", True),
    Entry("action-shape", "SemanticAction", f":S {{ :p . }} %{_TEST}{{ fail(s) %}}", ONE, False),
    Entry("action-start", "SemanticAction", f"%{_TEST}{{ print(\"x\") %}}\n{DOT}", ONE, True),
    Entry("action-start-fail", "SemanticAction", f"%{_TEST}{{ fail(\"x\") %}}\n{DOT}", ONE, False, "pyrudof"),
    Entry("action-code-elsewhere", "ExternalSemanticAction", f":S {{ :p . %{_TEST}% }}", ONE, True, "pyrudof", actions="print.semact"),
    Entry("action-code-fails", "ExternalSemanticAction", f":S {{ :p . %{_TEST}% }}", ONE, False, "pyrudof", actions="fail.semact"),
    Entry("action-unknown", "SemanticAction", ":S { :p . %<http://other.example/>{ do as you like %} }", ONE, True),
]  # fmt: skip


def write(root: Path) -> Path:
    """Write the suite below a folder; the folder of its manifests, which are in three forms."""
    folder, schemas = root / "validation", root / "schemas"
    folder.mkdir(parents=True)
    schemas.mkdir()
    for name, text in FILES.items():
        (schemas / name).write_text(text, encoding="utf-8")
    entries = [_write(entry, folder, schemas) for entry in ENTRIES]
    context = ["https://example.org/context.jsonld"]
    graph = {"@context": context, "@graph": [{"@type": "mf:Manifest", "entries": entries}]}
    (folder / "manifest.jsonld").write_text(json.dumps(graph), encoding="utf-8")
    later = {"entries": [_later(one) for one in entries if _is_simple(one)]}
    (folder / "manifest-ld.jsonld").write_text(json.dumps(later), encoding="utf-8")
    (folder / "manifest.ttl").write_text(_turtle(entries), encoding="utf-8")
    return folder


def _write(entry: Entry, folder: Path, schemas: Path) -> dict[str, Any]:
    is_relative = "relativeIRI" in entry.traits and entry.shape == "S1"
    name = f"Is1_{entry.name};Ip1,Io1"  # as odd as names are there
    schema = (folder if is_relative else schemas) / f"{entry.name}.shex"
    lines = entry.schema.splitlines()
    at = sum(line.startswith(("IMPORT", "BASE")) for line in lines[:1])
    schema.write_text("\n".join([*lines[:at], HEAD, *lines[at:]]), encoding="utf-8")
    (folder / f"{name}.ttl").write_text(DATA_HEAD + entry.data, encoding="utf-8")
    place = "../validation" if is_relative else "../schemas"
    action: dict[str, Any] = {"schema": f"{place}/{schema.name}", "data": f"{name}.ttl"}
    if entry.map is None:
        action["focus"] = entry.focus
        if entry.shape is not None:
            action["shape"] = entry.shape
    else:
        (folder / f"{name}.json").write_text(json.dumps(entry.map))
        action["map"] = f"{name}.json"
    if entry.externals:
        action["shapeExterns"] = f"../schemas/{entry.externals}"
    if entry.actions:
        action["semActs"] = f"../schemas/{entry.actions}"
    kind = "sht:ValidationTest" if entry.conforms else "sht:ValidationFailure"
    said = {"@id": f"#{entry.name}", "@type": kind, "action": action, "extensionResults": []}
    return {**said, "name": entry.name, "trait": entry.traits.split(), "status": "mf:Approved"}


def _is_simple(entry: dict[str, Any]) -> bool:
    shape = entry["action"].get("shape", "")
    return isinstance(shape, str) and not shape.startswith("_:")


def _later(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as ``manifest-ld`` has it."""
    action = entry["action"]
    status = "conformant" if entry["@type"] == "sht:ValidationTest" else "nonconformant"
    said: dict[str, Any] = {"name": entry["name"], "status": status, "trait": entry["trait"]}
    said |= {"schemaURL": action["schema"], "dataURL": action["data"]}
    for key in ("shapeExterns", "semActs"):
        if key in action:
            said[f"{key}URL"] = action[key]
    focus, shape = action.get("focus"), action.get("shape")
    if "map" in action:
        return {**said, "queryMapURL": action["map"]}
    if isinstance(focus, str) and not focus.startswith("_:"):
        return {**said, "node": focus} | ({"shape": shape} if shape else {})
    return {**said, "queryMap": f"{_term(focus)}@{f'<{shape}>' if shape else 'START'}"}


def _turtle(entries: list[dict[str, Any]]) -> str:
    """The same as ``manifest.ttl``."""
    lines = [
        "@base <https://raw.githubusercontent.com/shexSpec/shexTest/main/validation/manifest> .",
        "@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .",
        "@prefix sht: <http://www.w3.org/ns/shacl/test-suite#> .",
        f"<> a mf:Manifest ; mf:entries ({' '.join(_term(one['@id']) for one in entries)}) .",
    ]
    for one in entries:
        action = " ; ".join(f"sht:{key} {_term(said)}" for key, said in one["action"].items())
        traits = ", ".join(f"sht:{trait}" for trait in one["trait"])
        lines.append(
            f'<{one["@id"]}> a {one["@type"]} ; mf:name "{one["name"]}" ;'
            f" sht:trait {traits} ; mf:action [ {action} ] ."
        )
    return "\n".join(lines)


def _term(said: Any) -> str:
    if isinstance(said, str):
        return said if said.startswith("_:") else f"<{said}>"
    if "@id" in said:
        return f"<{said['@id']}>"
    tail = f"@{said['@language']}" if "@language" in said else ""
    return f'"{said["@value"]}"' + (f"^^<{said['@type']}>" if "@type" in said else tail)
