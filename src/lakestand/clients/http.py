"""One request: bounded in time, with errors that say what was asked and what the server answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import requests

from lakestand.errors import ErrorResponse, ServiceError

TIMEOUT = (5, 30)  # seconds to connect, and to answer


def call(method: str, url: str, json: object = None, **parameters: str | Sequence[str]) -> Any:  # noqa: ANN401  JSON is anything
    """The decoded JSON answer; None where there is none. ErrorResponse or ServiceError otherwise."""
    try:
        response = requests.request(method, url, json=json, params=parameters, timeout=TIMEOUT)
    except requests.RequestException as err:
        raise ServiceError(f"{method} {url}: {type(err).__name__}; does it run? invoke status") from err
    if not response.ok:
        raise error_response(response)
    try:
        return response.json() if response.content else None
    except requests.JSONDecodeError as err:
        said = response.text[:300].strip()
        raise ServiceError(f"{method} {url}: {response.status_code} but no JSON: {said}") from err


def error_response(response: requests.Response) -> ErrorResponse:
    """The error that stands for *response*, whose status is one of an error."""
    request = response.request
    return ErrorResponse(f"{request.method} {request.url}", response.status_code, _message(response))


def _message(response: requests.Response) -> str:
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return response.text[:300].strip()
    return str(body.get("message", body)) if isinstance(body, dict) else str(body)
