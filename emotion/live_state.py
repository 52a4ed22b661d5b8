"""What can be said about a live camera at one instant: its source, faces, mood and timings."""

import time
from dataclasses import dataclass, replace

from capture.state import STALL_AFTER, SourceState, SourceStatus, mood_sentence
from capture.timings import TimingsMs
from core.status import LiveStatus
from core.vision import Face
from emotion.face.reader import Follow, FrameResult
from emotion.mood.session import MoodState
from emotion.mood.smoothing import Mood, Presence


@dataclass(frozen=True, eq=False, kw_only=True)
class LiveState:
    """Everything that can be said about the live camera at one instant."""

    status: LiveStatus
    message: str
    """The status as a sentence."""
    mood: MoodState
    faces: tuple[Face, ...]
    """In the newest frame, largest first; none while there is no picture."""
    source: SourceStatus
    timings_ms: TimingsMs
    follow: Follow
    """Whose mood counts; see `FaceReader.follow`."""
    viewers: int = 0
    failures: tuple[str, ...] = ()


def describe(
    *,
    source: SourceStatus,
    mood: MoodState,
    result: FrameResult | None,
    follow: Follow,
    timings_ms: TimingsMs,
) -> LiveState:
    """Put together what can be said about a camera, leaving out what is no news any more.

    Args:
        source: how the camera is doing.
        mood: its session.
        result: of its newest analysed frame; None before the first.
        follow: whose mood counts.
        timings_ms: medians by stage.
    """
    fresh = result is not None and time.monotonic() - result.time < STALL_AFTER
    current = result if fresh and source.status is SourceState.OK else None
    if current is None:
        mood = replace(mood, recognised=Mood(Presence.UNSURE, mood.recognised.emotion, None, None))
    status, message = _status(source, mood, started=result is not None)
    return LiveState(
        status=status,
        message=message,
        mood=mood,
        faces=current.faces if current else (),
        source=source,
        timings_ms=timings_ms,
        follow=follow,
    )


def _status(source: SourceStatus, mood: MoodState, started: bool) -> tuple[LiveStatus, str]:
    """Return the one status that matters most now, and its sentence."""
    absence = source.absence
    if absence is not None:
        return absence.status, absence.sentence
    if not started:
        status = LiveStatus.STARTING
    elif mood.pin is not None:
        status = LiveStatus.PINNED
    else:
        status = LiveStatus(mood.recognised.presence)
    return status, mood_sentence(status, mood.in_force, mood.heard_only)
