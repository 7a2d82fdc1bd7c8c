"""The sinks that write to a store; on their way into lakestand.lake."""
