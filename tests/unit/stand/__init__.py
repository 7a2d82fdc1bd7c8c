"""Tests of lakestand.stand, on small real processes."""
