"""Partners, their collections and projects, and the requests of the helpdesk."""
