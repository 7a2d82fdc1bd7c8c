"""Tests of lakestand.settings."""
