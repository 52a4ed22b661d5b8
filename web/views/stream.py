"""The picture: an MJPEG stream and a snapshot."""

from collections.abc import Iterator

from flask import Blueprint, Response, request

from camera import LiveCamera
from capture.frame import Jpeg
from capture.pace import Pace
from web.arguments import query_number
from web.errors import RequestError
from web.services import services

MAX_VIEWERS = 64
"""Each holds a thread of the server; see `server.THREADS`."""
SNAPSHOT_TIMEOUT_S = 3.0

blueprint = Blueprint("stream", __name__)


@blueprint.get("/video_feed")
def video_feed() -> Response:
    """Stream annotated pictures as `multipart/x-mixed-replace`; `?fps=` lowers the rate."""
    fps = query_number("fps", 0.1, 240)
    live = services().live
    if live.viewers >= MAX_VIEWERS:
        raise RequestError(
            f"{MAX_VIEWERS} viewers watch already; try again later.", "too_many_viewers", 503
        )
    parts: Iterator[bytes] = iter(()) if request.method == "HEAD" else multipart(live, fps)
    response = Response(parts, mimetype="multipart/x-mixed-replace; boundary=frame")
    response.headers["Cache-Control"] = "no-store"
    return response


def multipart(live: LiveCamera, fps: float | None = None) -> Iterator[bytes]:
    """Yield the parts of the stream until the camera is stopped, newest picture first.

    A viewer that reads slowly gets fewer pictures, never older ones.

    Args:
        live: whose pictures; counted as watched while the iterator is open.
        fps: most pictures a second, None for all.
    """
    pace = Pace(fps)
    last: bytes | None = None
    with live.viewer():
        sequence, _ = live.jpegs.peek()
        yield b"--frame\r\n"
        while not live.jpegs.closed:
            newer = live.jpegs.wait_newer(sequence, timeout=2.0)
            if newer is None:
                if last is not None:
                    yield last  # only writing tells that a viewer has gone
                continue
            sequence, jpeg = newer
            if pace.allows(jpeg.time):
                last = part(jpeg, sequence)
                yield last


def part(jpeg: Jpeg, sequence: int) -> bytes:
    """Return one part, headers to closing boundary.

    The boundary that ends it goes out with it: a browser paints a part once it has seen the
    next boundary, and would show each frame only when the following one is there.
    """
    head = (
        "Content-Type: image/jpeg\r\n"
        f"Content-Length: {len(jpeg.data)}\r\n"
        f"X-Timestamp: {jpeg.captured_at:.6f}\r\n"
        f"X-Sequence: {sequence}\r\n\r\n"
    )
    return head.encode("ascii") + jpeg.data + b"\r\n--frame\r\n"


@blueprint.get("/snapshot.jpg")
def snapshot() -> Response:
    """Answer the newest annotated frame; taken for the occasion where nobody watches."""
    live = services().live
    with live.viewer():
        sequence, _ = live.jpegs.peek()
        newer = live.jpegs.wait_newer(sequence, SNAPSHOT_TIMEOUT_S)
    if newer is None:
        raise RequestError(f"No picture came within {SNAPSHOT_TIMEOUT_S:.0f} s.", "no_picture", 503)
    sequence, jpeg = newer
    response = Response(jpeg.data, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Timestamp"] = f"{jpeg.captured_at:.6f}"
    response.headers["X-Sequence"] = str(sequence)
    return response
