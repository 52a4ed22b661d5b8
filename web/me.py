"""What is known of a visitor: moods and corrections, kept, taken along or forgotten."""

import logging
import time
from dataclasses import replace

from flask import Blueprint, Response, jsonify

from emotion.labels import EMOTIONS
from emotion.session import Episode
from errors import StoreError
from music.feedback import Feedback
from web.api import state
from web.arguments import choice, json_object
from web.services import services, visitor
from web.visitors import Visitor

CORRECTED_FOR = 600.0
"""Seconds for which a mood stays what its owner said it is."""

log = logging.getLogger(__name__)
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
    keep_moods(services().feedback, asking)
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


def keep_moods(feedback: Feedback | None, visitor: Visitor) -> None:
    """Put the moods that are over since the last time into the store.

    Args:
        feedback: the store; None where nothing is kept.
        visitor: whose moods; nothing is kept of one that never came back.
    """
    if feedback is None or not visitor.returned:
        return
    over = [
        _while_here(visitor, episode, episode.ended)
        for episode in visitor.session.history()
        if episode.emotion is not None
        and episode.ended is not None
        and episode.ended > visitor.recorded_until
        and episode.begun < visitor.heard_until
    ]
    if over:
        feedback.record(visitor.id, over)
        visitor.recorded_until = max(episode.ended or 0.0 for episode in over)


def _while_here(visitor: Visitor, episode: Episode, ended: float) -> Episode:
    """Return the part of an episode that the visitor was there for: a camera may be shared."""
    begun = max(episode.begun, visitor.since)
    return replace(episode, begun=begun, ended=max(begun, min(ended, visitor.heard_until)))


def keep_last_moods(feedback: Feedback | None, visitor: Visitor) -> None:
    """Do so at the end of a session, the mood in force included; a store that fails is logged."""
    if not visitor.returned:
        return
    try:
        keep_moods(feedback, visitor)
        last = visitor.session.history()[-1]
        if feedback is not None and last.emotion is not None and last.begun < visitor.heard_until:
            feedback.record(visitor.id, [_while_here(visitor, last, visitor.heard_until)])
    except StoreError as error:
        log.warning("The last moods of a session are not kept: %s", error)


@blueprint.get("/api/me.json")
def as_json() -> Response:
    return _export("json")


@blueprint.get("/api/me.csv")
def as_csv() -> Response:
    return _export("csv")


def _export(kind: str) -> Response:
    found, asking = services(), visitor()
    keep_moods(found.feedback, asking)
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
    # The session first: another request of this visitor would keep its moods anew.
    found.visitors.forget(asking.id)
    if found.feedback is not None:
        removed = found.feedback.forget(asking.id)
    found.jukebox.forget(asking.id)
    return jsonify(removed=removed)
