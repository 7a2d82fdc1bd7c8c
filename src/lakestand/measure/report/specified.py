"""How many tests the specification asks for in each file, and how many passed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The beginning of a file's path → at least so many tests.
SPECIFIED = {
    "tests/unit/test_cdc_pipelines/test_iceberg_": 29,
    "tests/integration/test_iceberg_cdc.py": 8,
    "tests/e2e/test_iceberg_workflow.py": 5,
    "tests/integration/test_cross_storage.py": 6,
    "tests/integration/test_deltalake_cdc.py": 9,
    "tests/e2e/test_delta_cdf_workflow.py": 8,
    "tests/e2e/test_postgres_to_delta.py": 8,
    "tests/e2e/test_mysql_to_delta.py": 8,
    "tests/e2e/test_postgres_to_iceberg.py": 3,
    "tests/e2e/test_mysql_to_iceberg.py": 3,
    "tests/integration/test_postgres_schema_evolution.py": 6,
    "tests/integration/test_postgres_cdc.py": 8,
    "tests/integration/test_mysql_cdc.py": 9,
    "tests/integration/test_alerting.py": 27,
    "tests/integration/test_infrastructure.py": 10,
}
TESTS = 297


@dataclass(frozen=True, kw_only=True)
class FileCount:
    """Specified and passed tests of one file, or of files whose paths begin alike."""

    file: str
    specified: int
    passed: int

    @property
    def met(self) -> bool:
        """Whether as many passed as are specified."""
        return self.passed >= self.specified


def count_tests(passed: Mapping[str, int]) -> list[FileCount]:
    """Return a count for each specified file, from the number of *passed* tests by path; no path means no test."""
    return [
        FileCount(file=file, specified=least, passed=sum(n for path, n in passed.items() if path.startswith(file)))
        for file, least in SPECIFIED.items()
    ]
