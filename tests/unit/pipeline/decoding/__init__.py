"""Tests of lakestand.pipeline.decoding."""
