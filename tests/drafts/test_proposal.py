"""A property that the wiki lacks yields a proposal to post."""

from __future__ import annotations

from kgtool.drafts import Row, parse_mapping, property_proposals

MAPPING = """
name = "m"
title = "Things | of {{Lund}}"
key = "id"
item = "qid"
[source]
title = "A list"
[[new_properties]]
label = "Lund museum ID"
datatype = "external-id"
description = "identifier of a thing in a museum of Lund"
motivation = "links every thing to the museum's page"
column = "number"
format = '[A-Z]\\d+'
formatter_url = "https://example.org/$1"
"""


def test_a_proposal_has_examples_from_the_table_and_no_markup_from_it() -> None:
    rows = [
        Row(1, {"id": "a", "qid": "Q5", "number": "A1"}),
        Row(2, {"id": "b}}", "qid": "", "number": ""}),
        Row(3, {"id": "c}}", "qid": "", "number": "A2|x"}),
    ]
    [text] = property_proposals(parse_mapping(MAPPING), rows)
    assert text.startswith("=== Lund museum ID ===\n{{Property proposal\n")
    assert "|example 1 = {{Q|Q5}} → A1\n" in text
    assert "|example 2 = ''c&#125;&#125;'' → A2&#124;x\n" in text
    assert "|formatter URL = https://example.org/$1\n" in text
    assert "Things &#124; of &#123;&#123;Lund&#125;&#125; (3 items)" in text
