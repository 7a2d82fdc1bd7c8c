"""Tests of lakestand.tasks."""
