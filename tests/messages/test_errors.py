"""Errors that a person can meet on a page are words, so that they are told in every language."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgtool import errors
from kgtool.errors import (
    ExpressionError,
    InputError,
    KgtoolError,
    MappingError,
    NotInWorkspace,
    UsageError,
)
from kgtool.messages.words import Words, said_by, told_by

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    name
    for name, one in vars(errors).items()
    if isinstance(one, type) and issubclass(one, KgtoolError)
}
# Where the words stand among what a class takes, if not first. (The key of a mapping is as typed.)
PLACES = {"ExpressionError": (2,), "MappingError": (1,), "NotInWorkspace": ()}

# Modules whose errors are English alone: no page can give them.
COMMANDS = "the command line gives them"
PROGRAMS = "programs ask there, in English"
STARTING = "settings, read when the service starts"
SCHEMAS = "schemas of one's own are given by the command line and in tests; pages have shipped ones"
ENGLISH = {
    "api/auth.py": PROGRAMS,  # narrowed tokens
    "api/reconcile/": PROGRAMS,
    "api/routes/": PROGRAMS,
    "api/sandbox/": "a wiki to try things on, of its own",
    "api/turns.py": PROGRAMS,  # the reconciliation service
    "kgtool/bench/": COMMANDS,
    "kgtool/checks/checker.py": SCHEMAS,
    "kgtool/checks/engine.py": SCHEMAS,
    "kgtool/checks/entity_nodes.py": SCHEMAS,
    "kgtool/checks/grammar.py": SCHEMAS,
    "kgtool/checks/references.py": SCHEMAS,
    "kgtool/checks/source.py": SCHEMAS,
    "kgtool/checks/surroundings.py": SCHEMAS,
    "kgtool/checks/tokens.py": SCHEMAS,
    "kgtool/checks/values.py": SCHEMAS,
    "kgtool/cli/": COMMANDS,
    "kgtool/entities/": "files, and what programs post; the room knows no messages",
    "kgtool/reconcile/": PROGRAMS,
    "kgtool/service/backup.py": COMMANDS,
    "kgtool/service/judges.py": COMMANDS,  # files of schemas
    "kgtool/service/loading.py": COMMANDS,
    "kgtool/service/pasted.py": PROGRAMS,
    "kgtool/service/reconcile_table.py": COMMANDS,
    "kgtool/settings.py": STARTING,
    "kgtool/sources/dump.py": COMMANDS,
    "kgtool/sources/inflate.py": COMMANDS,
    "kgtool/sources/subset.py": COMMANDS,
    "kgtool/store/backup.py": COMMANDS,
    "kgtool/views/copying.py": "noted in the log",
    "kgtool/views/local.py": STARTING,
    "kgtool/views/names/read.py": COMMANDS,
    "kgtool/views/names/types.py": COMMANDS,
}
# Single sentences, by how they begin.
SENTENCES = {
    "KGTOOL_": STARTING,
    "There is no driver for this database: ": STARTING,
    " is on a disk that machines share, where SQLite loses data.": STARTING,
    ": the first line is not a question in a comment.": "a query that is shipped",
    ": this parameter cannot be understood: ": "a query that is shipped",
    " holds nothing to index.": COMMANDS,
    "There is no shape <": SCHEMAS,
    ": there is no shape <": SCHEMAS,
    "These shapes refer to each other": SCHEMAS,
    "The schema cannot be used: ": SCHEMAS,
    "The reference engine says nothing of ": SCHEMAS,
    "The schema's expressions are nested too deeply.": SCHEMAS,
    "The schema names no start shape.": SCHEMAS,
    "The schema has no shape <": SCHEMAS,
    "“": "an address in the settings",  # is not a web address: sources/budget.py
}
ONLY_IN = {"“": "kgtool/sources/budget.py"}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("kgtool", "api"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not name.startswith(tuple(ENGLISH)) and name != "kgtool/errors.py":
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def _english(node: ast.expr, names: dict[str, list[ast.expr]]) -> str | None:
    """A text that may become what is said, outside of words; ``None`` where there is none."""
    match node:
        case ast.Constant(value=str(text)):
            return text or None
        case ast.JoinedStr(values=parts):
            fixed = [one.value for one in parts if isinstance(one, ast.Constant)]
            return str(fixed[0]) if fixed else "a text with nothing fixed"
        case ast.BinOp(left=left, right=right):
            return _english(left, names) or _english(right, names)
        case ast.IfExp(body=body, orelse=other):
            return _english(body, names) or _english(other, names)
        case ast.BoolOp(values=values):
            return next(filter(None, (_english(one, names) for one in values)), None)
        case ast.Attribute(attr="message" | "hint" | "operator"):
            return f"{ast.unparse(node)}, which is English"
        case ast.Call(func=ast.Name(id="str")):
            return f"{ast.unparse(node)}, which is English"
        case ast.Call(func=ast.Attribute(attr="join" | "format" | "strip")):
            return ast.unparse(node)
        case ast.Name(id=name):
            inside = {k: v for k, v in names.items() if k != name}
            return next(filter(None, (_english(one, inside) for one in names.get(name, []))), None)
    return None


def _assigned(tree: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.setdefault(name, []).append(value)
    return found


def _said(tree: ast.Module) -> Iterator[tuple[int, list[str]]]:
    """(line, English) of errors of a module that say something in no words."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    top = _assigned(ast.Module([n for n in tree.body if not isinstance(n, ast.ClassDef)], []))
    seen = set()
    for function in functions:
        names = top | _assigned(function)
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or (node.lineno, node.col_offset) in seen:
                continue
            kind = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if kind not in KINDS:
                continue
            seen.add((node.lineno, node.col_offset))
            given = [node.args[n] for n in PLACES.get(kind, (0,)) if n < len(node.args)]
            given += [one.value for one in node.keywords if one.arg in ("hint", "operator")]
            found = [text for one in given if (text := _english(one, names)) is not None]
            if found:
                yield node.lineno, found


