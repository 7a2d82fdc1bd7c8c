"""Tests of the services, as data."""
