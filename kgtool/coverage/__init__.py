"""What is there and what is missing: measures, the matrix, worklists."""
