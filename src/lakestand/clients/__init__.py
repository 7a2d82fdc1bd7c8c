"""Thin clients, one module a server: plain HTTP, Kafka, the Schema Registry, Alertmanager and the inbox."""
