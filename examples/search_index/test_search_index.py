"""The index follows the database, and loses nothing when Kafka is killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from search_index import SearchIndex, follow

from lakestand.pytest_plugin.capture import Connector, ConnectorFactory
from lakestand.pytest_plugin.databases import PostgresDatabase
from lakestand.pytest_plugin.stand import Stand

SECONDS = 60


@pytest.fixture
def articles(lakestand_postgres: PostgresDatabase, lakestand_connector: ConnectorFactory) -> Connector:
    lakestand_postgres.execute("CREATE TABLE articles (id INT PRIMARY KEY, text TEXT)")
    lakestand_postgres.execute("INSERT INTO articles VALUES (1, 'a lake in winter'), (2, 'a stand of birches')")
    return lakestand_connector(lakestand_postgres, "articles")


def test_the_index_follows_the_table(
    lakestand: Stand, lakestand_postgres: PostgresDatabase, articles: Connector, tmp_path: Path
) -> None:
    lakestand_postgres.execute("UPDATE articles SET text = 'a lake in summer' WHERE id = 1")
    lakestand_postgres.execute("DELETE FROM articles WHERE id = 2")
    index = SearchIndex(str(tmp_path / "index"))
    catch_up(index, lakestand, articles, lambda: index.search("summer") == [1] and index.search("birches") == [])

    assert index.search("lake") == [1]
    assert index.search("winter") == []


def test_nothing_is_lost_when_kafka_is_killed(
    lakestand: Stand, lakestand_postgres: PostgresDatabase, articles: Connector, tmp_path: Path
) -> None:
    index = SearchIndex(str(tmp_path / "index"))
    catch_up(index, lakestand, articles, lambda: index.search("lake OR birches") == [1, 2])
    with lakestand.stopped("kafka", kill=True):
        lakestand_postgres.execute("INSERT INTO articles VALUES (3, 'a frozen lake')")
    catch_up(index, lakestand, articles, lambda: index.search("frozen") == [3])

    assert index.search("lake") == [1, 3]


def catch_up(index: SearchIndex, lakestand: Stand, articles: Connector, done: Callable[[], bool]) -> None:
    """Run the consumer until *done*, at most for a minute."""
    end = time.monotonic() + SECONDS
    follow(
        index,
        lakestand.addresses["KAFKA_BOOTSTRAP_SERVERS"],
        articles.topic("articles"),
        lambda: done() or time.monotonic() > end,
    )
