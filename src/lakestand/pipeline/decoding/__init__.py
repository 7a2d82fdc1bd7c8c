"""Kafka records into Arrow columns: JSON and Avro envelopes, their types, and what is set aside as undecodable."""
