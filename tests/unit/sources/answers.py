"""Answers of Kafka Connect about the connector shop, and its configuration."""

from __future__ import annotations

from lakestand.sources.connector import DebeziumConnectorConfig
from tests.unit.clients.server import Answer

SHOP = DebeziumConnectorConfig.model_validate(
    {"name": "shop", "database_password": "hunter2", "database_dbname": "shop", "topic_prefix": "shop"}
)
REBALANCING: Answer = (409, {"error_code": 409, "message": "Cannot complete request: rebalance is expected"})
REFUSED: Answer = (500, {"error_code": 500, "message": "Request cannot be completed because a rebalance is expected"})
NO_STATUS: Answer = (404, {"error_code": 404, "message": "No status found for connector shop"})
TRACE = (
    "org.apache.kafka.connect.errors.ConnectException: Error configuring an instance\n"
    "\tat io.debezium.Task.start(Task.java:1)\n"
    "Caused by: io.debezium.DebeziumException: Unable to obtain\n"
    "\t... 12 more\n"
    'Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "x"\n'
    "\tat org.postgresql.Driver.connect(Driver.java:2)\n"
)
ROOT_CAUSE = 'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "x"'


def status(connector: str, *tasks: str) -> Answer:
    """The status of a connector and its tasks, given their states; each that FAILED has a trace."""
    parts = [{"state": s} | ({"trace": TRACE} if s == "FAILED" else {}) for s in (connector, *tasks)]
    return 200, {"name": "shop", "connector": parts[0], "tasks": parts[1:]}
