"""Tests of Spark's surroundings, without Spark."""
