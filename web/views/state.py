"""The JSON the page polls, and the few things it can change."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request

from core.labels import EMOTIONS, MODES
from core.vision import Face, Probabilities
from emotion.face.reader import AVERAGE, LARGEST
from emotion.live_state import LiveState
from music.listen.audio_files import is_offered
from music.listen.links import search_links
from music.recommend.recommender import Recommendation
from web.arguments import choice, json_object, query_count
from web.errors import RequestError
from web.services import Services, services, visitor
from web.visitors import Visitor

LIMIT = 10
HIGHEST_LIMIT = 500
HIGHEST_VERSION = 2**53 - 1
"""What JavaScript can count to."""

blueprint = Blueprint("api", __name__)


@blueprint.get("/api/state")
def state() -> Response:
    response = jsonify(state_document(services(), visitor()))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/api/playlist")
def playlist() -> Response:
    """Answer the songs for the mood in force, or for `?emotion=`; 304 where unchanged."""
    response = jsonify(playlist_document(*asked_list()))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


def asked_list() -> tuple[str, str | None, str, int, int]:
    """Return which list the request asks for: the arguments of `Jukebox.playlist`.

    Raises:
        RequestError: 400, for a limit, an emotion or a mode that there is not.
    """
    limit = query_count("limit", LIMIT, HIGHEST_LIMIT)
    chosen = request.args.get("emotion")
    asking = visitor()
    mode = choice("mode", request.args.get("mode", asking.mode), MODES)
    mood = asking.session.state()
    emotion = mood.emotion if chosen is None else choice("emotion", chosen, EMOTIONS)
    version = query_count("version", mood.version, HIGHEST_VERSION)
    return asking.id, emotion, mode, limit, version


@blueprint.put("/api/pin")
def pin() -> Response:
    body = json_object("emotion", "seconds")
    if "emotion" not in body:
        raise RequestError("Expected 'emotion': one of the seven, or null to unpin.")
    emotion = body["emotion"]
    if emotion is not None:
        choice("emotion", emotion, EMOTIONS)
    visitor().session.pin(emotion, _seconds(body.get("seconds")))
    return state()


def _seconds(value: Any) -> float | None:
    try:
        if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
            return None if value is None else float(value)
    except OverflowError:  # JSON's integers have no end, floats do
        pass
    raise RequestError(f"seconds: expected a number, got {str(value)[:40]!r}")


@blueprint.put("/api/mode")
def mode() -> Response:
    visitor().mode = choice("mode", json_object("mode").get("mode"), MODES)
    return state()


@blueprint.post("/api/feedback")
def feedback() -> Response:
    """Take a thumb up (1) or down (-1) for a song, or take it back (0)."""
    body = json_object("song_id", "value")
    song_id, value = body.get("song_id"), body.get("value")
    if not isinstance(song_id, str):
        raise RequestError(f"song_id: expected a song's id, got {str(song_id)[:40]!r}")
    if isinstance(value, bool) or value not in (1, -1, 0):
        raise RequestError(f"value: expected 1, -1 or 0, got {str(value)[:40]!r}")
    services().jukebox.rate(visitor().id, song_id, int(value))
    return jsonify(song_id=song_id, feedback=int(value))


@blueprint.post("/api/camera")
def camera() -> Response:
    """Pause or resume the camera in use, or leave the browser's own for the server's."""
    asking = visitor()
    camera = asking.camera
    actions: dict[str, Callable[[], None]] = {
        "pause": camera.pause,
        "resume": camera.resume,
        "leave": asking.leave_camera,
    }
    action = choice("action", json_object("action").get("action"), tuple(actions))
    actions[action]()
    return state()


@blueprint.put("/api/faces")
def faces() -> Response:
    """Choose whose mood counts where there are several faces."""
    follow: Any = json_object("follow").get("follow")
    is_id = isinstance(follow, int) and not isinstance(follow, bool)
    if not is_id and follow not in (LARGEST, AVERAGE):
        raise RequestError(
            f"follow: expected {LARGEST}, {AVERAGE} or the id of a face in view; "
            f"got {str(follow)[:40]!r}"
        )
    visitor().follow(follow)
    return state()


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Answer 200 while all threads live, and 503 with the reason once one has failed."""
    failures = services().live.state().failures
    if failures:
        return jsonify(status="failed", failures=failures), 503
    return jsonify(status="ok"), 200


