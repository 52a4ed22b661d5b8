"""The list on the page as a file: for players as M3U8 and XSPF, as a table in CSV."""

from flask import Blueprint, Response, request

from core.song import Song
from music.listen.audio_files import is_offered
from music.listen.playlist_files import to_csv, to_m3u8, to_xspf
from music.recommend.recommender import Playlist
from web.guard.token import song_key
from web.playlist_query import playlist_query
from web.services import services

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the computer's own encoding."""

blueprint = Blueprint("playlist_export", __name__)


@blueprint.get("/api/playlist.m3u8")
def m3u8() -> Response:
    playlist = _playlist()
    text = to_m3u8(_title(playlist), _songs(playlist), _addresses(playlist))
    return _file(text.encode(), "audio/x-mpegurl; charset=utf-8", playlist, "m3u8")


@blueprint.get("/api/playlist.xspf")
def xspf() -> Response:
    playlist = _playlist()
    text = to_xspf(_title(playlist), _songs(playlist), _addresses(playlist))
    return _file(text, "application/xspf+xml", playlist, "xspf")


@blueprint.get("/api/playlist.csv")
def csv() -> Response:
    playlist = _playlist()
    text = BOM + to_csv(_songs(playlist))
    return _file(text.encode(errors="replace"), "text/csv; charset=utf-8", playlist, "csv")


def _playlist() -> Playlist:
    """Return the list that `/api/playlist` shows this visitor for the same query."""
    return playlist_query().ask(services().jukebox)


def _songs(playlist: Playlist) -> list[Song]:
    return [entry.song for entry in playlist.songs]


def _title(playlist: Playlist) -> str:
    return f"Affectune: {playlist.emotion}" if playlist.emotion else "Affectune"


def _addresses(playlist: Playlist) -> dict[str, str]:
    """Return where each song that has a file here is served, by its id.

    The host is the one asked: another device took the list by a name it can reach.
    """
    token = services().config.token
    folders = services().music_folders.paths()
    addresses = {}
    for song in _songs(playlist):
        if is_offered(song.path, folders):
            key = f"?key={song_key(token, song.id)}" if token else ""
            addresses[song.id] = f"{request.host_url}audio/{song.id}{key}"
    return addresses


def _file(content: bytes, kind: str, playlist: Playlist, ending: str) -> Response:
    response = Response(content, content_type=kind)
    name = f"affectune-{playlist.emotion}" if playlist.emotion else "affectune"
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{ending}")
    response.headers["Cache-Control"] = "no-store"
    return response
