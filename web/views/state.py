"""The JSON the page polls, and the few things it can change."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from core.labels import EMOTIONS, MODES
from emotion.face.reader import AVERAGE, LARGEST
from web.arguments import choice, json_object
from web.documents import playlist_document, state_document
from web.errors import RequestError
from web.playlist_query import playlist_query
from web.services import services, visitor

blueprint = Blueprint("api", __name__)


@blueprint.get("/api/state")
def state() -> Response:
    response = jsonify(state_document(services(), visitor()))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/api/playlist")
def playlist() -> Response:
    """Answer the songs for the mood in force, or for `?emotion=`; 304 where unchanged."""
    response = jsonify(playlist_document(services(), playlist_query()))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


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
    services().jukebox.rate(visitor().listener, song_id, int(value))
    return jsonify(song_id=song_id, feedback=int(value))


@blueprint.post("/api/camera")
def camera() -> Response:
    """Pause or resume the camera in use, or leave the browser's own for the server's."""
    current = visitor()
    camera = current.camera
    actions: dict[str, Callable[[], None]] = {
        "pause": camera.pause,
        "resume": camera.resume,
        "leave": current.leave_camera,
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
