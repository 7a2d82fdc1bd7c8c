"""The Invoke tasks, one topic a module: each parses its options, calls one thing and prints the result."""
