"""What is known of a visitor: moods and corrections, kept, taken along or forgotten."""

import time

from flask import Blueprint, Response, jsonify

from emotion.labels import EMOTIONS
from web.api import state
from web.arguments import choice, json_object
from web.services import Services, services, visitor
from web.visitors import Visitor

CORRECTED_FOR = 600.0
"""Seconds for which a mood stays what its owner said it is."""

blueprint = Blueprint("me", __name__)


@blueprint.post("/api/correct")
def correct() -> Response:
    """Take the visitor's word for the mood: pin it for a while, and keep it as feedback."""
    right = choice("emotion", json_object("emotion").get("emotion"), EMOTIONS)
    asking = visitor()
    seen = asking.session.state().mood.emotion
    asking.session.pin(right, CORRECTED_FOR)
    feedback = services().feedback
    if feedback is not None:
        feedback.correct(asking.id, seen, right, time.time())
    return state()


@blueprint.get("/api/history")
def history() -> Response:
    """Answer the session's moods over time."""
    asking = visitor()
    keep_moods(services(), asking)
    session = asking.session
    response = jsonify(
        started=session.started,
        moods=[
            {"from": e.begun, "to": e.ended, "status": e.status, "emotion": e.emotion}
            for e in session.history()
        ],
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def keep_moods(found: Services, asking: Visitor) -> None:
    """Put the moods that are over since the last time into the store."""
    if found.feedback is None:
        return
    over = [
        episode
        for episode in asking.session.history()
        if episode.ended is not None and episode.ended > asking.recorded_until
    ]
    if over:
        found.feedback.record(asking.id, over)
        asking.recorded_until = max(episode.ended or 0.0 for episode in over)


@blueprint.get("/api/me.json")
def as_json() -> Response:
    return _export("json")


@blueprint.get("/api/me.csv")
def as_csv() -> Response:
    return _export("csv")


def _export(kind: str) -> Response:
    found, asking = services(), visitor()
    keep_moods(found, asking)
    text = ""
    if found.feedback is not None:
        kept = found.feedback.export(asking.id)
        text = kept.to_json() if kind == "json" else kept.to_csv()
    response = Response(text, mimetype="application/json" if kind == "json" else "text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="affectune-me.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/api/me")
def forget() -> Response:
    """Remove everything that is kept of this visitor, and begin a new session."""
    found, asking = services(), visitor()
    removed = len(found.jukebox.ratings(asking.id))
    if found.feedback is not None:
        removed = found.feedback.forget(asking.id)
    found.jukebox.forget(asking.id)
    found.visitors.forget(asking.id)
    return jsonify(removed=removed)
