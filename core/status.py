"""How it stands with a person's mood: before a camera, and in a photo or a voice."""

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


class AnalysisStatus(StrEnum):
    """What a photo, a voice, or both tell of an emotion; the values are the API's."""

    OK = "ok"
    UNSURE = "unsure"
    """A face or a clip, but no emotion that stands out; or a clip without a voice."""
    NO_FACE = "no_face"
    NOTHING = "nothing"
    """Neither face nor voice; the API says what is missing."""
