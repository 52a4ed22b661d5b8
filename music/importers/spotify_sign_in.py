"""Signing in to Spotify: a person says on Spotify's own page that this app may read playlists.

It is the authorization code flow (RFC 6749, 4.1;
https://developer.spotify.com/documentation/web-api/tutorials/code-flow) with a redirect to this
computer, which listens for that one answer.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from core.errors import SongImportError
from music.importers.spotify_client import ACCOUNTS

PORT: Final = 8765
SCOPE: Final = "playlist-read-private playlist-read-collaborative"
SIGN_IN_TIMEOUT_S: Final = 300.0
"""Seconds in which a person signs in."""
DONE: Final = b"<!doctype html><title>Affectune</title><p>You can close this page and go back."


def sign_in(
    client_id: str,
    open_page: Callable[[str], object],
    accounts: str = ACCOUNTS,
    port: int = PORT,
    timeout_s: float = SIGN_IN_TIMEOUT_S,
) -> Mapping[str, str]:
    """Return the grant that a `SpotifyClient` takes, once a person has signed in.

    Args:
        client_id: of the app; it must name `http://127.0.0.1:8765/callback` as a redirect URI.
        open_page: shows a person an address.
        accounts: address of Spotify's accounts service.
        port: of the redirect.
        timeout_s: seconds to wait.

    Raises:
        SongImportError: they refused or did not answer, or another program has the port.
    """
    state = secrets.token_urlsafe(24)
    try:
        server = _RedirectServer(port, state)
    except OSError as error:
        raise SongImportError(
            f"Signing in to Spotify needs port {port}, which another program has."
        ) from error
    with server:
        redirect = f"http://127.0.0.1:{server.server_port}/callback"
        parameters = {"response_type": "code", "client_id": client_id, "scope": SCOPE}
        query = urlencode({**parameters, "redirect_uri": redirect, "state": state})
        open_page(f"{accounts}/authorize?{query}")
        answer = server.wait(timeout_s)
    code = answer.get("code")
    if not code:
        reason = answer.get("error", ["nothing"])[0]
        raise SongImportError(f"Expected that you sign in to Spotify; it says '{reason[:80]}'.")
    return {"grant_type": "authorization_code", "code": code[0], "redirect_uri": redirect}


class _RedirectServer(HTTPServer):
    """Takes the one request that Spotify's page sends a person's browser here with.

    Args:
        port: to listen at, on this computer only.
        state: what the request must carry; only Spotify's page knows it.
    """

    def __init__(self, port: int, state: str) -> None:
        super().__init__(("127.0.0.1", port), _RedirectHandler)
        self.state = state
        self.answer: Mapping[str, list[str]] = {}
        """The request's parameters; empty until it comes."""

    def wait(self, timeout_s: float) -> Mapping[str, list[str]]:
        """Return the answer; an empty one where none came in time."""
        deadline = time.monotonic() + timeout_s
        while not self.answer and (left := deadline - time.monotonic()) > 0:
            self.timeout = left
            self.handle_request()
        return self.answer


class _RedirectHandler(BaseHTTPRequestHandler):
    server: _RedirectServer
    timeout = 5.0

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        # Any page a person has open could send something here; only Spotify knows the state.
        if parts.path != "/callback" or query.get("state") != [self.server.state]:
            self.send_error(404)
            return
        self.server.answer = query
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(DONE)))
        self.end_headers()
        self.wfile.write(DONE)

    def log_message(self, *_: object) -> None:
        """What is asked for here is a secret."""
