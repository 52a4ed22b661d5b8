"""Sound: a song's own file in ranges, so that a player can seek in it, and previews of others."""

import re

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import http_date
from werkzeug.wsgi import wrap_file

from core.errors import AudioFileError, PreviewError
from core.song import Song
from music.listen.audio_files import open_audio
from music.listen.deezer import DeezerBusyError, DeezerUnreachableError
from web.arguments import json_object
from web.errors import RequestError
from web.services import services

CHUNK_SIZE = 64 * 1024
"""Bytes read from a file at once."""
MAX_DATE = 253402300799
"""Epoch seconds of the last date that HTTP can name, at the end of the year 9999."""
ONE_RANGE = re.compile(r"bytes=(?:[0-9]{1,30}-[0-9]{0,30}|-([0-9]{1,30}))")

blueprint = Blueprint("audio", __name__)


@blueprint.get("/audio/<song_id>")
def song_file(song_id: str) -> Response:
    """Answer a song's file, or the range of it that is asked for."""
    song = _song(song_id)
    if song.path is None:
        raise RequestError("This song has no music file on this computer.", "no_audio", 404)
    try:
        audio = open_audio(song.path, services().music_folders.paths())
    except AudioFileError as error:
        raise RequestError(str(error), error.code, 404) from error
    sound = wrap_file(request.environ, audio.file, CHUNK_SIZE)
    response = Response(sound, mimetype=audio.type, direct_passthrough=True)
    response.headers["Last-Modified"] = http_date(min(max(audio.mtime_ns // 10**9, 0), MAX_DATE))
    response.set_etag(f"{audio.mtime_ns:x}-{audio.size:x}")
    return _in_ranges(response, audio.size)


@blueprint.get("/api/preview/<song_id>")
def preview(song_id: str) -> Response:
    """Answer 30 seconds of a song from Deezer, passed on: the page asks no other computer."""
    try:
        sound = services().previews.sound(_song(song_id))
    except DeezerBusyError as error:
        raise RequestError(str(error), error.code, 503) from error
    except DeezerUnreachableError as error:
        raise RequestError(str(error), error.code, 502) from error
    except PreviewError as error:
        raise RequestError(str(error), error.code, 404) from error
    response = Response(sound, mimetype="audio/mpeg")
    response.add_etag()
    return _in_ranges(response, len(sound))


@blueprint.post("/api/previews")
def switch_previews() -> Response:
    """Turn previews on or off, for all pages, until Affectune ends."""
    on = json_object("on").get("on")
    if not isinstance(on, bool):
        raise RequestError(f"on: expected true or false, got {str(on)[:40]!r}")
    services().previews.on = on
    return jsonify(on=on)


def _song(song_id: str) -> Song:
    song = services().jukebox.song(song_id)
    if song is None:
        raise RequestError(f"There is no song '{song_id[:40]}'.", "no_song", 404)
    return song


def _in_ranges(response: Response, size: int) -> Response:
    """Answer the one range asked for, 304 or all of it, as RFC 9110 has it (13 and 14).

    A range is for GET alone. Several at once, which no player asks for, and those in units
    unknown here get the whole, as does a suffix that is longer than the file, a file that is not
    the one of `If-Range`, where Werkzeug would take any that is older than its date, and a
    question with `If-None-Match`, which it would ask after the range.
    """
    byte_range = ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    validators = (None, response.headers.get("ETag"), response.headers.get("Last-Modified"))
    same = request.headers.get("If-Range") in validators
    ranged = request.method == "GET" and same and byte_range and int(byte_range[1] or 0) < size
    ranged = ranged and "If-None-Match" not in request.headers
    response.accept_ranges = "bytes"
    response.content_length = size
    # A song may leave the library, and previews may be turned off.
    response.headers["Cache-Control"] = "private, no-cache"
    try:
        return response.make_conditional(  # type: ignore[return-value]
            request, accept_ranges=bool(ranged), complete_length=size
        )
    except RequestedRangeNotSatisfiable:
        response.close()
        raise
