"""Follow faces through a video: a detector now and then, optical flow in between."""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.vision import Box, Image, TrackedFace
from emotion.face.detector import FaceDetector

DETECTION_WIDTH = 320
"""Frames are searched at this width: a face 80 px wide in 640x480 is then 40 px, which the
cascade, trained on 24 px faces, still finds; a search costs a quarter of the full frame's."""
SAME_FACE = 0.4
"""Distance of two boxes' centres, in widths, below which they are the same face: heads side
by side are a whole width apart."""
MAX_DRIFT = 1.25
"""How far a followed face may grow or shrink until it is detected again. A hand that moves
across it carries points along, and their spread then says nothing of the face."""

Points = npt.NDArray[np.float32]


@dataclass
class _Track:
    """A face being followed, in pixels of the scaled-down picture."""

    id: int
    centre: Points
    size: float
    points: Points
    last_detected: float
    last_seen: float
    detected_size: float
    detections: int = 1
    active: bool = True

    def distance(self, box: Box) -> float:
        """Return how far a box's centre is from this face's, in widths of the larger one."""
        apart = float(np.hypot(*(self.centre - _centre(box))))
        return apart / max(self.size, box.width)

    def may_be(self, box: Box) -> bool:
        """Return whether a detection can be this face: a lost one may have moved further."""
        if self.active:
            return self.distance(box) < SAME_FACE
        return self.distance(box) < 1 and 0.6 < box.width / self.size < 1.67


class FaceTracker:
    """Follow faces through a video and keep the identity of each.

    The cascade runs every `detect_every` seconds, around the faces it knows; the whole picture
    is searched for new ones every `search_every` seconds, and at once where a face was lost.
    In between, and while a head is turned so that a frontal cascade cannot see it, points on
    the face are followed by pyramidal Lucas-Kanade flow, checked forward and backward (median
    flow, Kalal 2010).

    Not safe to share between threads.

    Args:
        detector: finds faces in a grey picture `DETECTION_WIDTH` pixels wide.
        detect_every: seconds between looks at the faces that are known.
        search_every: seconds between searches of the whole picture while all are in view.
        follow_for: seconds a face is believed without being detected again.
        remember_for: seconds a lost face keeps its identity.
    """

    def __init__(
        self,
        detector: FaceDetector,
        detect_every: float = 0.15,
        search_every: float = 0.75,
        follow_for: float = 2.0,
        remember_for: float = 1.5,
    ) -> None:
        self._detector = detector
        self._detect_every = detect_every
        self._search_every = search_every
        self._follow_for = follow_for
        self._remember_for = remember_for
        self._ids = itertools.count(1)
        self._tracks: list[_Track] = []
        self._previous: Image | None = None
        self._detected_at = -np.inf
        self._searched_at = -np.inf

    def update(self, frame: Image, time: float) -> list[TrackedFace]:
        """Return the faces in the next frame, largest first.

        A face is told once two searches agree on it, so that a chance match never shows.

        Args:
            frame: uint8 (height, width, 3) BGR.
            time: when it was captured, in seconds on any clock that does not go back.
        """
        scale = DETECTION_WIDTH / frame.shape[1]
        grey = _shrink(frame)
        self._follow(grey, time)
        # A face seen once is looked for again at once; anything else waits its turn.
        doubtful = any(track.active and track.detections < 2 for track in self._tracks)
        if doubtful or time - self._detected_at >= self._detect_every:
            self._detect(grey, time)
        self._previous = grey
        self._tracks = [t for t in self._tracks if time - t.last_seen <= self._remember_for]
        shown = [track for track in self._tracks if track.active and track.detections >= 2]
        shown.sort(key=lambda track: track.size, reverse=True)
        return [
            TrackedFace(track.id, _to_box(track, scale), track.last_detected == time)
            for track in shown
        ]

    def _follow(self, grey: Image, time: float) -> None:
        tracks = [track for track in self._tracks if track.active]
        if not tracks or self._previous is None or self._previous.shape != grey.shape:
            for track in tracks:
                track.active = False
            return
        starts = np.concatenate([track.points for track in tracks])
        moved, valid = _flow(self._previous, grey, starts)
        cuts = np.cumsum([len(track.points) for track in tracks])[:-1]
        height, width = grey.shape
        for track, points, good in zip(
            tracks, np.split(moved, cuts), np.split(valid, cuts), strict=True
        ):
            track.active = _move(track, points, good)
            inside = (track.centre > 0).all() and (track.centre < (width, height)).all()
            overdue = time - track.last_detected > self._follow_for
            if track.active and inside and not overdue:
                track.last_seen = time
            else:
                track.active = False

    def _detect(self, grey: Image, time: float) -> None:
        self._detected_at = time
        confirmed = [track for track in self._tracks if track.active and track.detections >= 2]
        complete = bool(confirmed) and len(confirmed) == len(self._tracks)
        if not complete or time - self._searched_at >= self._search_every:
            self._search(grey, time)
            return
        for track in confirmed:
            around = _to_box(track, scale=1.0)
            for box in self._detector.detect(grey, near=around)[:1]:
                if track.may_be(box):
                    _confirm(track, grey, box, time)

    def _search(self, grey: Image, time: float) -> None:
        self._searched_at = time
        unmatched = list(self._tracks)
        for box in self._detector.detect(grey):
            possible = [track for track in unmatched if track.may_be(box)]
            match = min(possible, key=lambda track: track.distance(box), default=None)
            if match is None:
                self._tracks.append(self._begin(grey, box, time))
            else:
                unmatched.remove(match)
                _confirm(match, grey, box, time)
        for track in unmatched:
            if track.detections < 2:
                track.active = False
                track.last_seen = -np.inf

    def _begin(self, grey: Image, box: Box, time: float) -> _Track:
        points = _grid(grey, box)
        size = float(box.width)
        return _Track(next(self._ids), _centre(box), size, points, time, time, size)


