"""What runs, how, and in which order: services as data, the runtimes that run them, and the stand of a checkout."""
