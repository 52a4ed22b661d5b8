"""Pictures from the page's own camera."""

from flask import Blueprint, Response, jsonify, request

from web.cameras import CameraError
from web.documents import state_document
from web.errors import RequestError
from web.pictures import MAX_PICTURE_BYTES, decode_picture
from web.services import services, visitor
from web.visitor_cookie import is_stranger

blueprint = Blueprint("frames", __name__)


@blueprint.post("/api/frame")
def frame() -> Response:
    """Read one picture of this browser's camera and answer the state that follows from it."""
    request.max_content_length = MAX_PICTURE_BYTES
    if request.mimetype not in ("image/jpeg", "image/webp"):
        raise RequestError(
            "Expected a picture as image/jpeg or image/webp.", "unsupported_media_type", 415
        )
    if is_stranger():
        # Each picture would else begin a session and a face detector of its own.
        raise RequestError(
            "Affectune tells browsers apart by a cookie, and this one brought none. Allow cookies "
            "for this address and load the page again.",
            "no_cookie",
            403,
        )
    image = decode_picture(request.get_data(cache=False))
    current = visitor()
    try:
        current.own_camera().take(image)
    except CameraError as error:
        raise RequestError(str(error), error.code, 409) from error
    response = jsonify(state_document(services(), current))
    response.headers["Cache-Control"] = "no-store"
    return response
