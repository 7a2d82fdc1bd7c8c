"""Thin typed HTTP clients, one class a server."""
