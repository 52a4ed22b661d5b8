"""A photo, a voice, or both: what they say, and the playlist for it. Nothing is kept."""

import base64
from typing import Any

from flask import Blueprint, Response, jsonify

from audio.clip import MAX_BYTES
from capture import drawing
from core.errors import WeightsError
from core.status import AnalysisStatus
from emotion.fusion import Fused
from emotion.multimodal import Analysis
from emotion.photo.reader import PhotoResult
from web.documents import face_document, named, playlist_document, rounded, voice_document
from web.errors import RequestError
from web.playlist_query import PlaylistQuery, query_limit, query_mode
from web.services import services, visitor
from web.uploads import MEGABYTE, read_form

LIMITS = {"photo": 20 * MEGABYTE, "voice": MAX_BYTES}
VERBS = {"photo": "look", "voice": "sound"}

blueprint = Blueprint("analyse", __name__)


@blueprint.post("/api/analyse")
def analyse() -> Response:
    """Read the form's `photo`, `voice` or both; `?mode=` and `?limit=` as for the playlist."""
    current = visitor()
    mode, limit = query_mode(current.mode), query_limit()
    with services().admissions.analyses.admission():
        files = read_form(LIMITS).files
        if not files:
            raise RequestError("Expected a photo, a voice, or both; got neither.", "nothing_sent")
        photo, voice = (files[field].data if field in files else None for field in LIMITS)
        with services().admissions.analyses.turn():
            try:
                analysis = services().photo_voice.analyse(photo, voice)
            except WeightsError as error:  # of ours, not of what was sent
                raise RequestError(str(error), error.code, 503) from error
            document = analysis_document(analysis)
    query = PlaylistQuery(
        listener=current.listener,
        emotion=analysis.fused.emotion,
        mode=mode,
        limit=limit,
        version=current.session.state().version,
    )
    document["playlist"] = playlist_document(services(), query)
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


def photo_document(result: PhotoResult) -> dict[str, Any]:
    """Return what is told of a photo: boxes in its own pixels once it is upright."""
    return {
        "status": result.status,
        "message": result.reason,
        "width": result.width,
        "height": result.height,
        "faces": [face_document(face) for face in result.faces],
        "image": _annotated(result) if result.faces else None,
    }


def _annotated(result: PhotoResult) -> str:
    """Return the photo with its faces drawn, as a data URL."""
    jpeg = drawing.encode_jpeg(drawing.annotate(result.image, result.shown_faces()))
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def _status(analysis: Analysis) -> AnalysisStatus:
    if analysis.fused.status is AnalysisStatus.NOTHING:
        return AnalysisStatus.NO_FACE if analysis.voice is None else AnalysisStatus.UNSURE
    return analysis.fused.status


def _message(analysis: Analysis) -> str:
    """Say in a sentence or two what came of it."""
    fused: Fused = analysis.fused
    if fused.emotion is not None:
        verbs = " and ".join(VERBS[source] for source in fused.sources)
        return f"You {verbs} {fused.emotion}."
    if len(fused.sources) == 2:
        return "Face and voice together leave the emotion open."
    reasons = [result.reason for result in (analysis.photo, analysis.voice) if result]
    return " ".join(reason for reason in reasons if reason)
