"""A photo, a voice, or both: what they say, and the playlist for it. Nothing is kept."""

import base64
from typing import Any

from flask import Blueprint, Response, jsonify, request

from audio.clip import MAX_BYTES
from capture import drawing
from core.errors import WeightsError
from core.labels import MODES
from emotion.fusion import Fused
from emotion.multimodal import Analysis
from emotion.photo.reader import PhotoResult
from emotion.voice.recogniser import SpeechResult
from web.arguments import choice, query_count
from web.errors import RequestError
from web.services import services, visitor
from web.uploads import MEGABYTE, read_form
from web.views.state import HIGHEST_LIMIT, LIMIT, face_document, named, playlist_document, rounded

LIMITS = {"photo": 20 * MEGABYTE, "voice": MAX_BYTES}
WORDS = {"photo": "look", "voice": "sound"}

blueprint = Blueprint("analyse", __name__)


@blueprint.post("/api/analyse")
def analyse() -> Response:
    """Read the form's `photo`, `voice` or both; `?mode=` and `?limit=` as for the playlist."""
    asking = visitor()
    mode = choice("mode", request.args.get("mode", asking.mode), MODES)
    limit = query_count("limit", LIMIT, HIGHEST_LIMIT)
    with services().admissions.analyses.admission():
        files = read_form(LIMITS).files
        if not files:
            raise RequestError("Expected a photo, a voice, or both; got neither.", "nothing_sent")
        photo, voice = (files[field].data if field in files else None for field in LIMITS)
        with services().admissions.analyses.turn():
            try:
                analysis = services().analyst.analyse(photo, voice)
            except WeightsError as error:  # of ours, not of what was sent
                raise RequestError(str(error), error.code, 503) from error
            document = analysis_document(analysis)
    version = asking.session.state().version
    document["playlist"] = playlist_document(
        asking.id, analysis.fused.emotion, mode, limit, version
    )
    if analysis.fused.emotion is None:
        document["playlist"]["reason"] = document["message"]
    response = jsonify(document)
    response.headers["Cache-Control"] = "no-store"
    return response


def analysis_document(analysis: Analysis) -> dict[str, Any]:
    """Return what `/api/analyse` answers, but for the playlist."""
    fused = analysis.fused
    return {
        "photo": analysis.photo and photo_document(analysis.photo),
        "voice": analysis.voice and voice_document(analysis.voice),
        "status": _status(analysis),
        "message": _message(analysis),
        "emotion": fused.emotion,
        "confidence": rounded(fused.confidence),
        "probabilities": named(fused.probabilities),
        "sources": list(fused.sources),
    }


def photo_document(reading: PhotoResult) -> dict[str, Any]:
    """Return what is told of a photo: boxes in its own pixels once it is upright."""
    return {
        "status": reading.status,
        "message": reading.reason,
        "width": reading.width,
        "height": reading.height,
        "faces": [face_document(face) for face in reading.faces],
        "image": _annotated(reading) if reading.faces else None,
    }


def voice_document(reading: SpeechResult) -> dict[str, Any]:
    """Return what is told of a voice."""
    return {
        "status": reading.status,
        "message": reading.reason,
        "emotion": reading.emotion,
        "probabilities": named(reading.probabilities),
    }


def _annotated(reading: PhotoResult) -> str:
    """Return the photo with its faces drawn, as a data URL."""
    jpeg = drawing.encode_jpeg(drawing.annotate(reading.image, reading.shown_faces()))
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def _status(analysis: Analysis) -> str:
    if analysis.fused.status == "nothing":
        return "no_face" if analysis.voice is None else "unsure"
    return analysis.fused.status


def _message(analysis: Analysis) -> str:
    """Say in a sentence or two what came of it."""
    fused: Fused = analysis.fused
    if fused.emotion is not None:
        seen = " and ".join(WORDS[source] for source in fused.sources)
        return f"You {seen} {fused.emotion}."
    if len(fused.sources) == 2:
        return "Face and voice together leave the emotion open."
    reasons = [reading.reason for reading in (analysis.photo, analysis.voice) if reading]
    return " ".join(reason for reason in reasons if reason)
