"""Who may ask: the Host header, other web sites, and a token where the network is open.

The camera is what is protected. A page anywhere on the web can make a visitor's browser send
requests here, so binding to loopback alone protects nothing:

- DNS rebinding points the attacker's own name at 127.0.0.1, and the browser then takes the
  camera for a part of the attacker's site. So a request must name this server in `Host`.
- Cross-site requests are sent with the visitor's cookies. So only this site's own pages may
  ask for anything but the page itself (Fetch Metadata, W3C), and the rest is told by `Origin`.
"""

import hashlib
import hmac
import ipaddress
import re
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from config import Config
from web.errors import RequestError
from web.guard.cookies import get_cookie, set_cookie
from web.services import services

COOKIE = "affectune"
COOKIE_SECONDS = 30 * 24 * 3600
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",  # blob: a photo or recording before it is sent
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    # Keeps other sites from showing the picture in an <img> of theirs.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
KEY_DIGITS = 32
"""Hexadecimal digits, 128 bits, of the key in the address of a song's file."""
GUESSES = 5
"""Wrong tokens compared in a row from one address; after that one a second."""
MOST_ADDRESSES = 1000
"""Whose wrong tokens are remembered."""
OPEN_ENDPOINTS = ("assets.static", "login.show", "login.enter", "api.healthz")

blueprint = Blueprint("login", __name__)


def register(app: Flask, config: Config) -> None:
    """Check every request to `app`, and set the safety headers on every answer."""
    names = allowed_names(config.host)

    @app.before_request
    def check() -> AnyResponse | None:
        check_host(request.host, names)
        check_site()
        return _check_token(config.token)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    app.extensions["affectune_brake"] = Brake()
    app.register_blueprint(blueprint)


def allowed_names(host: str) -> frozenset[str]:
    """Return the names, beside any IP address, under which this server may be asked.

    Args:
        host: what the server is bound to.
    """
    machine = socket.gethostname().lower()
    return frozenset({"localhost", host.lower(), machine, f"{machine}.local"})


def check_host(host: str, names: Iterable[str]) -> None:
    """Refuse a Host header that is not ours; an IP address cannot be rebound and may pass.

    Raises:
        RequestError: 421, naming the host.
    """
    name = host
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        ipaddress.ip_address(name)
    except ValueError:
        if name not in names:
            raise RequestError(
                f"This is Affectune; it does not answer to the name '{name[:80]}'.",
                "wrong_host",
                421,
            ) from None


def check_site() -> None:
    """Refuse what another web site made the browser send, but for a link to a page.

    Raises:
        RequestError: 403.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:  # an old browser or no browser; a cross-site script still has an origin
        origin = request.headers.get("Origin")
        if origin in (None, f"{request.scheme}://{request.host}"):
            return
    elif site in ("same-origin", "none") or _is_page_visit():
        return
    raise RequestError("Affectune answers to its own page only.", "cross_site", 403)


def _is_page_visit() -> bool:
    return (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
    )


def _check_token(token: str | None) -> AnyResponse | None:
    if token is None or request.endpoint in OPEN_ENDPOINTS:
        return None
    if _same(get_cookie(COOKIE), _cookie_value(token)):
        return None
    bearer = request.headers.get("Authorization")
    if bearer is not None and _brake().is_right(bearer, f"Bearer {token}"):
        return None
    if request.endpoint == "audio.song_file" and _has_song_key(token):
        return None
    if _is_page_visit() or "text/html" in request.headers.get("Accept", ""):
        return redirect(url_for("login.show", next=request.path))
    raise RequestError(
        "Expected the access token: log in at /login, or send 'Authorization: Bearer <token>'.",
        "unauthorised",
        401,
    )


def _brake() -> "Brake":
    brake: Brake = current_app.extensions["affectune_brake"]
    return brake


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _cookie_value(token: str) -> str:
    """Derive the cookie from the token, so that it survives a restart; see `_derived`."""
    return _derived(token, "login")


def _derived(token: str, purpose: str) -> str:
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
    return _derived(token, f"song {song_id}")[:KEY_DIGITS]


class Brake:
    """Slows guessing down: `GUESSES` wrong tokens from one address, then one a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By address: guesses left, and when they were counted."""

    def is_right(self, given: str, expected: str) -> bool:
        """Compare a token that somebody sent, if there is a guess left for that.

        Raises:
            RequestError: 429, there were too many wrong ones from this address.
        """
        address = request.remote_addr or ""
        with self._lock:
            now = time.monotonic()
            left, counted_at = self._left.pop(address, (float(GUESSES), now))
            left = min(float(GUESSES), left + now - counted_at)
            right = left >= 1 and _same(given, expected)
            if not right:
                self._left[address] = (left - 1 if left >= 1 else left, now)
                while len(self._left) > MOST_ADDRESSES:
                    self._left.popitem(last=False)
        if left < 1:
            raise RequestError("Too many wrong tokens; wait a second.", "slow_down", 429)
        return right


@blueprint.get("/login")
def show() -> str:
    return render_template("login.html", error=None, next=_local_path(request.args.get("next")))


@blueprint.post("/login")
def enter() -> AnyResponse | tuple[str, int]:
    token = services().config.token
    next_path = _local_path(request.form.get("next"))
    if token is not None and not _brake().is_right(request.form.get("token", ""), token):
        page = render_template("login.html", error="That is not the token.", next=next_path)
        return page, 401
    response = redirect(next_path)
    if token is not None:
        set_cookie(response, COOKIE, _cookie_value(token), COOKIE_SECONDS, "Strict")
    return response


def _local_path(path: str | None) -> str:
    """Return a path of this site, whatever was asked for: never a way to another one."""
    # A browser reads "/\\host" as "//host", and passes over tabs and line ends in either.
    local = path is not None and re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", path)
    return path if path and local else "/"
