"""What Prometheus is told: a file a pipeline, and one exporter that tells them with the state of the stand."""
