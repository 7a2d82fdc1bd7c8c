"""The demo: all flights that left New York in 2013, from two databases into Iceberg and Delta, live."""
