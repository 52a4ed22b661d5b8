"""From flickering probabilities to a mood: smoothed in seconds, with hysteresis."""

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.labels import EMOTIONS
from core.vision import Probabilities


class Presence(StrEnum):
    """What the faces in view say, beside the mood in force."""

    SURE = "live"
    """A face whose emotion is clear enough to be the mood."""
    UNSURE = "unsure"
    """A face, but no emotion above the confidence that a mood needs."""
    NO_FACE = "no_face"
    """No face for longer than a moment, or none yet."""


MAX_BLINK_S = 0.3
"""Seconds without a face that are a slip of the detector, and no time unseen."""


@dataclass(frozen=True)
class SmoothingConfig:
    """How quickly and how surely a mood follows the face. All times in seconds.

    The defaults change the mood 0.8 to 1.1 s after a clear change of expression (see
    `benchmarks.live`), inside the 1.5 s that the whole way to the playlist may take.
    """

    time_constant: float = 0.4
    """Of the exponential average: after it, 63 % of a step has arrived."""
    dwell: float = 0.35
    """How long a challenger must lead before it becomes the mood."""
    margin: float = 0.08
    """By how much its probability must lead the mood's."""
    confident: float = 0.40
    """Smoothed probability from which an emotion can become the mood."""
    unsure: float = 0.30
    """Smoothed probability below which the best emotion is no longer called sure."""
    absence: float = 1.5
    """Without a face for so long is `no_face`; the average starts afresh after it."""
    flap: float = 3.0
    """A mood that lasted less before the one before it came back is a flap."""


@dataclass(frozen=True, eq=False)
class Mood:
    """The mood at one instant."""

    presence: Presence
    emotion: str | None
    """The mood in force: the last one that was clear. None until there was one."""
    confidence: float | None
    """Smoothed probability of `emotion` now, or of the likeliest before there is a mood; None
    while no face is in view."""
    probabilities: Probabilities | None
    """Smoothed, float32 (7,); None while no face is in view."""


class MoodSmoother:
    """Turn a face's probabilities over time into a mood that does not flap.

    The probabilities pass an exponential average whose weight follows from the time between
    frames, so that the mood is as quick at 5 frames/s as at 100. A new mood must be likely
    enough, lead the old one by a margin, and keep that lead for a dwell time.

    Not safe to share between threads.
    """

    def __init__(self, config: SmoothingConfig | None = None) -> None:
        self.config = config or SmoothingConfig()
        self.changes = 0
        """Changes from one mood to another so far."""
        self.flaps = 0
        """Changes that a return within `config.flap` seconds showed to be wrong."""
        self._average: Probabilities | None = None
        self._emotion: str | None = None
        self._sure = False
        self._updated_at = -math.inf
        self._face_at = -math.inf
        self._challenger: str | None = None
        self._leads_since = 0.0
        self._lost_at: float | None = None
        """Of the first frame without the face, until it is seen again."""
        self._past: deque[tuple[float, str]] = deque(maxlen=2)

    def update(self, probabilities: Probabilities | None, time: float) -> Mood:
        """Take in what one frame shows and return the mood.

        Args:
            probabilities: float32 (7,) of the face that counts, or None without a face.
            time: of the frame, in seconds, not before the last call's.
        """
        if probabilities is None:
            return self._without_face(time)
        if self._lost_at is not None:
            if time - self._lost_at > MAX_BLINK_S:
                self._leads_since += time - self._lost_at  # nobody leads unseen
            self._lost_at = None
        self._blend(probabilities, time)
        self._face_at = time
        self._decide(time)
        return self._mood()

    def _without_face(self, time: float) -> Mood:
        if self._lost_at is None:
            self._lost_at = time
        if time - self._face_at <= self.config.absence:
            return self._mood()
        self._average = None
        self._challenger = None
        self._sure = False
        return Mood(Presence.NO_FACE, self._emotion, None, None)

    def _blend(self, probabilities: Probabilities, time: float) -> None:
        if self._average is None:
            self._average = probabilities.astype(np.float32)
        else:
            elapsed = max(0.0, time - self._updated_at)
            weight = np.float32(1 - math.exp(-elapsed / self.config.time_constant))
            self._average = self._average + weight * (probabilities - self._average)
        self._updated_at = time

    def _decide(self, time: float) -> None:
        assert self._average is not None  # noqa: S101 - `update` blends first
        best = EMOTIONS[int(self._average.argmax())]
        top = float(self._average.max())
        leads = top - self._held() >= self.config.margin
        if best == self._emotion or top < self.config.confident or not leads:
            self._challenger = None
        elif best != self._challenger:
            self._challenger, self._leads_since = best, time
        if self._challenger and time - self._leads_since >= self.config.dwell:
            self._change(best, time)
        needed = self.config.unsure if self._sure else self.config.confident
        # While another takes over it is no doubt but a change, and soon made.
        changing = self._sure and self._challenger is not None
        self._sure = changing or self._held() >= needed

    def _held(self) -> float:
        """Return the smoothed probability of the mood in force; 0 before there is one."""
        if self._emotion is None or self._average is None:
            return 0.0
        return float(self._average[EMOTIONS.index(self._emotion)])

    def _change(self, emotion: str, time: float) -> None:
        if self._emotion is not None:
            self.changes += 1
        if len(self._past) == 2:
            (_, before), (since, _) = self._past
            if before == emotion and time - since < self.config.flap:
                self.flaps += 1
        self._past.append((time, emotion))
        self._emotion = emotion
        self._challenger = None

    def _mood(self) -> Mood:
        if self._average is None:
            return Mood(Presence.NO_FACE, self._emotion, None, None)
        index = EMOTIONS.index(self._emotion) if self._emotion else int(self._average.argmax())
        presence = Presence.SURE if self._sure else Presence.UNSURE
        return Mood(presence, self._emotion, float(self._average[index]), self._average)
