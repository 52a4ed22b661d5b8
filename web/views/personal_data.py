"""What is kept of a visitor: moods and corrections, taken along or forgotten."""

import time

from flask import Blueprint, Response, jsonify

from core.labels import EMOTIONS
from web.arguments import choice, json_object
from web.services import services, visitor
from web.views.state import state

CORRECTION_S = 600.0
"""How long a mood stays what its owner said it is."""

blueprint = Blueprint("personal_data", __name__)


@blueprint.post("/api/correct")
def correct() -> Response:
    """Take the visitor's word for the mood: pin it for a while, and keep it as feedback."""
    body = json_object("emotion", "seen")
    emotion = choice("emotion", body.get("emotion"), EMOTIONS)
    current = visitor()
    recognised = current.session.state().recognised.emotion
    if body.get("seen") is not None:  # what was shown when "that's wrong" was pressed
        recognised = choice("seen", body["seen"], EMOTIONS)
    current.session.pin(emotion, CORRECTION_S)
    services().records.correct(current.id, recognised, emotion, time.time())
    return state()


@blueprint.get("/api/history")
def history() -> Response:
    """Answer the session's moods over time."""
    current = visitor()
    services().mood_log.record(current)
    session = current.session
    response = jsonify(
        started=session.started,
        moods=[
            {"from": e.begun, "to": e.ended, "status": e.status, "emotion": e.emotion}
            for e in session.history()
        ],
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/api/me.json")
def as_json() -> Response:
    return _export("json")


@blueprint.get("/api/me.csv")
def as_csv() -> Response:
    return _export("csv")


def _export(kind: str) -> Response:
    current = visitor()
    services().mood_log.record(current)
    export = services().records.export(current.id)
    text = export.to_json() if kind == "json" else export.to_csv()
    response = Response(text, mimetype="application/json" if kind == "json" else "text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="affectune-me.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/api/me")
def forget() -> Response:
    """Remove everything that is kept of this visitor, and begin a new session."""
    identity = visitor().id
    removed = services().visitors.forget(identity, services().records.forget)
    return jsonify(removed=removed)
