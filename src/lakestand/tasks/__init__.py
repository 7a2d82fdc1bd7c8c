"""The Invoke tasks, one topic a module: parse, call one thing, print."""
