"""Tests of lakestand.reconcile."""
