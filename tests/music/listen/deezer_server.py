"""A local server that answers as https://developers.deezer.com/api describes."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from core.song import Song, song_id

MP3 = b"ID3\x04" + bytes(range(256)) * 40
"""What stands for a preview; nobody decodes it here."""
QUOTA = {"error": {"type": "Exception", "message": "Quota limit exceeded", "code": 4}}
SERVICE_BUSY = {"error": {"type": "Exception", "message": "Service busy", "code": 700}}
NO_DATA = {"error": {"type": "DataException", "message": "no data", "code": 800}}
BAD_QUERY = {"error": {"type": "ParameterException", "message": "Wrong parameter", "code": 500}}


class DeezerServer:
    """Deezer with one song; `answers` replace what a path would give.

    An answer is a document, or a function of the handler that writes it all itself.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []
        """Paths with their queries, in order."""
        self.answers: dict[str, object] = {}
        self.tracks = [self.track(42, "Pata Pata", "Miriam Makeba")]

    def track(self, id: int, title: str, artist: str, **fields: object) -> dict[str, object]:
        return {
            "id": id,
            "readable": True,
            "title": title,
            "title_short": title,
            "duration": 182,
            "link": f"https://www.deezer.com/track/{id}",
            "preview": f"{self.address}/stream/{id}.mp3?hdnea=exp={len(self.asked)}~hmac=0",
            "artist": {"id": 7, "name": artist, "type": "artist"},
            "album": {"id": 8, "title": title, "type": "album"},
            "type": "track",
            **fields,
        }

    def queries(self) -> list[str]:
        """What was searched for, in order."""
        searches = [urlsplit(path) for path in self.asked if path.startswith("/search?")]
        return [parse_qs(search.query)["q"][0] for search in searches]

    def paths(self) -> list[str]:
        return [urlsplit(path).path for path in self.asked]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        self.asked.append(handler.path)
        answer = self.answers.get(path, self._usual(path))
        if callable(answer):
            answer(handler)
        elif isinstance(answer, bytes):
            send(handler, answer, "audio/mpeg")
        else:
            send(handler, json.dumps(answer).encode(), "application/json; charset=utf-8")

    def _usual(self, path: str) -> object:
        if path == "/search":
            return {"data": self.tracks, "total": len(self.tracks)}
        for track in self.tracks:
            if path == f"/track/{track['id']}":
                return track
        return MP3 if path.startswith("/stream/") else NO_DATA


def send(handler, body: bytes, kind: str, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def deezer_server() -> Iterator[DeezerServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(ConnectionError):  # a client that has had enough
                deezer.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        deezer = DeezerServer(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield deezer
        server.shutdown()
        thread.join()


def song(name="Pata Pata", artist="Miriam Makeba"):
    return Song(song_id(name, "", artist), name, "", artist, *[None] * 6)


def status(code, **headers):
    return lambda handler: send(handler, b"no", "text/html", code, **headers)
