"""The object store's buckets, by requests that are signed here: a stand's start needs no library for S3."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import urlsplit

import requests

from lakestand.clients.http import TIMEOUT, check_status
from lakestand.errors import ErrorStatus, ServiceError
from lakestand.settings import Settings

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
CONFLICT, OWNED = 409, "BucketAlreadyOwnedByYou"
SIGNED = "host;x-amz-content-sha256;x-amz-date"


def list_buckets(settings: Settings) -> list[str]:
    """Return the names of all buckets, sorted.

    Raises:
        ServiceError: when the object store does not answer, or refuses.
    """
    return sorted(re.findall(r"<Name>([^<]+)</Name>", _request(settings, "GET", "/").text))


def create_bucket(settings: Settings, name: str) -> None:
    """Create the bucket *name*, unless somebody has done so meanwhile; raises as `list_buckets` does."""
    try:
        _request(settings, "PUT", f"/{name}")
    except ErrorStatus as err:
        if err.status != CONFLICT or OWNED not in err.message:
            raise


def delete_bucket(settings: Settings, name: str) -> None:
    """Delete the bucket *name* with all that is in it; raises as `list_buckets` does."""
    _request(settings, "DELETE", f"/{name}")


def _request(settings: Settings, method: str, path: str) -> requests.Response:
    headers = sign(settings, method, path, datetime.now(UTC))
    try:
        response = requests.request(method, settings.s3_endpoint + path, headers=headers, timeout=TIMEOUT)
    except requests.RequestException as err:
        raise ServiceError(
            f"object store {settings.s3_endpoint}: {type(err).__name__}; does it run? invoke status"
        ) from err
    check_status(response)
    return response


def sign(settings: Settings, method: str, path: str, now: datetime) -> dict[str, str]:
    """Return the headers by which the object store knows who asks: version 4 of Amazon's signature, of an empty body.

    Args:
        settings: has the endpoint, the region and the key.
        method: GET, PUT or DELETE.
        path: as it stands in the request, without a query.
        now: of the time zone UTC.
    """
    at = f"{now:%Y%m%dT%H%M%SZ}"
    headers = {"host": urlsplit(settings.s3_endpoint).netloc, "x-amz-content-sha256": EMPTY, "x-amz-date": at}
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"{method}\n{path}\n\n{lines}\n{SIGNED}\n{EMPTY}"
    steps = (at[:8], settings.s3_region, "s3", "aws4_request")
    scope = "/".join(steps)
    text = "\n".join((ALGORITHM, at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    secret = f"AWS4{settings.s3_secret_access_key.get_secret_value()}".encode()
    signature = reduce(_mac, (*steps, text), secret).hex()
    credential = f"{settings.s3_access_key_id}/{scope}"
    named = f"{ALGORITHM} Credential={credential}, SignedHeaders={SIGNED}, Signature={signature}"
    return {**headers, "Authorization": named}


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
