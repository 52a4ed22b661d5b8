"""Deezer's open API: which of its tracks a song is, and the 30 seconds anyone may hear.

Shapes and error codes are those of https://developers.deezer.com/api (`search`, `track`,
`errors`); it needs no key. Addresses of previews are signed and expire, ids of tracks last.
"""

import json
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from core.errors import PreviewError
from core.song import Song

if TYPE_CHECKING:
    import requests

API = "https://api.deezer.com"
PREVIEW_HOSTS = ("dzcdn.net", "deezer.com")
"""Where previews may lie, each with its subdomains: nothing else is fetched, whatever an answer
says."""
MAX_REQUESTS = 45
QUOTA_PERIOD_S = 5.0
"""Requests in any such period. Deezer allows 50; the rest is for what the network bunches up."""
CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 3.0
TOTAL_TIMEOUT_S = 5.0
"""Seconds for a connection, for each piece of an answer, and for the answer."""
MAX_DOCUMENT_SIZE = 1_000_000
MAX_PREVIEW_SIZE = 2_000_000
"""Bytes; a preview has about 480,000 (30 s of MP3 with 128 kbit/s)."""
MAX_QUERY_LENGTH = 200
"""Characters of a title or an artist that are searched for."""
QUOTA, BUSY, NOT_FOUND = 4, 700, 800
"""Codes of Deezer's errors that mean something for a preview."""


class DeezerBusyError(PreviewError):
    """Deezer wants fewer requests, or has others to answer first; it is worth asking again."""

    code = "deezer_busy"


class DeezerUnreachableError(PreviewError):
    """Deezer does not answer, or not as Deezer: this computer may be off line."""

    code = "deezer_unreachable"


@dataclass(frozen=True)
class Track:
    """A track of Deezer's."""

    id: int
    preview: str
    """Address of its preview, good for some minutes; empty where it has none."""


class Quota:
    """Lets no more than `MAX_REQUESTS` start in any `QUOTA_PERIOD_S`. It never waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started: deque[float] = deque(maxlen=MAX_REQUESTS)
        self._closed_until = 0.0

    def take(self) -> None:
        """Count a request.

        Raises:
            DeezerBusyError: it would be one too many.
        """
        with self._lock:
            now = time.monotonic()
            full = len(self._started) == MAX_REQUESTS and now - self._started[0] < QUOTA_PERIOD_S
            if full or now < self._closed_until:
                raise DeezerBusyError("Deezer gets no more than 50 requests in 5 s; wait a moment.")
            self._started.append(now)

    def close(self, seconds: float) -> None:
        """Let no request through for `seconds`."""
        with self._lock:
            self._closed_until = time.monotonic() + seconds


class Deezer:
    """Asks Deezer. Used by several threads."""

    def __init__(self, api: str = API, preview_hosts: Iterable[str] = PREVIEW_HOSTS) -> None:
        """Contact nobody yet.

        Args:
            api: address of the API, without a slash at the end.
            preview_hosts: hosts that previews may be fetched from, with their subdomains.
        """
        self._api = api
        self._scheme = urlsplit(api).scheme
        self._preview_hosts = tuple(preview_hosts)
        self._quota = Quota()

    def find(self, song: Song) -> Track | None:
        """Return the track that is this song; None where no result has its title and artist.

        Raises:
            PreviewError: Deezer cannot be asked.
        """
        name, artist = (
            " ".join(text.replace('"', " ").split())[:MAX_QUERY_LENGTH]
            for text in (song.name, song.artist)
        )
        for query in (f'artist:"{artist}" track:"{name}"', f"{artist} {name}"):
            # A file's name that is no UTF-8 leaves lone surrogates, which no address can carry.
            search = urlencode({"q": query, "limit": 10}, errors="replace")
            results = self._ask(f"/search?{search}").get("data")
            for result in results if isinstance(results, list) else ():
                track = _track(result)
                if track and track.preview and _is_song(result, song):
                    return track
        return None

    def track(self, track_id: int) -> Track | None:
        """Return a track by its id, with a fresh address; None where Deezer has it no longer.

        Raises:
            PreviewError: Deezer cannot be asked.
        """
        return _track(self._ask(f"/track/{track_id}"))

    def download(self, track: Track) -> bytes:
        """Return a track's preview, an MP3 file.

        Raises:
            PreviewError: it cannot be had, or is no MP3 file of a preview's size.
        """
        if not lies_at(track.preview, self._scheme, self._preview_hosts):
            raise DeezerUnreachableError("Deezer named a preview at an address not its own.")
        with self._get(track.preview) as response:
            kind = response.headers.get("Content-Type", "").partition(";")[0]
            if kind not in ("audio/mpeg", "audio/mp3"):
                raise DeezerUnreachableError(f"Expected MP3 from Deezer, got '{kind[:40]}'.")
            return _read(response, MAX_PREVIEW_SIZE)

    def _ask(self, path: str) -> dict[str, Any]:
        """Return a document of the API; an empty one where Deezer says it has no such thing."""
        with self._get(self._api + path) as response:
            text = _read(response, MAX_DOCUMENT_SIZE)
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):  # a hotel's log-in page, or thousands of brackets
            document = None
        if not isinstance(document, dict):
            raise DeezerUnreachableError("Expected JSON from Deezer, got something else.")
        error = document.get("error")
        if not error:
            return document
        code = error.get("code") if isinstance(error, dict) else None
        if code == NOT_FOUND:
            return {}
        if code in (QUOTA, BUSY):
            self._quota.close(QUOTA_PERIOD_S)
            raise DeezerBusyError("Deezer wants fewer requests; wait a moment.")
        raise PreviewError(f"Deezer refused: {str(error)[:200]}")

    @contextmanager
    def _get(self, url: str) -> Iterator["requests.Response"]:
        """Yield an answer with status 200 whose body is still to be read."""
        # Not urllib: on macOS it finds no certificates, requests brings its own.
        import requests

        self._quota.take()
        try:
            with requests.get(
                url,
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code == 429:
                    self._quota.close(_seconds(response.headers.get("Retry-After")))
                    raise DeezerBusyError("Deezer wants fewer requests; wait a moment.")
                if response.status_code != 200:
                    raise DeezerUnreachableError(f"Deezer answered {response.status_code}.")
                yield response
        except requests.Timeout as error:
            raise DeezerUnreachableError("Deezer cannot be reached: no answer in time.") from error
        except requests.RequestException as error:
            raise DeezerUnreachableError(
                "Deezer cannot be reached; previews need this computer to be on line."
            ) from error


def lies_at(address: str, scheme: str, hosts: Iterable[str]) -> bool:
    """Return whether an address is one of a host's, or of a subdomain of it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = parts.hostname or ""
    is_theirs = any(host == name or host.endswith(f".{name}") for name in hosts)
    return is_theirs and parts.scheme == scheme


