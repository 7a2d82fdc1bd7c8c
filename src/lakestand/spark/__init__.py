"""Spark sessions that start fast and download nothing: jars, Java and class-data archive come from the cache."""
