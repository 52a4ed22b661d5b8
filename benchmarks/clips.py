"""The clip that is measured on."""

from pathlib import Path

import cv2

from capture import demo
from config import ROOT

FACES = ROOT.parent / "shared" / "data" / "faces"
"""Real recordings, where they lie beside the checkout."""
CLIPS = ("intel_again.mkv", "intel_yes.mkv", "intel_bird.mkv")
RATE = 30.0


def find_clips() -> list[Path]:
    """Return the 640x480 recordings that are there, the one to measure on first."""
    return [FACES / name for name in CLIPS if (FACES / name).is_file()]


def choose_clip(path: Path | None, directory: Path) -> Path:
    """Return the clip at `path`, else a recording, else one rendered into `directory`."""
    recordings = find_clips()
    if path is not None:
        return path
    return recordings[0] if recordings else render_demo(directory / "demo.avi")


def render_demo(path: Path) -> Path:
    """Write one round of the demo's expressions as a 640x480 video of 30 frames/s."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (640, 480))
    frames = round(RATE * demo.HOLD_SECONDS * len(demo.EXPRESSIONS))
    try:
        for number in range(frames):
            writer.write(demo.render(number / RATE))
    finally:
        writer.release()
    return path


def clip_rate(path: Path) -> float:
    """Return the frames a second a clip was recorded at."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    rate = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    return rate if 1 <= rate <= 240 else RATE
