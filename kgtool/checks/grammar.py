"""Where exactly a schema stops being ShExC: the grammar (§6.1 of ShEx), followed token by token.

pyrudof says of a broken schema only where the broken shape begins. This follows the same grammar
and remembers the farthest token that no rule could take, and what the rules wanted there.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, TypeAlias

from kgtool.checks.tokens import Token, place, tokens
from kgtool.errors import InputError

Rule: TypeAlias = tuple[Any, ...]  # what it is, then its parts: rules or words

# One rule a line, alternatives in the order in which they are tried. 'words' and 'signs' stand for
# themselves, names in capitals for kinds of tokens, ( … )? ( … )* ( … )+ as usual.
_GRAMMAR = """
schema       = directive* ( notStartAction statement* )? END
directive    = 'BASE' IRI | 'PREFIX' NAME IRI | 'IMPORT' iri
notStartAction = start | shapeDecl | codeDecl+
start        = 'start' '=' shapeExpr
statement    = directive | start | shapeDecl
shapeDecl    = 'ABSTRACT'? label ( 'EXTERNAL' | restriction* shapeExpr restriction* )
restriction  = ( 'RESTRICTS' | '-' ) shapeRef
shapeExpr    = shapeAnd ( 'OR' shapeAnd )*
shapeAnd     = shapeNot ( 'AND' shapeNot )*
shapeNot     = 'NOT'? shapeAtom
shapeAtom    = nonLiteral shapeOrRef? | shapeOrRef nonLiteral? | literalTest
               | '(' shapeExpr ')' | '.'
shapeOrRef   = shape | shapeRef
shapeRef     = '@' label
literalTest  = 'LITERAL' facet* | 'NONLITERAL' stringFacet* | numericFacet+ | valueSet facet*
             | iri facet*
nonLiteral   = ( 'IRI' | 'BNODE' | 'NONLITERAL' ) stringFacet* | stringFacet+
facet        = stringFacet | numericFacet
stringFacet  = ( 'LENGTH' | 'MINLENGTH' | 'MAXLENGTH' ) NUMBER | REGEX
numericFacet = ( 'MININCLUSIVE' | 'MINEXCLUSIVE' | 'MAXINCLUSIVE' | 'MAXEXCLUSIVE' ) NUMBER
             | ( 'TOTALDIGITS' | 'FRACTIONDIGITS' ) NUMBER
shape        = qualifier* '{' tripleExpr? '}' annotation* semAct*
qualifier    = ( 'EXTENDS' | '&' ) shapeRef | 'EXTRA' predicate+ | 'CLOSED'
tripleExpr   = group ( '|' group )*
group        = unary ( ';' unary? )*
unary        = '&' label | ( '$' label )? ( bracketed | triple )
bracketed    = '(' tripleExpr ')' cardinality? annotation* semAct*
triple       = '^'? predicate shapeExpr cardinality? annotation* semAct*
cardinality  = '*' | '+' | '?' | REPEAT
valueSet     = '[' value* ']'
value        = iri ( '~' exclusion* )? | literal ( '~' exclusion* )?
             | LANGUAGE ( '~' exclusion* )? | '@' '~' exclusion* | '.' exclusion+
