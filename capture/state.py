"""How a source is doing, and the words for it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.status import LiveStatus

STALL_AFTER = 2.0
"""Seconds without a frame after which a camera counts as lost, though it reported no error."""


class SourceState(StrEnum):
    """What a source does at the moment; the values are the API's."""

    OK = "ok"
    CONNECTING = "connecting"
    LOST = "lost"
    """It has failed or fallen silent, and is opened again and again."""
    STOPPING = "stopping"
    """It was told to end, and its driver has not let go of it yet."""
    PAUSED = "paused"
    NONE = "none"
    """There is no source on this computer."""


@dataclass(frozen=True)
class Absence:
    """What is said while a source delivers no picture."""

    status: LiveStatus
    headline: str
    """A few words."""
    detail: str
    """A sentence, or a name."""

    @property
    def sentence(self) -> str:
        """Headline and detail in one."""
        link = ": " if self.detail[:1].islower() else ". "
        return self.headline + link + self.detail


@dataclass(frozen=True, kw_only=True)
class SourceStatus:
    """How the source is doing at one instant."""

    kind: str
    name: str
    status: SourceState
    message: str
    """Why, in words; empty where all is well."""
    width: int | None
    height: int | None
    fps: float
    """Measured over the last seconds."""

    @property
    def absence(self) -> Absence | None:
        """Why there is no picture; None where there is one."""
        words = ABSENCES.get(self.status)
        if words is None:
            return None
        return replace(words, detail=words.detail.format(name=self.name, message=self.message))


ABSENCES = {
    SourceState.CONNECTING: Absence(LiveStatus.STARTING, "Looking for the camera", "{name}"),
    SourceState.LOST: Absence(LiveStatus.CAMERA_LOST, "Camera lost, trying again", "{message}"),
    SourceState.STOPPING: Absence(LiveStatus.PAUSED, "Letting go of the camera", "{name}"),
    SourceState.PAUSED: Absence(
        LiveStatus.PAUSED, "Paused: the camera is off", "Press Resume to go on."
    ),
    SourceState.NONE: Absence(LiveStatus.NO_CAMERA, "No camera", "{message}"),
}
"""The words for each state that brings no picture, and what the page's status is in it."""

NO_CAMERA_HINTS = {
    "none": "Plug in a webcam and start again, or use this browser's camera",
    "browser": "Press Use my camera: the picture then comes from this browser",
}
"""What to do where this computer has no camera, by the kind of source chosen."""

SENTENCES = {
    LiveStatus.STARTING: "Starting",
    LiveStatus.LIVE: "You {verb} {emotion}",
    LiveStatus.UNSURE: "Not sure",
    LiveStatus.NO_FACE: "No face in view",
    LiveStatus.PINNED: "Pinned: {emotion}",
}
"""The words for each status while pictures come."""


def mood_sentence(status: LiveStatus, emotion: str | None, heard_only: bool) -> str:
    """Return the sentence for a status while pictures come.

    Args:
        status: any that `SENTENCES` has.
        emotion: in force.
        heard_only: whether it was heard and not seen.
    """
    return SENTENCES[status].format(verb="sound" if heard_only else "look", emotion=emotion)