def test_what_errors_say_on_pages_are_words() -> None:
    def is_listed(module: str, text: str) -> bool:
        return any(
            text.startswith(begin) and ONLY_IN.get(begin, module) == module for begin in SENTENCES
        )

    found = [
        f"{module}:{line}: {texts}"
        for module, tree in _modules()
        for line, texts in _said(tree)
        if not is_listed(module, texts[0])
    ]
    assert not found, "Raise with Words, or list here with the reason:\n" + "\n".join(found)


def test_what_is_listed_as_english_is_there() -> None:
    for name in ENGLISH:
        assert (ROOT / name).exists(), name
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "kgtool").rglob("*.py"))
    assert [begin for begin in SENTENCES if begin not in code] == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ('raise UsageError("No.")', True),
        ('raise UsageError(f"No {x}.")', True),
        ('raise UsageError("No " + x)', True),
        ('raise UsageError(Words("a-b"), hint="Try.")', True),
        ('raise UsageError(Words("a-b") if x else "No.")', True),
        ('said = f"No {x}."\n raise UsageError(said)', True),
        ("raise UsageError(error.message)", True),
        ('raise ExpressionError(x, 1, "no")', True),
        ('raise UsageError(Words("a-b", (f"{x} y",)), hint=Words("c-d"))', False),
        ('said = Words("a-b")\n raise UsageError(said)', False),
        ('raise UsageError(Words("a-b"), operator="Run it.")', True),
        ('raise UsageError(Words("a-b"), operator=error.operator)', True),
        ('raise UsageError(Words("a-b"), operator=Words("c-d", ("kgtool gc",)))', False),
        ("raise NotInWorkspace([x])", False),
    ],
)
def test_the_rule_sees_what_is_english(code: str, wrong: bool) -> None:
    assert bool(list(_said(ast.parse(f"def f(x):\n {code}\n")))) is wrong


NO_MONTH = Words("error-not-month", ("x",))


@pytest.mark.parametrize(
    "error",
    [
        UsageError(NO_MONTH, hint=Words("error-for-example", ("2026-10",))),
        ExpressionError("P18 and", 7, Words("error-expected-measure")),
        MappingError("labels[0]", Words("error-one-of-five")),
        NotInWorkspace(["Q1"]),
    ],
)
def test_an_error_is_told_in_any_language_after_it_crossed_a_process(error: KgtoolError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    for language in ("sv", "ar", "ja"):
        said = said_by(again)
        assert isinstance(said, Words)
        assert said == said_by(error)
        assert said.told(language) != said.told("en")


def test_what_is_kept_of_an_error_is_all_that_it_says() -> None:
    run = Words("operator-run", ("kgtool gc",))
    error = InputError(NO_MONTH, hint=Words("error-try-again"), operator=run)
    kept = told_by(error)
    assert str(kept) == (
        "“x” is not a month. Try again. Whoever runs this service can mend it: Run: kgtool gc"
    )
    assert isinstance(kept, Words)
    assert "次を実行してください：kgtool gc" in kept.told("ja")


def test_a_mere_text_is_kept_as_it_is() -> None:
    assert told_by(InputError("This stands.")) == "This stands."
