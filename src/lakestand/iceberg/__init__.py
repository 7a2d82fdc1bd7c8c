"""Iceberg tables beyond the pipeline: life cycle, snapshots, increments, evolution and maintenance, on PyIceberg."""
