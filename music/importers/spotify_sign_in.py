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
    answers: list[Mapping[str, list[str]]] = []

    class Redirect(BaseHTTPRequestHandler):
        timeout = 5.0

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            # Any page a person has open could send something here; only Spotify knows the state.
            if parts.path != "/callback" or query.get("state") != [state]:
                self.send_error(404)
                return
            answers.append(query)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(DONE)))
            self.end_headers()
            self.wfile.write(DONE)

        def log_message(self, *_: object) -> None:
            """What is asked for here is a secret."""

    try:
        server = HTTPServer(("127.0.0.1", port), Redirect)
    except OSError as error:
        raise SongImportError(
            f"Signing in to Spotify needs port {port}, which another program has."
        ) from error
    with server:
        redirect = f"http://127.0.0.1:{server.server_port}/callback"
        parameters = {"response_type": "code", "client_id": client_id, "scope": SCOPE}
        query = urlencode({**parameters, "redirect_uri": redirect, "state": state})
        open_page(f"{accounts}/authorize?{query}")
        deadline = time.monotonic() + timeout_s
        while not answers and (left := deadline - time.monotonic()) > 0:
            server.timeout = left
            server.handle_request()
    code = answers[0].get("code") if answers else None
    if not code:
        reason = answers[0].get("error", ["nothing"])[0] if answers else "nothing"
        raise SongImportError(f"Expected that you sign in to Spotify; it says '{reason[:80]}'.")
    return {"grant_type": "authorization_code", "code": code[0], "redirect_uri": redirect}
