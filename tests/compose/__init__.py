"""The Compose runtime on a Docker engine: `nox -s compose` runs them, and the stories' tests after them."""
