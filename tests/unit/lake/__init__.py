"""Tests of lakestand.lake."""
