"""All cases of the field, of every file of data."""

from __future__ import annotations

from tests.field import changes, names, shapes, texts_mysql, types_postgres, values_mysql, values_postgres

CASES = (
    *changes.CASES,
    *values_postgres.CASES,
    *types_postgres.CASES,
    *values_mysql.CASES,
    *texts_mysql.CASES,
    *names.CASES,
    *shapes.CASES,
)
