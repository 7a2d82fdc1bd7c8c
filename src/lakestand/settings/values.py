"""Settings of the values of rows: what becomes of one that no table can hold."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class Values(BaseSettings):
    """The part of the settings that decides what a table holds where its type cannot hold the source's value."""

    unrepresentable: Literal["stand-in", "null", "text", "refuse"] = Field(
        "stand-in",
        description="values that no table can hold, as infinite dates: the documented stand-in, null, "
        "PostgreSQL's dates, times, decimals and arrays all as text, or refuse: the table halts",
    )
