"""Delta tables beyond the pipeline, by delta-rs, without a JVM: which there are, their history, maintenance."""
