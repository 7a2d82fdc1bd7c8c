"""The source databases and their connectors: rows and types, registering a connector until it streams, its lag."""
