"""Docker Compose: the engine, the project of a stand, and the configuration of published images."""
