"""A full-text index of articles, kept up to date by the changes that Debezium writes to Kafka."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from confluent_kafka import Consumer, Message, TopicPartition


class SearchIndex:
    """An index in the SQLite file *path*. The offset of the next change is committed with the change before it."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path)
        self.database.execute("CREATE VIRTUAL TABLE IF NOT EXISTS articles USING fts5(text)")
        self.database.execute("CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY, next INTEGER)")

    def search(self, words: str) -> list[int]:
        """Return the ids of the articles that have all *words*."""
        query = "SELECT rowid FROM articles WHERE articles MATCH ? ORDER BY rowid"
        return [number for (number,) in self.database.execute(query, [words])]

    @property
    def next(self) -> int:
        """The offset from which to go on."""
        (offset,) = self.database.execute("SELECT coalesce(max(next), 0) FROM position").fetchone()
        return int(offset)

    def apply(self, record: Message) -> None:
        """Bring one change into the index, and its position with it."""
        value = record.value()
        with self.database:
            if value is not None:
                self._change(json.loads(value)["payload"])
            self.database.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", [(record.offset() or 0) + 1])

    def _change(self, change: dict[str, dict[str, str]]) -> None:
        for old in (image for image in (change["before"], change["after"]) if image):
            self.database.execute("DELETE FROM articles WHERE rowid = ?", [old["id"]])
        if new := change["after"]:
            self.database.execute("INSERT INTO articles (rowid, text) VALUES (?, ?)", [new["id"], new["text"]])


def follow(index: SearchIndex, bootstrap_servers: str, topic: str, done: Callable[[], bool]) -> None:
    """Apply the changes of *topic* to *index*, from where it stands, until *done*."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "search-index",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.assign([TopicPartition(topic, 0, index.next)])
    try:
        while not done():
            for record in consumer.consume(100, 0.1):
                if not record.error():
                    index.apply(record)
    finally:
        consumer.close()
