"""The pytest plugin: a stand for the tests of other projects, and names of its own for each test."""
