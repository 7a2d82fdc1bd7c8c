"""From Kafka records to rows in tables, exactly once: decode, fold, apply."""