def _read(response: "requests.Response", max_size: int) -> bytes:
    deadline = time.monotonic() + TOTAL_TIMEOUT_S
    data = bytearray()
    for chunk in response.iter_content(64 * 1024):
        data += chunk
        if len(data) > max_size:
            raise DeezerUnreachableError(
                f"Expected {max_size} bytes at most from Deezer, got more."
            )
        if time.monotonic() > deadline:
            raise DeezerUnreachableError("Deezer cannot be reached: no answer in time.")
    return bytes(data)


def _seconds(retry_after: str | None) -> float:
    """Return how long to wait; `Retry-After` may be missing, a date, or absurd."""
    text = retry_after or ""
    return min(float(text), 300.0) if text.isascii() and text.isdecimal() else QUOTA_PERIOD_S


def _track(result: Any) -> Track | None:
    if not isinstance(result, dict) or not isinstance(result.get("id"), int):
        return None
    return Track(result["id"], str(result.get("preview") or ""))


def _is_song(result: dict[str, Any], song: Song) -> bool:
    """Return whether a result has the song's title and artist, and is no cover or karaoke."""
    titles = {"".join(_words(str(result.get(key) or ""))) for key in ("title", "title_short")}
    artist = result.get("artist")
    theirs = str(artist.get("name") or "") if isinstance(artist, dict) else ""
    return "".join(_words(song.name)) in titles and _same_artist(theirs, song.artist)


def _same_artist(theirs: str, ours: str) -> bool:
    """Return whether one is the other, or a part of it as in "Queen & David Bowie"."""
    one, other = (f" {' '.join(_words(artist))} " for artist in (theirs, ours))
    return one in other or other in one


def _words(title: str) -> list[str]:
    """Return a title's words without accents, case, marks and "(Remastered 2009)"."""
    for aside in ("(", "[", " - "):
        before = title.partition(aside)[0]
        title = before if before.strip() else title
    plain = unicodedata.normalize("NFKD", title.casefold().replace("&", " and "))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return words or [title.casefold().strip()]  # "!!!" is a name too
