"""End to end: from a row in a database to a row in a table."""
