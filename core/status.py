"""How it stands with a person's mood: what the page says first, and the history keeps."""

from enum import StrEnum


class LiveStatus(StrEnum):
    """What a camera tells about a mood, or why it tells nothing; the values are the API's."""

    STARTING = "starting"
    """No picture has come yet."""
    LIVE = "live"
    """A face, or a voice, whose emotion is clear."""
    UNSURE = "unsure"
    """A face, but no clear emotion."""
    NO_FACE = "no_face"
    PINNED = "pinned"
    """A mood chosen by hand is in force."""
    CAMERA_LOST = "camera_lost"
    PAUSED = "paused"
    NO_CAMERA = "no_camera"
