"""One HTTP request with a time limit, whose errors name the request and the server's answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import requests

from lakestand.errors import ErrorStatus, ServiceError

TIMEOUT = (5, 30)  # seconds to connect, and to answer
MESSAGE_CHARACTERS = 300

logger = logging.getLogger(__name__)


def call(method: str, url: str, json: object = None, **parameters: str | Sequence[str]) -> Any:  # noqa: ANN401  JSON is anything
    """Make a request and return its decoded JSON answer, or None when the answer is empty.

    Args:
        method: GET, POST, PUT or DELETE.
        url: without a query.
        json: the body.
        parameters: of the query; a sequence gives a parameter several times.

    Raises:
        ErrorStatus: when the server answered with a status of 400 or more.
        ServiceError: when it did not answer in time, or not with JSON.
    """
    try:
        response = requests.request(method, url, json=json, params=parameters, timeout=TIMEOUT)
    except requests.RequestException as err:
        raise ServiceError(f"{method} {url}: {type(err).__name__}; does it run? invoke status") from err
    logger.debug("%s %s: %d", method, url, response.status_code)
    check_status(response)
    try:
        return response.json() if response.content else None
    except requests.JSONDecodeError as err:
        text = response.text[:MESSAGE_CHARACTERS].strip()
        raise ServiceError(f"{method} {url}: {response.status_code} but no JSON: {text}") from err


def check_status(response: requests.Response) -> None:
    """Raise ErrorStatus, with the message in the answer, when its status is 400 or more."""
    if not response.ok:
        request = f"{response.request.method} {response.request.url}"
        raise ErrorStatus(request, response.status_code, _message(response))


def _message(response: requests.Response) -> str:
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return response.text[:MESSAGE_CHARACTERS].strip()
    return str(body.get("message", body)) if isinstance(body, dict) else str(body)