exclusion    = '-' ( iri | literal | LANGUAGE ) '~'?
annotation   = '//' predicate ( iri | literal )
semAct       = '%' iri ( CODE | '%' )
codeDecl     = '%' iri ( CODE | '%' )
predicate    = iri | 'a'
label        = iri | BLANK
iri          = IRI | NAME
literal      = NUMBER | 'true' | 'false' | STRING ( LANGUAGE | '^^' iri )?
"""
_KINDS = {
    "IRI": "iri",
    "NAME": "name",
    "NUMBER": "number",
    "REGEX": "regex",
    "REPEAT": "repeat",
    "LANGUAGE": "language",
    "CODE": "code",
    "BLANK": "blank",
    "STRING": "string",
}
_SAID = {
    "iri": "an IRI",
    "name": "a prefixed name",
    "number": "a number",
    "regex": "a regular expression",
    "repeat": "{m,n}",
    "language": "a language",
    "code": "{ code %}",
    "blank": "a blank node",
    "string": "a text",
}
_MOST_NAMED = 9
_part = re.compile(r"'[^']+'|[A-Za-z]+|[()|?*+]")


def explain(text: str) -> InputError | None:
    """The error that says where and why *text* is not ShExC; ``None`` if it is.

    :raises InputError: what :func:`kgtool.checks.tokens.tokens` raises.
    """
    found = _Follower(list(tokens(text)))
    if found.take("schema", 0) is not None:
        return None
    wanted = sorted(found.wanted, key=lambda one: (one.startswith("“"), one))
    if len(wanted) > _MOST_NAMED:
        wanted = [*wanted[: _MOST_NAMED - 1], "others"]
    expected = ", ".join(wanted[:-1]) + (" or " if wanted[1:] else "") + wanted[-1]
    if found.farthest >= len(found.tokens):
        return InputError(
            f"{place(text, len(text.rstrip()))}: the schema ends too early; "
            f"here could stand {expected}."
        )
    token = found.tokens[found.farthest]
    return InputError(
        f"{place(text, token.start)}: “{token.text[:40]}” cannot stand here, but {expected}."
    )


class _Follower:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.farthest = 0
        self.wanted: set[str] = set()

    def take(self, rule: str, at: int) -> int | None:
        """Where the rule ends if it begins at token *at*."""
        return self._follow(_rules()[rule], at)

    def _follow(self, node: Rule, at: int) -> int | None:
        kind, *inner = node
        end: int | None = at
        match kind:
            case "choice":
                for one in inner:
                    end = self._follow(one, at)
                    if end is not None:
                        return end
                return None
            case "sequence":
                for one in inner:
                    end = self._follow(one, at)
                    if end is None:
                        return None
                    at = end
                return at
            case "?" | "*" | "+":
                count = 0
                while True:
                    end = self._follow(inner[0], at)
                    if end is None or end == at:
                        break
                    at, count = end, count + 1
                    if kind == "?":
                        break
                return at if count or kind != "+" else None
            case "rule":
                return self.take(str(inner[0]), at)
        return self._terminal(str(kind), str(inner[0]), at)

    def _terminal(self, kind: str, wanted: str, at: int) -> int | None:
        if at < len(self.tokens):
            token = self.tokens[at]
            if kind == "kind":
                if token.kind == wanted:
                    return at + 1
            elif token.text.upper() == wanted.upper() if wanted != "a" else token.text == "a":
                return at + 1
        elif kind == "end":
            return at
        if at > self.farthest:
            self.farthest, self.wanted = at, set()
        if at == self.farthest:
            name = {"kind": _SAID.get(wanted, wanted), "end": "the end"}.get(kind, f"“{wanted}”")
            self.wanted.add(name)
        return None


@cache
def _rules() -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for line in re.sub(r"\n\s+", " ", _GRAMMAR.strip()).splitlines():
        name, _, body = line.partition("=")
        parts = _part.findall(body)
        rules[name.strip()], rest = _choice(parts)
        assert not rest
    return rules


def _choice(parts: list[str]) -> tuple[Rule, list[str]]:
    options: list[object] = []
    while True:
        sequence: list[object] = []
        while parts and parts[0] not in ("|", ")"):
            first, parts = parts[0], parts[1:]
            one: Rule
            if first == "(":
                one, parts = _choice(parts)
                parts = parts[1:]
            elif first.startswith("'"):
                one = ("text", first[1:-1])
            elif first == "END":
                one = ("end", "")
            elif first in _KINDS:
                one = ("kind", _KINDS[first])
            else:
                one = ("rule", first)
            if parts and parts[0] in ("?", "*", "+"):
                one, parts = (parts[0], one), parts[1:]
            sequence.append(one)
        options.append(("sequence", *sequence))
        if not parts or parts[0] == ")":
            return ("choice", *options), parts
        parts = parts[1:]
