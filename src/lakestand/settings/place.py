"""Settings of where a stand keeps its files and how its services are run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from platformdirs import site_cache_path, user_cache_path
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


def _cache_path() -> Path:
    # Not root's own cache: services that root starts as another user must be able to read it.
    return site_cache_path("lakestand") if os.geteuid() == 0 else user_cache_path("lakestand")


class Place(BaseSettings):
    """The part of the settings that names the stand, its folders, its runtime and its limits of time."""

    name: str = Field("lakestand", pattern=r"^[a-z][a-z0-9-]{0,30}$", description="name of this stand")
    runtime: Literal["auto", "native", "compose"] = Field(
        "auto", description="how services are run; auto: natively, or by Docker Compose where that cannot be"
    )
    images: Literal["pull", "build"] = Field(
        "pull", description="Docker Compose: images as published, or all built from debian:bookworm-slim"
    )
    inside: bool = Field(False, description="this is a container: listen on all addresses, reach others by name")
    state_dir: Path = Field(Path(".lakestand"), description="data, logs and process ids of native services")
    cache_dir: Path = Field(default_factory=_cache_path, description="downloaded artifacts, shared by all checkouts")
    reports_dir: Path = Field(Path("reports"), description="what tests and measurements leave")
    maven_url: str = Field("", description="Maven repository to fetch from; empty: the public one")
    host: str = Field("127.0.0.1", pattern=r"^127\.\d+\.\d+\.\d+$", description="loopback address of services")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "WARNING", description="which of the program's log records are seen; --verbose shows INFO too"
    )
    mirror_deletes: Literal["position", "copy"] = Field(
        "position",
        description="Iceberg mirrors: old rows are marked in position-delete files, or their files rewritten",
    )
    service_user: str = Field("nobody", description="whom PostgreSQL and MySQL run as when started by root")
    start_timeout: float = Field(120.0, gt=0, description="seconds a service may take to be ready")
    stop_timeout: float = Field(10.0, gt=0, description="seconds a service may take to end before SIGKILL")

    @field_validator("state_dir", "cache_dir", "reports_dir")
    @classmethod
    def _expand_home(cls, folder: Path) -> Path:
        return folder.expanduser()  # no shell has read .env

    @property
    def home(self) -> Path:
        """The absolute folder in which this stand keeps its services: state_dir/name."""
        return (self.state_dir / self.name).absolute()

    @property
    def runtime_file(self) -> Path:
        """The file in which a running stand remembers how its services run."""
        return self.state_dir / f"{self.name}.runtime"

    @property
    def offset_file(self) -> Path:
        """The file in which a stand remembers how far its ports have moved by themselves."""
        return self.state_dir / f"{self.name}.offset"
