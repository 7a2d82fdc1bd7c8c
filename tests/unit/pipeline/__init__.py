"""Tests of the pipeline, without a stand."""
