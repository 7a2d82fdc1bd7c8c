"""The inbox: a mail server and a web server that keep what they receive, for tests to look at."""
