"""Entity JSON → columns.

Bytes of lines are read once, by compiled code that keeps no value as an object: it writes numbers
and texts straight into the buffers of which Arrow's columns consist.
"""
