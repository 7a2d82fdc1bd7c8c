"""Tests of the inbox, on real sockets where it has some."""
