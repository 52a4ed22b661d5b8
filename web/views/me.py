"""What is known of a visitor: moods and corrections, kept, taken along or forgotten."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, Response, jsonify

from core.episode import Episode
from core.errors import StoreError
from core.labels import EMOTIONS
from emotion.mood.session import MoodSession
from store.visitors import VisitorRecords
from web.arguments import choice, json_object
from web.services import services, visitor
from web.views.state import state
from web.visitors import Visitor

CORRECTED_FOR = 600.0
"""Seconds for which a mood stays what its owner said it is."""
STORE_REST = 30.0
"""Seconds that a store which failed to keep moods is left alone."""

log = logging.getLogger(__name__)
blueprint = Blueprint("me", __name__)


@blueprint.post("/api/correct")
def correct() -> Response:
    """Take the visitor's word for the mood: pin it for a while, and keep it as feedback."""
    body = json_object("emotion", "seen")
    right = choice("emotion", body.get("emotion"), EMOTIONS)
    asking = visitor()
    seen = asking.session.state().mood.emotion
    if body.get("seen") is not None:  # what was shown when "that's wrong" was pressed
        seen = choice("seen", body["seen"], EMOTIONS)
    asking.session.pin(right, CORRECTED_FOR)
    services().records.correct(asking.id, seen, right, time.time())
    return state()


@blueprint.get("/api/history")
def history() -> Response:
    """Answer the session's moods over time."""
    asking = visitor()
    keep_moods(services().records, asking)
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


def keep_moods(records: VisitorRecords, visitor: Visitor) -> None:
    """Put the moods that are over since the last time into the store; see `_keep`.

    Args:
        records: in the store.
        visitor: whose moods; nothing is kept of one that never came back.
    """
    _keep(records, visitor, visitor.session, last=False)


def keep_last_moods(records: VisitorRecords, visitor: Visitor, session: MoodSession) -> None:
    """Do so as a visitor leaves a session, the mood in force included."""
    _keep(records, visitor, session, last=True)


def _keep(records: VisitorRecords, visitor: Visitor, session: MoodSession, last: bool) -> None:
    """Record moods. Where the store fails that is logged: the session itself goes on."""
    if time.monotonic() < records.rests_until:
        return
    with visitor.lock:
        over = list(_moods(visitor, session, last)) if visitor.returned else []
        if not over:
            return
        try:
            records.record(visitor.id, over)
            visitor.recorded_until = max(episode.ended or 0.0 for episode in over)
        except StoreError as error:
            records.rests_until = time.monotonic() + STORE_REST
            log.warning("The moods of a session are not kept: %s", error)


def _moods(visitor: Visitor, session: MoodSession, last: bool) -> Iterator[Episode]:
    """Yield what is to be recorded of a session, the mood in force where it is the `last` time."""
    for episode in session.history():
        ended = episode.ended
        if ended is None and last:
            ended = visitor.heard_until
        if ended is None or ended <= visitor.recorded_until:
            continue
        if episode.emotion is not None and episode.begun < visitor.heard_until:
            yield _while_here(visitor, episode, ended)


def _while_here(visitor: Visitor, episode: Episode, ended: float) -> Episode:
    """Return the part of an episode that the visitor was there for: a camera may be shared."""
    begun = max(episode.begun, visitor.since)
    return replace(episode, begun=begun, ended=max(begun, min(ended, visitor.heard_until)))


@blueprint.get("/api/me.json")
def as_json() -> Response:
    return _export("json")


@blueprint.get("/api/me.csv")
def as_csv() -> Response:
    return _export("csv")


def _export(kind: str) -> Response:
    found, asking = services(), visitor()
    keep_moods(found.records, asking)
    kept = found.records.export(asking.id)
    text = kept.to_json() if kind == "json" else kept.to_csv()
    response = Response(text, mimetype="application/json" if kind == "json" else "text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="affectune-me.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/api/me")
def forget() -> Response:
    """Remove everything that is kept of this visitor, and begin a new session."""
    found, asking = services(), visitor()
    # The session first: another request of this visitor would keep its moods anew.
    found.visitors.forget(asking.id)
    removed = found.records.forget(asking.id)
    found.jukebox.forget(asking.id)
    return jsonify(removed=removed)
