"""Compares a source table with its mirror, row by row: what is missing, extra or changed, and at which instants."""
