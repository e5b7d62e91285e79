"""The only room that edits a wiki."""
