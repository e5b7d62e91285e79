"""ShEx: shapes compiled to checks on entities and on columns, and one structured report."""
