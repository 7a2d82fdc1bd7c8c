"""Spark sessions that start fast and download nothing."""
