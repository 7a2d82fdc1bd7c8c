"""The pipeline on a Spark cluster: the same decoding and folding in Python on its executors, the same tables."""
