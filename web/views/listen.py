"""The page's microphone, where a visitor turned it on: seconds that count for the mood."""

import time

from flask import Blueprint, Response, jsonify, request

from core.errors import WeightsError
from core.status import AnalysisStatus
from web.documents import state_document, voice_document
from web.errors import RequestError
from web.services import services, visitor

MAX_CLIP_BYTES = 1024 * 1024
"""Of a clip; three seconds of Opus take some 20 kB, of WAV at 48 kHz 300 kB."""

blueprint = Blueprint("listen", __name__)


@blueprint.post("/api/listen")
def listen() -> Response:
    """Fuse one clip of some seconds into the running mood; answer the state, and what was heard."""
    request.max_content_length = MAX_CLIP_BYTES
    if not request.mimetype.startswith(("audio/", "video/")):
        raise RequestError("Expected a sound as audio/...", "unsupported_media_type", 415)
    photo_voice, analyses = services().photo_voice, services().admissions.analyses
    current = visitor()
    with analyses.admission():
        data = request.get_data(cache=False)
        with analyses.turn():
            try:
                speech = photo_voice.hear(data)
                fusion = photo_voice.fusion
            except WeightsError as error:  # of ours, not of what was sent
                raise RequestError(str(error), error.code, 503) from error
    probabilities = speech.probabilities if speech.status is AnalysisStatus.OK else None
    current.session.hear(probabilities, fusion, time.monotonic())
    response = jsonify({**state_document(services(), current), "voice": voice_document(speech)})
    response.headers["Cache-Control"] = "no-store"
    return response
