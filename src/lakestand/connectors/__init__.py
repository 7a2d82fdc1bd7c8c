"""Debezium connectors: their configuration, and registering one until it streams."""
