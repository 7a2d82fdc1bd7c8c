"""Iceberg tables on a local catalogue: SQLite and files."""
