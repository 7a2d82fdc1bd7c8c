"""Iceberg tables on PyIceberg: writing them from a pipeline, snapshots, increments, evolution and maintenance."""
