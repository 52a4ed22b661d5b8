"""Cookies of this site alone, under names that http and https do not share."""

from flask import request
from werkzeug.wrappers import Response


def cookie_name(name: str) -> str:
    """Return what a cookie is called where this request came from.

    A browser lets no page that came by http replace a cookie set by https, nor sends it there:
    with one name, a server that is started with `--tls` once could not be used without it again.
    """
    return f"__Host-{name}" if request.is_secure else name


def set_cookie(response: Response, name: str, value: str, *, seconds: int, samesite: str) -> None:
    """Set a cookie that scripts cannot read."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=seconds,
        httponly=True,
        samesite=samesite,
        secure=request.is_secure,
    )


def get_cookie(name: str) -> str:
    """Return a cookie's value, "" where there is none."""
    return request.cookies.get(cookie_name(name), "")
