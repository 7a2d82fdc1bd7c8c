"""Tests of the stack on small real processes."""
