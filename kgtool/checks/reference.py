"""pyrudof, the reference engine: parses schemas, and validates what the compiler does not cover.

Everything that is known of pyrudof's interface stands here. It runs in this process for our own
shapes only; see :mod:`kgtool.checks.worker` for all else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from kgtool.checks.grammar import explain
from kgtool.checks.terms import Iri, Term, to_ntriples
from kgtool.checks.tokens import expanded, place, tokens
from kgtool.errors import InputError
from kgtool.messages.words import Words

# Relative IRIs in schemas become these: without a base, pyrudof takes the working directory.
BASE = "urn:kgtool:schema/"
# Its parser of shape maps is more than linear: a map of 2,000 nodes takes 200 times one of 200.
_PAIRS_AT_ONCE = 25


class Verdict(NamedTuple):
    """What pyrudof says of a node and a shape; its words are not stable between runs."""

    node: str
    conforms: bool
    details: str


def to_shexj(text: str, base: str = BASE) -> dict[str, Any]:
    """A schema in ShExC → ShExJ, decoded, with exact numbers. Imports must have been resolved.

    :raises InputError: it is not ShExC, or not a schema; says where.
    """
    from pyrudof import Rudof, ShExError, ShExFormat

    engine = Rudof()
    full = expanded(text)
    try:
        engine.read_shex(full, ShExFormat.ShExC, base)
        written = engine.serialize_current_shex(format=ShExFormat.ShExJ)
    except ShExError as error:
        raise explain(text) or _problem(full, str(error)) from None
    raw: dict[str, Any] = json.loads(written, parse_float=Decimal)
    return raw


def _problem(text: str, message: str) -> InputError:
    missing = re.search(r"Shape label not found <?([^\s>]+)", message)
    if missing:
        for token in tokens(text):
            if token.kind == "iri" and token.text[1:-1] == missing[1]:
                after_at = text[: token.start].rstrip().endswith("@")
                if after_at:
                    return InputError(
                        f"{place(text, token.start)}: there is no shape <{missing[1]}>.",
                        hint="Check the spelling of the label, or IMPORT the schema that has it.",
                    )
        return InputError(f"There is no shape <{missing[1]}>.")
    if "negative cycle" in message:
        named = message.partition(": [")[2].rstrip("] ")
        return InputError(
            f"These shapes refer to each other through NOT, so no verdict could be right: {named}.",
            hint="ShEx asks for stratified negation (§5.7.4).",
        )
    return InputError(f"The schema cannot be used: {message.splitlines()[0].rpartition(': ')[2]}.")


def validate(
    schema: str,
    data: bytes,
    pairs: Sequence[tuple[Term, str | None]],
    *,
    is_json: bool = False,
    base: str = BASE,
    externals: str = "",
) -> list[Verdict]:
    """Verdicts on nodes and shapes (``None`` is the start shape), in the order asked for.

    ``data`` is N-Triples or Turtle, ``schema`` ShExC or (``is_json``) ShExJ; ``externals`` is the
    path of a schema that has what the first one calls EXTERNAL.

    :raises InputError: schema or data cannot be read in full.
    """
    from pyrudof import RDFFormat, ReaderMode, Rudof, RudofError, ShExFormat

    # A new engine each time, though its first data costs 60 ms: one that is given other data or
    # another schema goes on giving the verdicts that it gave before.
    engine = Rudof()
    try:
        if externals:
            engine.add_external_resolver(f"schema:{externals}")
        engine.read_shex(schema, ShExFormat.ShExJ if is_json else ShExFormat.ShExC, base)
        # Its N-Triples reader drops lines it dislikes; the Turtle reader keeps odd language tags.
        engine.read_data(data.decode() or "\n", RDFFormat.Turtle, base, ReaderMode.Lax)
        verdicts: list[Verdict] = []
        for start in range(0, len(pairs), _PAIRS_AT_ONCE):
            verdicts += _verdicts(engine, pairs[start : start + _PAIRS_AT_ONCE])
    except RudofError as error:
        message = " ".join(str(error).split())
        raise InputError(Words("error-reference-engine", (message[:300],))) from None
    return verdicts


def _verdicts(engine: Any, pairs: Sequence[tuple[Term, str | None]]) -> list[Verdict]:
    named = [pair for pair in pairs if isinstance(pair[0], Iri)]
    found = _ask(engine, named) if named else {}
    verdicts = []
    for node, shape in pairs:
        # A literal comes back written otherwise than it was asked for, so these go one by one.
        answers = found if isinstance(node, Iri) else _ask(engine, [(node, shape)])
        key = (node.value, shape or "Start")
        verdict = answers.get(key) if isinstance(node, Iri) else next(iter(answers.values()), None)
        if verdict is None:
            raise InputError(f"The reference engine says nothing of {to_ntriples(node)}.")
        verdicts.append(verdict)
    return verdicts


def _ask(engine: Any, pairs: Sequence[tuple[Term, str | None]]) -> dict[tuple[str, str], Verdict]:
    asked = [
        f"{to_ntriples(node)}@{'START' if shape is None else _label(shape)}"
        for node, shape in pairs
    ]
    engine.read_shapemap(",\n".join(asked))
    found: dict[tuple[str, str], Verdict] = {}
    for entry in engine.validate_shex():
        conforms = str(entry.status).rpartition(".")[2].lower() == "conformant"
        said = Verdict(str(entry.node), conforms, str(entry.details))
        found[said.node, str(entry.shape)] = said
    return found


def _label(label: str) -> str:
    return label if label.startswith("_:") else f"<{label}>"
