"""Tests of the source databases."""
