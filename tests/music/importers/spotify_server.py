"""A local server that answers as Spotify's Web API and accounts service are documented.

https://developer.spotify.com/documentation/web-api/reference/get-playlists-items and
https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow
"""

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PLAYLIST = "37i9dQZF1DXcBWIGoYBM5M"
ID, SECRET, CODE = "my-id", "my-secret", "a code"


def track(number: int, **fields: object) -> dict[str, object]:
    return {
        "id": f"track{number:04}",
        "type": "track",
        "name": f"Song {number}",
        "artists": [{"name": "Miriam Makeba"}, {"name": f"Guest {number}"}],
        "album": {"name": "Pata Pata", "release_date": "1967-03"},
        "duration_ms": 180_000,
        "is_local": False,
        **fields,
    }


def features(id: str) -> dict[str, object] | None:
    """Of a song; None for some, as Spotify has not measured all."""
    if id.endswith("3"):
        return None
    numbers = {"valence": 0.9, "energy": 0.7, "danceability": 0.8, "key": 5, "mode": 1}
    return {"id": id, "type": "audio_features", "tempo": 131.0, "loudness": -8.3, **numbers}


class SpotifyServer:
    """Spotify with one playlist, for an app that may have everything, or less.

    `refuse` maps the beginning of a path to answers (status, headers) given before the usual
    one, one request each; the last stays if it is the only one.
    """

    def __init__(self, port: int) -> None:
        self.accounts = f"http://127.0.0.1:{port}"
        self.api = f"http://127.0.0.1:{port}/v1"
        self.tracks: list[object] = [track(number) for number in range(120)]
        self.wrapper = "item"
        self.snapshot = "snapshot-1"
        self.asked: list[str] = []
        self.refuse: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.tokens = 0
        self.grants: list[str] = []
        self.redirect = ""
        """Where a person who signed in was sent with `CODE`."""

    def offsets(self) -> list[int]:
        """Where the pages began that were asked for, whatever the answer was."""
        pages = (urlsplit(path) for path in self.asked if "offset=" in path)
        return [int(parse_qs(page.query)["offset"][0]) for page in pages]

    def paths(self) -> list[str]:
        return [urlsplit(path).path for path in self.asked]

    def answer(self, handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], object]:
        self.asked.append(handler.path)
        parts = urlsplit(handler.path)
        for beginning, answers in self.refuse.items():
            if parts.path.startswith(beginning) and answers:
                status, headers = answers.pop(0) if len(answers) > 1 else answers[0]
                if status != 200:
                    error: object = {"error": {"status": status, "message": "as the test wants"}}
                    return status, headers, error
        if parts.path == "/api/token":
            return self._token(handler)
        if handler.headers.get("Authorization") != f"Bearer token-{self.tokens}":
            return 401, {}, {"error": {"status": 401, "message": "The access token expired"}}
        return self._document(parts.path, parse_qs(parts.query))

    def _token(self, handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], object]:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        expected = "Basic " + base64.b64encode(f"{ID}:{SECRET}".encode()).decode()
        grant = parse_qs(body.decode())
        self.grants.append(grant["grant_type"][0])
        good = {
            "client_credentials": grant,
            "authorization_code": {"code": [CODE], "redirect_uri": [self.redirect]},
            "refresh_token": {"refresh_token": ["again"]},
        }[self.grants[-1]]
        if handler.headers["Authorization"] != expected or not good.items() <= grant.items():
            refusal = {"error": "invalid_client", "error_description": "Invalid client secret"}
            return 400, {}, refusal
        self.tokens += 1
        token = {"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 3600}
        if self.grants[-1] == "authorization_code":
            token["refresh_token"] = "again"
        return 200, {}, token

    def _document(
        self, path: str, query: dict[str, list[str]]
    ) -> tuple[int, dict[str, str], object]:
        if path == "/v1/audio-features":
            ids = query["ids"][0].split(",")
            assert len(ids) <= 100
            return 200, {}, {"audio_features": [features(id) for id in ids]}
        if path == f"/v1/playlists/{PLAYLIST}":
            return 200, {}, {"name": "Mine", "snapshot_id": self.snapshot}
        if path in (f"/v1/playlists/{PLAYLIST}/items", f"/v1/playlists/{PLAYLIST}/tracks"):
            limit, offset = int(query["limit"][0]), int(query["offset"][0])
            assert limit <= (50 if path.endswith("items") else 100)
            more = offset + limit < len(self.tracks)
            page = [
                {"added_at": None, "is_local": False, self.wrapper: found}
                for found in self.tracks[offset : offset + limit]
            ]
            return (
                200,
                {},
                {"items": page, "total": len(self.tracks), "next": "https://x" if more else None},
            )
        return 404, {}, {"error": {"status": 404, "message": "Resource not found"}}


@contextlib.contextmanager
def spotify_server() -> Iterator[SpotifyServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, document = spotify.answer(self)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - as http.server names it

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        spotify = SpotifyServer(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield spotify
        server.shutdown()
        thread.join()
