"""Tests of the artifacts: what is fetched, kept, repaired and refused."""