def _shrink(frame: Image) -> Image:
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    height = max(1, round(frame.shape[0] * DETECTION_WIDTH / frame.shape[1]))
    return cv2.resize(grey, (DETECTION_WIDTH, height), interpolation=cv2.INTER_AREA)


def _centre(box: Box) -> Points:
    return np.array((box.x + box.width / 2, box.y + box.height / 2), np.float32)


def _to_box(track: _Track, scale: float) -> Box:
    left, top = (track.centre - track.size / 2) / scale
    size = round(track.size / scale)
    return Box(round(float(left)), round(float(top)), size, size)


def _grid(grey: Image, box: Box) -> Points:
    """Return the corners worth following inside the middle of a face, or a plain grid."""
    x, y = box.x + box.width // 8, box.y + box.height // 8
    inner = grey[y : y + box.height * 3 // 4, x : x + box.width * 3 // 4]
    corners = cv2.goodFeaturesToTrack(inner, maxCorners=40, qualityLevel=0.02, minDistance=3)
    if corners is not None and len(corners) >= 12:
        return np.asarray(corners.reshape(-1, 2) + np.array((x, y)), np.float32)
    steps = np.linspace(0.2, 0.8, 6)
    across, down = np.meshgrid(box.x + steps * box.width, box.y + steps * box.height)
    return np.stack((across.ravel(), down.ravel()), axis=1).astype(np.float32)


def _flow(before: Image, after: Image, points: Points) -> tuple[Points, npt.NDArray[np.bool_]]:
    """Move points by optical flow; return where they went and which can be believed."""
    window, levels = (15, 15), 3
    forward, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, None, winSize=window, maxLevel=levels
    )
    back, status_back, _ = cv2.calcOpticalFlowPyrLK(
        after, before, forward, None, winSize=window, maxLevel=levels
    )
    error = np.linalg.norm(back - points, axis=1)
    return forward, (status[:, 0] == 1) & (status_back[:, 0] == 1) & (error < 1.0)


def _move(track: _Track, points: Points, good: npt.NDArray[np.bool_]) -> bool:
    """Shift and scale a track as the median of its points; False where too few are left."""
    if good.sum() < 8:
        return False
    before, after = track.points[good], points[good]
    shift = np.median(after - before, axis=0)
    spread_before = np.linalg.norm(before - np.median(before, axis=0), axis=1)
    spread_after = np.linalg.norm(after - np.median(after, axis=0), axis=1)
    scale = float(np.median(spread_after) / max(1e-3, float(np.median(spread_before))))
    track.centre = track.centre + shift.astype(np.float32)
    smallest, largest = track.detected_size / MAX_DRIFT, track.detected_size * MAX_DRIFT
    track.size = float(np.clip(track.size * scale, smallest, largest))
    track.points = after
    return True


def _confirm(track: _Track, grey: Image, box: Box, time: float) -> None:
    """Take over a detection; a followed box is met half-way, which takes out the jitter."""
    weight = 0.5 if track.active and track.detections >= 2 else 1.0
    track.centre += weight * (_centre(box) - track.centre)
    track.size += weight * (box.width - track.size)
    track.detected_size = track.size
    track.points = _grid(grey, box)
    track.detections += 1
    track.last_detected = track.last_seen = time
    track.active = True
