"""Tests of the HTTP clients, against a small real server."""
