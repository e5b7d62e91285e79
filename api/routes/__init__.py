"""JSON routes, one part of the service a file; each router is included by ``app.py``."""
