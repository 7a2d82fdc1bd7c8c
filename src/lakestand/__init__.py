"""Lakestand: a stand for CDC lakehouse pipelines, from a row in a database to a row in Iceberg and Delta."""
