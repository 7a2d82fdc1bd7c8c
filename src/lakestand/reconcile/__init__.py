"""A source table and its mirror, compared row by row: what is missing, extra or changed, and of which instants."""
