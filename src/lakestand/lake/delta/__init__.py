"""Delta tables by delta-rs, without a JVM: writing them from a pipeline, reading, history and maintenance."""
