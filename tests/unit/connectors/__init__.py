"""Tests of Debezium connectors."""
