"""Reading what a request brings: checked, or refused in one sentence."""

import math
from typing import Any

from flask import request

from web.errors import RequestError


def query_number(name: str, minimum: float, maximum: float) -> float | None:
    """Return a number from the query string, None where it was not given.

    Raises:
        RequestError: 400, it is no number or out of range.
    """
    text = request.args.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not minimum <= value <= maximum:
        raise RequestError(f"{name}: expected {minimum:g} to {maximum:g}, got '{text[:40]}'")
    return value


def query_count(name: str, default: int, maximum: int) -> int:
    """Return a whole number from 1 to `maximum` from the query string.

    Raises:
        RequestError: 400, it is no such number.
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 17 and 1 <= int(text) <= maximum):
        raise RequestError(
            f"{name}: expected a whole number from 1 to {maximum}, got '{text[:40]}'"
        )
    return int(text)


def choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return `value` where it is one of `choices`.

    Raises:
        RequestError: 400, it is not.
    """
    if value not in choices:
        expected = ", ".join(choices)
        raise RequestError(f"{name}: expected one of {expected}; got {str(value)[:40]!r}")
    return str(value)


def json_object(*fields: str) -> dict[str, Any]:
    """Return the request's JSON body, an object with no keys but `fields`.

    Raises:
        RequestError: 400, it is something else; 415, it is not sent as JSON.
    """
    if request.mimetype != "application/json":
        raise RequestError(
            "Expected a JSON body, sent as application/json.", "unsupported_media_type", 415
        )
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # brackets within brackets, thousands deep
        body = None
    if not isinstance(body, dict):
        raise RequestError(f"Expected a JSON object with {' and '.join(fields)}.")
    unknown = sorted(set(body) - set(fields))
    if unknown:
        raise RequestError(f"Unknown field '{unknown[0][:40]}'; expected {', '.join(fields)}.")
    return body
