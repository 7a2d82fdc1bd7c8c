"""The pipeline on a Spark cluster: its executors decode and fold with the local engine's code, into the same tables."""
