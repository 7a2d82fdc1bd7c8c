"""The workload of the measurements: changes as Debezium writes them, put into topics or made by real databases."""
