"""Kafka records become rows of tables, exactly once: read, decoded, folded to one change a key, and committed."""
