"""Tests of lakestand.pytest_plugin."""
