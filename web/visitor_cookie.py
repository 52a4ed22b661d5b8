"""The cookie that tells browsers apart: an id of 128 random bits, and nothing else."""

import secrets

from flask import Flask, Response, g

from web.guard.cookies import get_cookie, set_cookie

COOKIE = "affectune_visitor"
COOKIE_SECONDS = 365 * 24 * 3600
ID_BYTES = 16


def register(app: Flask) -> None:
    """Give its cookie to each browser that `visitor_id` was asked for."""

    @app.after_request
    def introduce(response: Response) -> Response:
        if g.get("introduce"):
            # Lax: a link from elsewhere must not make a stranger of a visitor.
            set_cookie(response, COOKIE, g.visitor_id, seconds=COOKIE_SECONDS, samesite="Lax")
        return response


def visitor_id() -> str:
    """Return the id of the browser that asks, a new one where it brings none of ours."""
    if "visitor_id" not in g:
        value = get_cookie(COOKIE)
        is_ours = len(value) == 2 * ID_BYTES and set(value) <= set("0123456789abcdef")
        g.visitor_id = value if is_ours else secrets.token_hex(ID_BYTES)
        g.stranger = g.introduce = not is_ours
    return str(g.visitor_id)


def renew_cookie() -> None:
    """Let the cookie of the browser that asks last another year from now."""
    visitor_id()
    g.introduce = True


def is_stranger() -> bool:
    """Return whether the browser that asks brought no id: it is new, or keeps no cookies."""
    visitor_id()
    return bool(g.stranger)
