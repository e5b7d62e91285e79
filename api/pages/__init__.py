"""The web pages: one part of the service a file, templates beside them."""
