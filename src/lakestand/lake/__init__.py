"""Tables at rest, and how rows and their Kafka positions enter them in one commit."""
