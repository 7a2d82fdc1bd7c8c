"""Spark with Delta Lake: sessions that start fast and resolve nothing, and what the stories ask of them."""
