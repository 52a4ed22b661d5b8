"""The access token: asked for where the network is open, at the login or as a bearer."""

import hashlib
import hmac
import re

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.errors import RequestError
from web.guard.cookies import get_cookie, set_cookie
from web.guard.host_and_site import is_page_visit
from web.services import services

COOKIE = "affectune"
COOKIE_SECONDS = 30 * 24 * 3600
KEY_DIGITS = 32
"""Hexadecimal digits, 128 bits, of the key in the address of a song's file."""
OPEN_ENDPOINTS = ("assets.static", "login.show", "login.enter", "api.healthz")

blueprint = Blueprint("login", __name__)


def register(app: Flask, token: str | None) -> None:
    """Ask every request to `app` for the token, where there is one, and offer the login."""

    @app.before_request
    def check() -> Response | None:
        return None if token is None else _check(token)

    app.register_blueprint(blueprint)


def _check(token: str) -> Response | None:
    """Let a request pass, or lead a person to the login.

    Raises:
        RequestError: 401, it brings no token; 429, too many wrong ones.
    """
    if request.endpoint in OPEN_ENDPOINTS:
        return None
    if _same(get_cookie(COOKIE), _cookie_value(token)):
        return None
    bearer = request.headers.get("Authorization")
    if bearer is not None and _is_right(bearer, f"Bearer {token}"):
        return None
    if request.endpoint == "audio.song_file" and _has_song_key(token):
        return None
    if is_page_visit() or "text/html" in request.headers.get("Accept", ""):
        return redirect(url_for("login.show", next=request.path))
    raise RequestError(
        "Expected the access token: log in at /login, or send 'Authorization: Bearer <token>'.",
        "unauthorised",
        401,
    )


def _is_right(given: str, expected: str) -> bool:
    """Compare a token that somebody sent, if there is an attempt left for that.

    Raises:
        RequestError: 429, there were too many wrong ones from this address.
    """
    address = request.remote_addr or ""
    return services().token_attempts.attempt(address, lambda: _same(given, expected))


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _cookie_value(token: str) -> str:
    """Return the cookie for a token: derived, so that it survives a restart; see `_derive`."""
    return _derive(token, "login")


def _derive(token: str, purpose: str) -> str:
    """Return what stands for the token elsewhere.

    Without the installation's secret nobody can tell whether it belongs to a token, so it helps
    no one to guess tokens, neither here nor at home.
    """
    text = f"affectune {purpose}\0{token}".encode(errors="surrogatepass")
    return hmac.new(services().secret, text, hashlib.sha256).hexdigest()


def _has_song_key(token: str) -> bool:
    song_id = (request.view_args or {}).get("song_id", "")
    return _same(request.args.get("key", ""), song_key(token, song_id))


def song_key(token: str, song_id: str) -> str:
    """Return what opens one song's file, and nothing else, without the token.

    A list that is taken along is played by programs that cannot log in.
    """
    return _derive(token, f"song {song_id}")[:KEY_DIGITS]


@blueprint.get("/login")
def show() -> str:
    return render_template("login.html", error=None, next=_local_path(request.args.get("next")))


@blueprint.post("/login")
def enter() -> Response | tuple[str, int]:
    token = services().config.token
    next_path = _local_path(request.form.get("next"))
    if token is not None and not _is_right(request.form.get("token", ""), token):
        page = render_template("login.html", error="That is not the token.", next=next_path)
        return page, 401
    response = redirect(next_path)
    if token is not None:
        set_cookie(
            response,
            COOKIE,
            _cookie_value(token),
            seconds=COOKIE_SECONDS,
            samesite="Strict",
        )
    return response


def _local_path(path: str | None) -> str:
    """Return a path of this site, whatever was asked for: never a way to another one."""
    # A browser reads "/\\host" as "//host", and passes over tabs and line ends in either.
    local = path is not None and re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", path)
    return path if path and local else "/"
