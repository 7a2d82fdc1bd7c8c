"""Connecting to the Iceberg REST catalogue, with a time limit on every request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests
from pyiceberg.catalog import load_catalog
from pyiceberg.catalog.rest import RestCatalog
from requests.adapters import HTTPAdapter

from lakestand.clients import retry
from lakestand.errors import ServiceError
from lakestand.settings import Settings


@dataclass(frozen=True, kw_only=True)
class IcebergCatalogConfig:
    """Where a REST catalogue is and how the files of its tables are reached.

    Attributes:
        timeout_ms: limit of every request to the catalogue and to the object store.
        retry_attempts: how many requests, 0.1, 0.2, 0.4 … s apart, a catalogue may leave unanswered before
            `connect` gives up.
    """

    uri: str
    warehouse: str = "s3://warehouse/"
    s3_endpoint: str
    s3_access_key_id: str
    s3_secret_access_key: str = field(repr=False)
    s3_region: str = "us-east-1"
    s3_path_style_access: bool = True
    timeout_ms: int = 30_000
    retry_attempts: int = 3

    def properties(self) -> dict[str, str]:
        """Return the configuration as PyIceberg's catalogue properties."""
        return {
            "type": "rest",
            "uri": self.uri,
            "warehouse": self.warehouse,
            "s3.endpoint": self.s3_endpoint,
            "s3.access-key-id": self.s3_access_key_id,
            "s3.secret-access-key": self.s3_secret_access_key,
            "s3.region": self.s3_region,
            "s3.force-virtual-addressing": str(not self.s3_path_style_access),
            "s3.connect-timeout": "5",
            "s3.request-timeout": f"{self.timeout_ms / 1000:g}",
            "py-io-impl": "lakestand.lake.iceberg.fileio.SinglePutFileIO",
        }


def catalog_config(settings: Settings) -> IcebergCatalogConfig:
    """Return the configuration of the stand's catalogue."""
    return IcebergCatalogConfig(
        uri=settings.iceberg_uri,
        warehouse=f"s3://{settings.warehouse_bucket}/",
        s3_endpoint=settings.s3_endpoint,
        s3_access_key_id=settings.s3_access_key_id,
        s3_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        s3_region=settings.s3_region,
    )


def connect(config: IcebergCatalogConfig, name: str = "lakestand") -> RestCatalog:
    """Return a handle on the catalogue, once it answers; ServiceError when it does not."""
    _reach(config)
    catalog = load_catalog(name, **config.properties())
    assert isinstance(catalog, RestCatalog)  # noqa: S101  the type in properties()
    # PyIceberg's requests have no time limit: a cut line would block it for ever.
    for scheme in ("http://", "https://"):
        catalog._session.mount(scheme, Limited(config.timeout_ms / 1000))  # noqa: SLF001
    return catalog


class Limited(HTTPAdapter):
    """An adapter of requests that ends a request after *seconds* without an answer."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__()

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  requests' own
        """Send a request, with the time limit of this adapter where it has none of its own."""
        return super().send(*args, **kwargs | {"timeout": kwargs.get("timeout") or self.seconds})


def _reach(config: IcebergCatalogConfig) -> None:
    asking = retry.while_unanswered(requests.RequestException, attempts=config.retry_attempts)
    try:
        asking(lambda: requests.get(f"{config.uri}/v1/config", timeout=config.timeout_ms / 1000).raise_for_status())
    except requests.RequestException as err:
        raise ServiceError(
            f"Iceberg REST catalogue {config.uri}: no answer in {config.retry_attempts} attempts ({err}); "
            "does it run? invoke up --only iceberg-rest"
        ) from err
