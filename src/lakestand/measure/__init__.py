"""What the stand costs and reaches: startup, memory, lag and throughput measured, flaky tests found, all reported."""
