"""The use cases, one class a part; the command line and the API call only these."""
