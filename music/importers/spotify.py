"""A playlist on Spotify, asked for with the app credentials of whoever imports it.

What Spotify still gives depends on when and how the app was registered
(https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide):
songs of playlists are `/items` to apps in development mode and `/tracks` to others, and audio
features are closed to apps registered after 2024-11-27. A refusal is told, and what can be had
is taken.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from core.errors import SongImportError
from music.importers.columns import FRACTIONS, MAX_DURATION_MS, NUMBERS, year_of
from music.importers.items import Features, Item, Note, Skipped, Source, Track, make_song
from music.importers.spotify_client import SpotifyClient, SpotifyRefusedError

ID: Final = r"[0-9A-Za-z]{22}"
PLAYLIST: Final = re.compile(
    rf"(?:spotify:playlist:|https?://open\.spotify\.com/(?:intl-[a-z-]+/)?playlist/)({ID})(?:[?#].*)?"
)
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    **dict.fromkeys(FRACTIONS, (0, 1)),
    **NUMBERS,
    "duration_ms": (0, MAX_DURATION_MS),
}
"""What audio features may be; one beyond is left out."""
PAGE: Final = 50
"""Songs a request: the most that `/items` gives."""
NO_FEATURES: Final = Note(
    "Spotify keeps its audio features from this app, as from all registered since November 2024; "
    "the songs came with title, artist and album."
)
ABSENT: Final = (
    "Spotify shows this app no playlist '{}'; a private one, or one of Spotify's own, it does not "
    "show. {}"
)
CLOSED: Final = (
    "Spotify does not give this playlist's songs to this app: since March 2026 apps in "
    "development mode get those of a person's own playlists only. Is it yours, use --sign-in; "
    "else export it with Exportify (https://exportify.app) and import that file."
)


class Position(Protocol):
    """Remembers how far an import came, through the end of this program (`ImportPositions`)."""

    def get(self, key: str) -> int:
        """Return what was set last; 0 where nothing was."""
        ...

    def set(self, key: str, value: int) -> None:
        """Keep a number; 0 forgets it."""
        ...


def playlist_id(text: str) -> str | None:
    """Return the id in a playlist's URL or URI, or the bare id; None where it is none."""
    if re.fullmatch(ID, text):
        return text
    match = PLAYLIST.fullmatch(text)
    return match[1] if match else None


def open_playlist(id: str, client: SpotifyClient, position: Position) -> Source:
    """Open a playlist where the last import of it stopped.

    Args:
        id: as `playlist_id` returns it.
        client: signed in or not yet.
        position: where the import goes on; it begins anew once the playlist has changed.

    Raises:
        SongImportError: Spotify cannot be asked, refuses, or has no such playlist.
    """
    try:
        about = client.get(f"/playlists/{id}", {"fields": "name,snapshot_id"})
    except SpotifyRefusedError as error:
        raise SongImportError(ABSENT.format(id, error)) from error
    origin = f"spotify:playlist:{id}"
    label = f"Spotify playlist '{str(about.get('name') or id)[:80]}'"
    playlist = _Playlist(client, id, position, f"{origin}@{about.get('snapshot_id')}")
    begin = playlist.begin()
    first = playlist.page(begin)
    return Source(label, origin, _count(first.get("total"), begin), playlist.batches(first, begin))


def _count(total: Any, begin: int) -> int | None:
    return max(total - begin, 0) if isinstance(total, int) else None


class _Playlist:
    """A playlist's songs, page by page, from whichever address this app may ask.

    Args:
        client: asks Spotify.
        id: the playlist's.
        position: remembers where an import goes on, under `key`.
    """

    def __init__(self, client: SpotifyClient, id: str, position: Position, key: str) -> None:
        self._client = client
        self._paths = [f"/playlists/{id}/items", f"/playlists/{id}/tracks"]
        self._position = position
        self._key = key

    def begin(self) -> int:
        """Return how many songs the last import came to."""
        return self._position.get(self._key)

    def page(self, offset: int) -> Mapping[str, Any]:
        query = {"limit": str(PAGE), "offset": str(offset), "additional_types": "track"}
        while True:
            try:
                return self._client.get(self._paths[0], query)
            except SpotifyRefusedError as error:
                if len(self._paths) == 1:
                    raise SongImportError(CLOSED) from error
                del self._paths[0]

    def batches(self, page: Mapping[str, Any], offset: int) -> Iterator[list[Item]]:
        """Yield a batch a page, from the one at `offset` on."""
        features_open = True
        if offset:
            yield [Note(f"It went on after the first {offset} songs, where it stopped last time.")]
        while entries := _list(page.get("items")):
            songs = [_song_of(entry) for entry in entries]
            features: dict[str, Features] = {}
            batch: list[Item] = []
            if features_open:
                try:
                    features = _features(self._client, [str(s["id"]) for s in songs if s.get("id")])
                except SpotifyRefusedError:
                    features_open = False
                    batch.append(NO_FEATURES)
            batch += (_item(n, song, features) for n, song in enumerate(songs, offset + 1))
            yield batch
            if not page.get("next"):
                break
            offset += len(entries)
            # Whoever asks for more has kept what came before.
            self._position.set(self._key, offset)
            page = self.page(offset)
        self._position.set(self._key, 0)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _song_of(entry: Any) -> Mapping[str, Any]:
    """Return the song in an entry, which calls it `item`, or `track` as before March 2026."""
    song = entry.get("item") or entry.get("track") if isinstance(entry, dict) else None
    return song if isinstance(song, dict) else {}


def _item(number: int, song: Mapping[str, Any], features: Mapping[str, Features]) -> Item:
    place = f"song {number}"
    if not song:
        return Skipped(place, "Spotify has it no longer")
    if song.get("type", "track") != "track":
        return Skipped(place, f"expected a song, got {str(song['type'])[:20]!r}")
    artists = (one.get("name") for one in _list(song.get("artists")) if isinstance(one, dict))
    album = song.get("album")
    album = album if isinstance(album, dict) else {}
    known_features = features.get(str(song.get("id")), {})
    try:
        return Track(
            make_song(
                str(song.get("name") or ""),
                ", ".join(str(artist) for artist in artists if artist),
                str(album.get("name") or ""),
                year=year_of(str(album.get("release_date") or "")),
                features=known_features,
            ),
            known_features,
        )
    except ValueError as error:
        return Skipped(place, str(error))


def _features(client: SpotifyClient, ids: list[str]) -> dict[str, Features]:
    """Return the audio features of up to 100 songs by id; those without any are left out."""
    if not ids:
        return {}
    answer = client.get("/audio-features", {"ids": ",".join(ids)})
    return {
        str(entry.get("id")): {
            name: float(value)
            for name, (lowest, highest) in RANGES.items()
            if isinstance(value := entry.get(name), int | float) and lowest <= value <= highest
        }
        for entry in _list(answer.get("audio_features"))
        if isinstance(entry, dict)
    }