def state_document(found: Services, asking: Visitor) -> dict[str, Any]:
    """Return `/api/state`'s answer for one visitor."""
    live: LiveState = asking.camera.state()
    mood = live.mood
    source = live.source
    return {
        "version": mood.version,
        "status": live.status,
        "message": live.message,
        "emotion": mood.emotion,
        "confidence": rounded(mood.mood.confidence if mood.pin is None else None),
        "probabilities": named(mood.mood.probabilities),
        "faces": [face_document(face) for face in live.faces],
        "pinned": mood.pin and {"emotion": mood.pin.emotion, "until": mood.pin.until},
        "mode": asking.mode,
        "follow": live.follow,
        "source": {
            "kind": source.kind,
            "name": source.name,
            "status": source.status,
            "message": source.message,
            "width": source.width,
            "height": source.height,
            "fps": round(source.fps, 1),
        },
        "timings_ms": {stage: rounded(value, 2) for stage, value in live.timings_ms.items()},
        "viewers": live.viewers,
        "model": {
            "name": found.model.architecture,
            "file": found.model.file,
            "input_size": found.model.input_size,
            "metrics": dict(found.model.metrics),
        },
        "problems": [*live.failures, *found.jukebox.problems],
    }


def face_document(face: Face) -> dict[str, Any]:
    """Return one face of `/api/state`'s answer."""
    return {
        "id": face.id,
        "box": list(face.box),
        "emotion": face.emotion,
        "sure": face.sure,
        "probabilities": named(face.probabilities),
    }


def playlist_document(
    visitor_id: str, emotion: str | None, mode: str, limit: int, version: int
) -> dict[str, Any]:
    """Return `/api/playlist`'s answer; the arguments are those of `Jukebox.playlist`."""
    jukebox = services().jukebox
    listed = jukebox.playlist(visitor_id, emotion, mode, limit, version)
    ratings = jukebox.ratings(visitor_id)
    folders = services().music_folders.paths()
    return {
        "emotion": listed.emotion,
        "mode": mode,
        "version": version,
        "reason": listed.reason,
        "songs": [
            song_document(entry, ratings.get(entry.song.id, 0), folders) for entry in listed.songs
        ],
    }


def song_document(
    recommendation: Recommendation, rating: int, folders: Iterable[Path]
) -> dict[str, Any]:
    """Return one song of `/api/playlist`'s answer.

    Args:
        recommendation: the song, and why.
        rating: the visitor's own.
        folders: whose files may be played.
    """
    song = recommendation.song
    previews_on = services().previews.on
    return {
        "id": song.id,
        "name": song.name,
        "artist": song.artist,
        "album": song.album,
        "release_year": song.release_year,
        "mood": song.emotion or song.mood,
        "reason": recommendation.reason,
        "links": search_links(song.name, song.artist),
        "audio_url": f"/audio/{song.id}" if is_offered(song.path, folders) else None,
        "preview_url": f"/api/preview/{song.id}" if previews_on else None,
        "feedback": rating,
    }


def named(probabilities: Probabilities | None) -> dict[str, float] | None:
    """Return probabilities by emotion, to four digits."""
    if probabilities is None:
        return None
    return dict(zip(EMOTIONS, (round(float(p), 4) for p in probabilities), strict=True))


def rounded(value: float | None, digits: int = 4) -> float | None:
    """Return a number as JSON shows it; None stays."""
    return None if value is None else round(value, digits)
