"""Your music: songs that come in through the page, how many there are, and out with them."""

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from core.labels import EMOTIONS
from music.importers.run import import_songs
from store.songs import Library
from web.arguments import choice
from web.errors import RequestError
from web.services import services
from web.uploads import MEGABYTE, read_form

MAX_LIST_BYTES = 10 * MEGABYTE
"""Of a list; with Spotify's audio features that is some 60,000 songs."""
MAX_SONGS = 300_000
"""In the library, from which on the page takes no more, and in one list: memory holds them all."""
MAX_SKIPPED_NAMED = 200
"""Rows left out that are named one by one."""

blueprint = Blueprint("library", __name__)


@blueprint.post("/api/import")
def import_list() -> Response:
    """Keep the songs of a list: `file` (CSV, M3U or XSPF), `emotion` for the mood of them all."""
    with services().admissions.imports.admission():
        return _import_into(services().library)


def _import_into(library: Library) -> Response:
    form = read_form({"file": MAX_LIST_BYTES}, ("emotion",))
    upload = form.files.get("file")
    if upload is None:
        raise RequestError("Expected 'file': a list of songs as CSV, M3U or XSPF.")
    emotion = form.texts.get("emotion")
    mood = services().catalogue.moods[choice("emotion", emotion, EMOTIONS)] if emotion else None
    with services().admissions.imports.turn():
        if library.count() >= MAX_SONGS:
            raise RequestError(
                f"The library is full: it holds {MAX_SONGS:,} songs.", "library_full", 409
            )
        source = services().decoders.song_list(upload.data, upload.name, services().config.music)
        with services().imports.reading(source.label, source.total) as progress:
            summary = import_songs(
                source,
                library,
                classifier=services().song_mood_classifier,
                mood=mood,
                progress=progress.advance,
                max_songs=MAX_SONGS,
            )
    services().jukebox.reload_if_changed()
    return jsonify(summary.to_dict(MAX_SKIPPED_NAMED))


@blueprint.get("/api/library")
def library() -> Response:
    """Answer how many songs there are, from where, and how far a list and the folder are read."""
    songs = services().library
    scanner, progress = services().scanner, services().imports.progress
    response = jsonify(
        songs=songs.count(),
        origins=[{"origin": origin, "songs": count} for origin, count in songs.origins().items()],
        previews=services().previews.on,
        reading=progress and asdict(progress),
        music=scanner and scanner.state(),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/api/library")
def remove() -> Response:
    """Forget the songs of one import, `?origin=`, or all of them."""
    library = services().library
    origin = request.args.get("origin")
    if origin is not None and origin not in library.origins():
        raise RequestError(f"There is no import called '{origin[:80]}'.", "no_import", 404)
    removed = library.remove(origin)
    services().jukebox.reload_if_changed()
    return jsonify(removed=removed)
