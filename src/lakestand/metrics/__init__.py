"""The metrics exporter: shows Prometheus the state of the stand and the numbers that each pipeline writes to a file."""
