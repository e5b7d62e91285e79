"""A small server that behaves like a Wikibase (MediaWiki 1.43), to rehearse on and to test against.

It answers the Action API, ``Special:EntityData``, the Wikibase REST API v1 and SPARQL over an
embedded store, with the statuses, codes, headers and shapes of the real thing. What it says in
words is its own.
"""
