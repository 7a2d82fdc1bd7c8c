"""The Compose files, and what is made for them, without an engine."""
