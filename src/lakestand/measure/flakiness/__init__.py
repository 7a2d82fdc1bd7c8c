"""Flakiness: a story's tests, run many times in random orders beside a busy processor, and what failed of them."""
