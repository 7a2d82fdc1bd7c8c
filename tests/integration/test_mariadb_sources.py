"""MariaDB does what is asked of every source database: the same tests, on the other server."""

from __future__ import annotations

import pytest

from lakestand.settings import Settings
from lakestand.sources.database import Database
from lakestand.sources.databases import open_database
from tests.integration.test_sources import *  # noqa: F403  every test of it
from tests.integration.test_sources import table

__all__ = ["table"]
pytestmark = pytest.mark.services("mariadb")


@pytest.fixture(name="source")
def source_of_mariadb(settings: Settings) -> Database:
    """Return MariaDB in place of the other databases."""
    return open_database(settings, "mariadb")
