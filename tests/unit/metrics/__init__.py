"""Tests of what pipelines tell of themselves."""
